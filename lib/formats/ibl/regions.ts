/** Brain regions: Allen structure ids to acronyms and to IBL's Beryl and Cosmos parcellations. */
import { readFileSync } from 'node:fs';

export interface Region {
  acronym: string;
  beryl: string;
  cosmos: string;
}

let table: Map<number, Region> | undefined;

/** The region of an Allen structure id; negative ids are the same structures on the left. undefined: no such structure. */
export function regionOf(atlasId: number): Region | undefined {
  table ??= readTable();
  return table.get(Math.abs(atlasId));
}

function readTable(): Map<number, Region> {
  // the same distance from lib/formats/ibl and from dist/formats/ibl
  const lines = readFileSync(new URL('../../../data/ibl_regions.tsv', import.meta.url), 'utf8')
    .trim()
    .split('\n');
  return new Map(
    lines.slice(1).map((line) => {
      const [id, acronym, beryl, cosmos] = line.split('\t');
      return [Number(id), { acronym, beryl, cosmos }];
    }),
  );
}
