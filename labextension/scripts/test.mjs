// `npm test [name]`: every test/**/<name>.test.ts, made into JavaScript and run by node's own test runner.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { COMMON, ROOT } from './bundling.mjs';

const wanted = `${process.argv[2] ?? ''}.test.ts`;
const tests = readdirSync(join(ROOT, 'test'), { recursive: true }).filter(name => name.endsWith(wanted));
mkdirSync(join(ROOT, 'build'), { recursive: true });
const work = mkdtempSync(join(ROOT, 'build', 'test-'));
let ended = { status: 1 };
try {
  await build({
    ...COMMON,
    entryPoints: tests.map(name => `test/${name}`),
    outdir: work,
    outbase: 'test',
    outExtension: { '.js': '.mjs' },
    format: 'esm',
    platform: 'node',
    target: 'node20',
    external: ['jsdom'],
    loader: { '.css': 'empty' },
    sourcemap: 'inline'
  });
  const made = tests.map(name => join(work, name.replace(/\.ts$/, '.mjs')));
  ended = spawnSync(process.execPath, ['--enable-source-maps', '--test', ...made], { cwd: ROOT, stdio: 'inherit' });
} finally {
  rmSync(work, { recursive: true, force: true });
}
process.exit(ended.status ?? 1);
