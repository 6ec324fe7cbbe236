/** bench/results.md: one section a bench, so that running one bench replaces its rows only. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';

const introduction = `# Results

Written by \`npm run bench\`; \`npm run bench -- detect\` measures one bench again and replaces its section. Every row compares
with a peer that was measured in the same run, on the same data, in turns. The ratio says how many times better than the peer: above
1 is faster. Times alone say little about another machine.
`;
const columns = ['what', 'ours', 'peer', 'ratio', 'note'];

const escaped = (text) => String(text ?? '').replaceAll('|', '\\|');
const line = (cells) => `| ${cells.map(escaped).join(' | ')} |`;

/** Significant digits, not decimals: 0.012 and 183. */
export const ratioText = (ratio) =>
  Number.isFinite(ratio) ? `${ratio >= 10 ? ratio.toFixed(0) : ratio.toPrecision(2)} ×` : '—';

export const rowLine = (name, row) => line([name, row.what, row.ours, row.peer, ratioText(row.ratio), row.note]);
export const tableHead = `${line(['bench', ...columns])}\n|---|---|---|---|---:|---|`;

function section(name, rows, run) {
  const table = rows.map((row) => line([row.what, row.ours, row.peer, ratioText(row.ratio), row.note]));
  return `## ${name}\n\n${run}\n\n${line(columns)}\n|---|---|---|---:|---|\n${table.join('\n')}\n`;
}

function readSections(path) {
  const sections = new Map();
  if (!existsSync(path)) return sections;
  for (const part of readFileSync(path, 'utf8')
    .split(/^(?=## )/m)
    .slice(1)) {
    sections.set(/^## (.*)$/m.exec(part)[1], `${part.trimEnd()}\n`);
  }
  return sections;
}

/** Replaces the section of one bench; leaves out those of benches that there are no more. */
export function saveResults(path, name, rows, run, known) {
  const sections = readSections(path);
  sections.set(name, section(name, rows, run));
  const kept = [...sections].filter(([bench]) => known.includes(bench)).sort(([a], [b]) => (a < b ? -1 : 1));
  writeFileSync(path, [introduction, ...kept.map(([, text]) => text)].join('\n'));
}
