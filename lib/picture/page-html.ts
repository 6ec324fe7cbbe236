/** A page of spikes as one HTML file that asks nothing of any network. */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { NotFoundError } from '../core/errors.js';
import type { PageData } from './page-data.js';
import { escapeText } from './svg.js';

/** Made by scripts/build-page.mjs; the same path from lib/ and from dist/. */
async function builtText(name: string): Promise<string> {
  const path = fileURLToPath(new URL(`../../dist/page/${name}`, import.meta.url));
  return readFile(path, 'utf8').catch((cause) => {
    throw new NotFoundError(
      `the code of the page was expected at ${path}: npm run build makes it`,
      { path },
      { cause },
    );
  });
}

/** The pieces of the file, in order: what is drawn first comes first, spikes come last. */
export async function* pageHtml(data: PageData): AsyncGenerator<string> {
  const [code, style] = await Promise.all([builtText('page.js'), builtText('page.css')]);
  const policy = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:";
  yield `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<title>${escapeText(data.head.title)}</title>
<style>${style}</style>
</head>
<body>
<main id="view"></main>
`;
  yield blob('head', JSON.stringify(data.head).replaceAll('<', '\\u003c'), 'application/json');
  yield blob('counts', data.counts);
  yield `<script type="module" async>${code.replaceAll('</script', '<\\/script')}</script>\n`;
  yield blob('traces', data.traces);
  for (const [i, chunk] of data.chunks.entries()) yield blob(`spikes-${i}`, chunk);
  yield '</body>\n</html>\n';
}

const blob = (id: string, text: string, type = 'text/plain') => `<script type="${type}" id="${id}">${text}</script>\n`;
