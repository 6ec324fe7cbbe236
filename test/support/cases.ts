/** The rows of a format's expected.json (fixtures/support/rigs.py), each as a test. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import * as spikelab from '../../lib/index.js';

export const fixturesOf = (format: string) => fileURLToPath(new URL(`../../fixtures/${format}/`, import.meta.url));

interface Row {
  path: string;
  call: string;
  options: Record<string, unknown>;
  fsHz?: number;
  dtype?: string;
  data?: number[][];
  ids?: (string | number)[];
  gains?: (number | null)[] | null;
  offsets?: number[];
  locations?: number[][];
  startMs?: number;
  clock?: string;
  segments?: number;
  gaps?: { sample: number; missing?: number; ms: number }[];
  codes?: string[];
  trains?: number[][];
  attributes?: Record<string, unknown>[];
  metadata?: Record<string, unknown>;
  error?: string;
  text?: string;
}

export function testCases(format: string): void {
  const rows = JSON.parse(readFileSync(join(fixturesOf(format), 'expected.json'), 'utf8')) as Row[];
  describe(`${format}: what fixtures/make/${format}.py laid out`, () => {
    it.each(rows.map((row) => [`${row.path} ${JSON.stringify(row.options)} by ${row.call}`, row] as const))(
      '%s',
      (_, row) => (row.error ? refused(format, row) : row.data ? recording(format, row) : units(format, row)),
    );
  });
}

type Call = (path: string, options: object) => Promise<unknown>;
const callOf = (name: string) => (spikelab as unknown as Record<string, Call>)[name];

async function refused(format: string, { path, call, options, error, text }: Row): Promise<void> {
  const done = callOf(call)(join(fixturesOf(format), path), { ...options, onWarning() {} });
  const caught = await done.then(
    () => null,
    (reason: Error) => reason,
  );
  expect(caught?.constructor.name, caught?.message).toBe(error);
  expect(caught?.message).toMatch(new RegExp(text as string));
}

async function recording(format: string, row: Row): Promise<void> {
  const codes: string[] = [];
  const { options, data = [], ids, gains, offsets, locations, gaps = [], fsHz = 0 } = row;
  const path = join(fixturesOf(format), row.path);
  const opened = await spikelab.openRecording(path, { ...options, onWarning: ({ code }) => codes.push(code) });
  try {
    expect(opened).toMatchObject({ format, dtype: row.dtype, channels: data.length, samples: data[0].length });
    expect(opened.fsHz / fsHz).toBeCloseTo(1, 9);
    expect(opened.startMs).toBeCloseTo(row.startMs ?? 0, 6);
    expect(opened.segments).toBe(row.segments ?? 1);
    if (row.clock) expect(opened.clock).toBe(row.clock);
    if (ids) expect(opened.channelIds).toEqual(ids);
    if (gains === null) expect(opened.gainsToUv).toBeNull();
    for (const [c, gain] of (gains ?? []).entries()) {
      if (gain === null) expect(opened.gainsToUv?.[c]).toBeNaN();
      else expect(opened.gainsToUv?.[c]).toBeCloseTo(gain, 9);
    }
    for (const [c, offset] of (offsets ?? []).entries()) expect(opened.offsetsToUv?.[c]).toBeCloseTo(offset, 6);
    if (locations) expect([...(opened.channelLocations?.data ?? [])]).toEqual(locations.flat());
    expect(opened.gaps.length).toBe(gaps.length);
    for (const [g, gap] of gaps.entries()) {
      expect(opened.gaps[g].sample).toBe(gap.sample);
      expect(opened.gaps[g].ms).toBeCloseTo(gap.ms, 3);
      if (gap.missing !== undefined) expect(opened.gaps[g].missing).toBe(gap.missing);
    }
    expect([...codes].sort()).toEqual([...(row.codes ?? [])].sort());
    const { data: found } = await opened.read({ start: 0, end: opened.samples });
    expect(Array.from(found, Number)).toEqual(data.flat());
    const [start, end] = [Math.floor(opened.samples / 3), Math.ceil(opened.samples / 2)];
    const part = await opened.read({ start, end, channels: [data.length - 1] });
    expect(Array.from(part.data, Number)).toEqual(data[data.length - 1].slice(start, end));
  } finally {
    await opened.close();
  }
}

async function units(format: string, row: Row): Promise<void> {
  const codes: string[] = [];
  const onWarning = ({ code }: spikelab.Finding) => codes.push(code);
  const path = join(fixturesOf(format), row.path);
  const sd = (await callOf(row.call)(path, { ...row.options, onWarning })) as spikelab.SpikeData;
  const { trains = [], attributes } = row;
  expect(sd.train.map(({ length }) => length)).toEqual(trains.map(({ length }) => length));
  for (const [u, train] of trains.entries()) {
    for (const [s, time] of train.entries()) expect(sd.train[u][s]).toBeCloseTo(time, 6);
  }
  if (attributes) expect(sd.neuronAttributes).toMatchObject(attributes);
  if (row.metadata) expect(sd.metadata).toMatchObject(row.metadata);
  expect([...codes].sort()).toEqual([...(row.codes ?? [])].sort());
}
