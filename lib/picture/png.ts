/** Turns a picture into a PNG, with its own font: a bare machine has none. */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { UnsupportedError } from '../core/errors.js';

const fonts = ['inter-ui/web/Inter-Regular.woff2', 'inter-ui/web/Inter-SemiBold.woff2'];

/** Twice the size that a picture for a slide states: sharp there. */
const slidePixels = 2400;

/**
 * @param width of the PNG in pixels
 * @throws UnsupportedError where the optional packages that draw are not installed
 */
export async function svgToPng(svg: string, width = slidePixels): Promise<Uint8Array> {
  const { Resvg, fontBuffers } = await renderer();
  const drawn = new Resvg(svg, {
    fitTo: { mode: 'width', value: width },
    font: { fontBuffers, defaultFontFamily: 'Inter', sansSerifFamily: 'Inter' },
  }).render();
  try {
    return drawn.asPng();
  } finally {
    drawn.free();
  }
}

type Renderer = { Resvg: typeof import('@resvg/resvg-wasm').Resvg; fontBuffers: Uint8Array[] };
let loaded: Promise<Renderer> | undefined;

async function load(): Promise<Renderer> {
  const require = createRequire(import.meta.url);
  const { initWasm, Resvg } = await import('@resvg/resvg-wasm');
  const fontBuffers = await Promise.all(fonts.map((font) => readFile(require.resolve(font))));
  await initWasm(await readFile(require.resolve('@resvg/resvg-wasm/index_bg.wasm')));
  return { Resvg, fontBuffers };
}

function renderer(): Promise<Renderer> {
  loaded ??= load().catch((cause) => {
    loaded = undefined;
    const message =
      'a PNG needs the optional packages @resvg/resvg-wasm and inter-ui, which are not installed: npm install @resvg/resvg-wasm inter-ui, or write an .svg';
    throw new UnsupportedError('PNG', message, { cause });
  });
  return loaded;
}
