// node scripts/bundle.mjs FROM TO: joins the compiled modules into few files. Node.js takes about a millisecond for each module that it loads, and V8 walks all
// of them in each collection of garbage: as 480 files the library took 500 ms to import and made loads of many small arrays up
// to a fifth slower; as few files it takes 150 ms.
import { dirname, posix, relative, resolve } from 'node:path';
import { rolldown } from 'rolldown';

/** Starts of programs, threads and child processes, by their path in lib/, and what benchmarks and tests take by itself. */
const entries = [
  'index',
  'server',
  'cli/main',
  'api/isolated-child',
  'batch/worker',
  'formats/parquet/encoder-thread',
  'loading/isolate/plug-and-play',
  'addon/binding',
  'containers/hdf5/file',
  'containers/parquet/table',
  'core/options',
  'core/report',
  'recordings/layout-recording',
];

/** Bundles `from` (one file a module) into `to`: an entry keeps its path, what several share lies in `to`/shared. */
async function bundle(from, to) {
  const bundled = await rolldown({
    input: Object.fromEntries(entries.map((entry) => [entry, resolve(from, `${entry}.js`)])),
    platform: 'node',
    // packages stay packages
    external: (id) => !id.startsWith('.') && !id.startsWith('/'),
    plugins: [placesOfModules(from), oneByteCharacters],
    logLevel: 'warn',
    onLog(level, log, handle) {
      // of use to pages, which load parts over a network: here it says only that a part is needed at once elsewhere
      if (log.code !== 'INEFFECTIVE_DYNAMIC_IMPORT') handle(level, log);
    },
  });
  const names = '[name].js';
  await bundled.write({
    ...{ dir: to, format: 'esm', keepNames: true, entryFileNames: names, chunkFileNames: `shared/${names}` },
    minify: false,
  });
  await bundled.close();
}

/** V8 keeps source text, and with one character above U+00FF in it two bytes for each: as text literals, they may be escaped. */
const oneByteCharacters = {
  name: 'one-byte-characters',
  renderChunk: (code) => ({
    code: code.replace(/[^\0-\u00ff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`),
    map: null,
  }),
};

/** Modules find files by `import.meta.url`: it goes on saying where the module would lie, wherever its code is now. */
function placesOfModules(from) {
  const mark = /__placeOfModule\("([^"]+)"\)/g;
  return {
    name: 'places-of-modules',
    transform(code, id) {
      if (!code.includes('import.meta.url')) return null;
      const place = relative(from, id).split('\\').join('/');
      return { code: code.replaceAll('import.meta.url', `__placeOfModule(${JSON.stringify(place)})`), map: null };
    },
    renderChunk(code, { fileName }) {
      const up = posix.relative(dirname(fileName), '.') || '.';
      return { code: code.replace(mark, (_, place) => `new URL("${up}/${place}", import.meta.url).href`), map: null };
    },
  };
}

await bundle(process.argv[2], process.argv[3]);
