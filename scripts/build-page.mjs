// Bundles the code of the page of spikes (lib/picture/page) with uPlot into dist/page/, where lib/picture/page-html.ts finds it.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'rolldown';

const at = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url));

/** uPlot's licence asks for its notice in every copy; each page that is written is one. */
const notice = '/*! uPlot, MIT License, (c) Leon Sorokin, https://github.com/leeoniya/uPlot */';

export async function buildPage() {
  mkdirSync(at('dist/page'), { recursive: true });
  await build({
    input: at('lib/picture/page/main.ts'),
    tsconfig: at('lib/picture/page/tsconfig.json'),
    output: { file: at('dist/page/page.js'), format: 'esm', minify: true, postBanner: notice },
    logLevel: 'warn',
  });
  // a module script may await; it is inlined as one, so no import may be left in it
  const styles = ['node_modules/uplot/dist/uPlot.min.css', 'lib/picture/page/page.css'];
  writeFileSync(at('dist/page/page.css'), styles.map((path) => readFileSync(at(path), 'utf8')).join('\n'));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await buildPage();
