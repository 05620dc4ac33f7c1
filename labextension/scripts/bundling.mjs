// What all bundles have in common: old browsers, and the question kinds found in their folder.
import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const KINDS = join(ROOT, 'src', 'widgets', 'kinds');

/** `trainer:kinds` is a module that imports every module in src/widgets/kinds. */
const kinds = {
  name: 'trainer-kinds',
  setup(build) {
    build.onResolve({ filter: /^trainer:kinds$/ }, () => ({ path: 'kinds', namespace: 'trainer' }));
    build.onLoad({ filter: /.*/, namespace: 'trainer' }, () => ({
      contents: readdirSync(KINDS)
        .filter(name => name.endsWith('.ts'))
        .sort()
        .map(name => `import './${name}';`)
        .join('\n'),
      resolveDir: KINDS,
      loader: 'ts'
    }));
  }
};

export const COMMON = {
  absWorkingDir: ROOT,
  bundle: true,
  charset: 'utf8',
  legalComments: 'none',
  logLevel: 'warning',
  plugins: [kinds],
  target: ['chrome90', 'firefox90', 'safari14.1']
};
