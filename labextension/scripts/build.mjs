// `npm run build`: everything that browsers load, made from src/ and style/ into ../src/trainer/labextension.
//   lab/<name>/      the prebuilt extension for JupyterLab and Notebook
//   page/<entry>.js  one bundle (and .css) for each src/<entry>/main.ts: pages without Jupyter
//   sources.sha256   what it was made from; a test compares it, so that nobody forgets to build
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { COMMON, ROOT } from './bundling.mjs';

const OUT = join(ROOT, '..', 'src', 'trainer', 'labextension');
const NAME = 'trainer-questions';
const SOURCES = ['src', 'style', 'scripts', 'package.json', 'package-lock.json', 'tsconfig.json'];

/** Run a program of a package; the answer to a failure is to stop. */
function run(path, ...args) {
  const script = join(ROOT, 'node_modules', path);
  const ended = spawnSync(process.execPath, [script, ...args], { cwd: ROOT, stdio: ['ignore', 'ignore', 'inherit'] });
  if (ended.status !== 0) {
    process.exit(ended.status ?? 1);
  }
}

function filesBelow(path) {
  const whole = join(ROOT, path);
  if (!existsSync(whole)) {
    return [];
  }
  return statSync(whole).isDirectory() ? readdirSync(whole).flatMap(name => filesBelow(`${path}/${name}`)) : [path];
}

/** The lines of sha256sum over all sources, by path. */
function sources() {
  const lines = SOURCES.flatMap(filesBelow).map(path => {
    const digest = createHash('sha256').update(readFileSync(join(ROOT, path))).digest('hex');
    return `${digest}  ${path}`;
  });
  return lines.sort((a, b) => (a.slice(66) < b.slice(66) ? -1 : 1)).join('\n') + '\n';
}

/** Put a finished folder in its place, so that nobody finds half of one. */
function place(finished, where) {
  rmSync(where, { recursive: true, force: true });
  mkdirSync(join(where, '..'), { recursive: true });
  renameSync(finished, where);
}

async function buildPages(work) {
  const entries = readdirSync(join(ROOT, 'src')).filter(name => existsSync(join(ROOT, 'src', name, 'main.ts')));
  mkdirSync(join(work, 'page'));
  await build({
    ...COMMON,
    entryPoints: entries.map(name => ({ in: `src/${name}/main.ts`, out: name })),
    outdir: join(work, 'page'),
    format: 'iife',
    minify: true
  });
  place(join(work, 'page'), join(OUT, 'page'));
}

/** Our own modules become one with esbuild; @jupyter/builder puts the container around it that Lab's loader asks for. */
async function buildLab(work) {
  rmSync(join(ROOT, 'lib'), { recursive: true, force: true });
  await build({
    ...COMMON,
    entryPoints: [{ in: 'src/jupyter/index.ts', out: 'index' }],
    outdir: join(ROOT, 'lib'),
    format: 'esm',
    external: ['@jupyterlab/*', '@lumino/*']
  });
  const core = join(ROOT, 'node_modules', '@jupyterlab', 'core-meta', 'core.package.json');
  run('@jupyter/builder/lib/build-labextension.js', '--core-package-file', core, '.');
  const built = join(ROOT, 'build', 'lab');
  cpSync(built, join(work, 'lab', NAME), { recursive: true });
  place(join(work, 'lab'), join(OUT, 'lab'));
}

mkdirSync(OUT, { recursive: true });
mkdirSync(join(ROOT, 'build'), { recursive: true });
const work = mkdtempSync(join(ROOT, 'build', 'work-'));
try {
  const made = sources();
  await buildLab(work);
  await buildPages(work);
  writeFileSync(join(OUT, 'sources.sha256'), made);
} finally {
  rmSync(work, { recursive: true, force: true });
}
