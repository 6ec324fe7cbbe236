/** Gains, places and streams of SpikeGLX by what its .meta says; numbers are those of ProbeTable, worked out beside them. */

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { detectSpikes } from '../../lib/api/detect-spikes.js';
import { openRecording } from '../../lib/api/open-recording.js';
import { FormatError } from '../../lib/core/errors.js';
import type { Finding } from '../../lib/core/findings.js';
import { useTemporaryFolder } from '../support/temporary.js';

const temporary = useTemporaryFolder();
const samples = 40;

type Meta = Record<string, string | number>;

/** A stream of `signal` channels and one word, all zero. */
function write(name: string, signal: number, meta: Meta, tables: Record<string, string> = {}): string {
  mkdirSync(temporary('run'), { recursive: true });
  const lines = { nSavedChans: signal + 1, imSampRate: 30_000, imAiRangeMax: 0.6, ...meta };
  const text = [
    ...Object.entries(lines).map(([key, value]) => `${key}=${value}`),
    ...Object.entries(tables).map(([key, value]) => `~${key}=${value}`),
  ];
  writeFileSync(join(temporary('run'), `${name}.meta`), `${text.join('\r\n')}\r\n`);
  writeFileSync(join(temporary('run'), `${name}.bin`), Buffer.alloc(samples * (signal + 1) * 2));
  return temporary('run');
}

async function open(path: string, options = {}) {
  const findings: Finding[] = [];
  const recording = await openRecording(path, { onWarning: (finding) => findings.push(finding), ...options });
  await recording.close();
  const { data, shape } = recording.channelLocations ?? { data: [], shape: [0, 2] };
  const places = Array.from({ length: shape[0] }, (_, c) => Array.from(data.slice(c * shape[1], (c + 1) * shape[1])));
  return { ...recording, recording, places, gains: recording.gainsToUv, codes: findings.map(({ code }) => code) };
}

/** Four sites in two columns and two rows of one shank, or as `sites` says. */
const shankMap = (columns = 2, sites = ['0:0:0', '0:1:0', '0:0:1', '0:1:1']) =>
  `(1,${columns},480)${sites.map((site) => `(${site}:1)`).join('')}`;
const perChannel = (gains: number[], lf = 250) =>
  `(0,4)${gains.map((gain, c) => `(${c} 0 1 ${gain} ${lf} 1)`).join('')}`;
const ap = { snsApLfSy: '4,0,1', snsSaveChanSubset: '0:3,768' };

describe('places by part number', () => {
  it.each([
    // even rows start at the first number, odd rows at the second; then the steps of columns and rows
    ['PRB_1_4_0480_1_C', 27, 11, 32, 20],
    ['NP1000', 27, 11, 32, 20],
    ['NP1010', 27, 11, 32, 20],
    ['NP1016', 27, 27, 32, 20],
    ['NP1020', 27, 11, 87, 20],
    ['NP1022', 11, 11, 103, 20],
    ['NP1031', 27, 11, 87, 20],
    ['NP1032', 11, 11, 103, 20],
    ['NP1120', 6.75, 6.75, 4.5, 4.5],
    ['NP1200', 56.5, 36.5, 32, 31],
    ['NP1300', 11, 11, 48, 20],
    ['NP2000', 27, 27, 32, 15],
    ['NP2004', 27, 27, 32, 15],
    ['NP2006', 27, 11, 32, 15],
    ['PRB2_1_2_0640_0', 27, 27, 32, 15],
  ])('of %s', async (part, even, odd, x, z) => {
    const tables = { imroTbl: perChannel([500, 500, 500, 500]), snsShankMap: shankMap() };
    const { places } = await open(write('a.imec0.ap', 4, { ...ap, imDatPrb_pn: part, imDatPrb_type: 0 }, tables));
    expect(places).toEqual([
      [even, 0],
      [even + x, 0],
      [odd, z],
      [odd + x, z],
    ]);
  });

  it.each([
    ['NP1100', 8, [14 + 6 * 3, 6 * 2]],
    ['NP1110', 8, [14 + 6 * 3, 6 * 2]],
    ['NP1122', 16, [12.5 + 3 * 3, 3 * 2]],
    ['NP1123', 12, [10.25 + 4.5 * 3, 4.5 * 2]],
  ])('of the dense %s, unless its map has not its columns', async (part, columns, place) => {
    const meta = { snsApLfSy: '1,0,1', snsSaveChanSubset: '0,768', imDatPrb_pn: part, imDatPrb_type: 0 };
    const imroTbl = '(0,1)(0 0 1 500 250 1)';
    const right = { imroTbl, snsShankMap: shankMap(columns, ['0:3:2']) };
    expect((await open(write('a.imec0.ap', 1, meta, right))).places).toEqual([place]);
    // old SpikeGLX wrote (1,2,480) for them
    const wrong = await open(write('a.imec0.ap', 1, meta, { imroTbl, snsShankMap: shankMap(2, ['0:1:2']) }));
    expect(wrong.channelLocations).toBeNull();
    expect(wrong.codes).toContain('places-unknown');
  });

  it.each(['NP2010', 'NP2013', 'NP2020', 'PRB2_4_2_0640_0'])('of four shanks 250 µm apart: %s', async (part) => {
    const meta = { snsApLfSy: '2,0,1', snsSaveChanSubset: '0:1,384', imDatPrb_pn: part, imDatPrb_type: 24 };
    const tables = { imroTbl: '(24,2)(0 0 0 0 0)(1 3 0 0 9)', snsShankMap: shankMap(2, ['0:1:1', '3:0:4']) };
    expect((await open(write('a.imec0.ap', 2, meta, tables))).places).toEqual([
      [27 + 32, 15],
      [27 + 750, 60],
    ]);
  });

  it('of option 3A and by type where there is no part number, and none of a part that is in no table', async () => {
    const tables = { imroTbl: perChannel([500, 500, 500, 500]), snsShankMap: shankMap() };
    expect((await open(write('a.imec0.ap', 4, { ...ap, imProbeOpt: 3 }, tables))).places[2]).toEqual([11, 20]);
    expect((await open(write('a.imec0.ap', 4, { ...ap, imDatPrb_type: 2003 }, tables))).places[2]).toEqual([27, 15]);
    const unknown = await open(write('a.imec0.ap', 4, { ...ap, imDatPrb_pn: 'NP9999', imDatPrb_type: 0 }, tables));
    expect([unknown.channelLocations, unknown.codes]).toEqual([null, ['places-unknown']]);
  });

  it('by snsGeomMap before all others', async () => {
    const meta = { ...ap, imDatPrb_pn: 'NP9999', imDatPrb_type: 0 };
    const sites = '(0:1:2:1)(1:1:2:1)(2:5:6:1)(3:7:8:0)';
    const tables = { imroTbl: perChannel([500, 500, 500, 500]), snsGeomMap: `(NP9999,4,250,70)${sites}` };
    expect((await open(write('a.imec0.ap', 4, meta, tables))).places).toEqual([
      [1, 2],
      [251, 2],
      [505, 6],
      [757, 8],
    ]);
  });
});

describe('gains', () => {
  const two = '(2003,4)(0 1 0 40)(1 1 0 41)(2 1 0 42)(3 1 0 43)';
  const four = '(NP2013,4)(0 0 0 2 40)(1 0 0 2 41)(2 0 0 2 42)(3 0 0 2 43)';
  const geometry = { snsGeomMap: '(X,1,0,70)(0:0:0:1)(0:1:0:1)(0:2:0:1)(0:3:0:1)' };
  const gainsOf = async (meta: Meta, imroTbl: string, name = 'a.imec0.ap', counts: Meta = ap) =>
    open(join(write(name, 4, { ...counts, ...meta }, { imroTbl, ...geometry }), `${name}.bin`));

  it.each([
    ['NP2000', 21, {}, 0.5 / 8192 / 80],
    ['NP2010', 24, {}, 0.5 / 8192 / 80],
    ['PRB2_4_2_0640_0', 0, {}, 0.5 / 8192 / 80],
    ['NP2003', 2003, {}, 0.5 / 2048 / 100],
    ['NP2005', 2005, { imMaxInt: 2048, imChan0apGain: 100 }, 0.5 / 2048 / 100],
    ['NP2014', 2014, {}, 0.5 / 2048 / 100],
    ['NP2021', 2021, {}, 0.5 / 2048 / 100],
    ['NP3010', 3010, { imMaxInt: 2048, imChan0apGain: 100 }, 0.5 / 2048 / 100],
    ['NP2013', 2013, { imChan0apGain: 90, imMaxInt: 4096 }, 0.5 / 4096 / 90],
    ['', 2013, {}, 0.5 / 2048 / 100],
    // in no table, but the file says all itself
    ['NP9999', 9999, { imChan0apGain: 50, imMaxInt: 1024 }, 0.5 / 1024 / 50],
  ])('of %s (type %s), whose imro table has none', async (part, type, more, volts) => {
    for (const imroTbl of [two, four]) {
      const { gains } = await gainsOf({ imDatPrb_pn: part, imDatPrb_type: type, imAiRangeMax: 0.5, ...more }, imroTbl);
      for (const gain of gains ?? [0]) expect(gain).toBeCloseTo(volts * 1e6, 9);
    }
  });

  it('stand in the imro table of 1.0 probes for each channel, of both bands, with or without part number', async () => {
    const parts: Meta[] = [
      { imDatPrb_pn: 'NP3000', imDatPrb_type: 0 },
      { imDatPrb_type: 0 },
      { imDatPrb_pn: 'NP1300' },
    ];
    for (const part of parts) {
      // imChan0apGain is that of the first channel only
      const meta = { ...part, imChan0apGain: 500, imChan0lfGain: 250 };
      const { gains } = await gainsOf(meta, perChannel([500, 250, 1000, 125]));
      expect(Array.from(gains ?? [])).toEqual([500, 250, 1000, 125].map((gain) => (0.6 / 512 / gain) * 1e6));
    }
    const lf = { snsApLfSy: '0,4,1', snsSaveChanSubset: '4:7,8' };
    const { gains } = await gainsOf({ imDatPrb_type: 0 }, perChannel([500, 250, 1000, 125], 125), 'b.imec0.lf', lf);
    expect(Array.from(gains ?? [])).toEqual(new Array(4).fill((0.6 / 512 / 125) * 1e6));
  });

  it('of option 3A stand in items of five', async () => {
    const items = [0, 1, 2, 3].map((c) => `(${c} 0 0 ${500 + c} 250)`).join('');
    const { gains } = await gainsOf({ imProbeOpt: 3 }, `(841907101,3,4)${items}`);
    expect(gains?.[3]).toBeCloseTo((0.6 / 512 / 503) * 1e6, 9);
  });

  it('of NP1110 stand in the header', async () => {
    const meta = { imDatPrb_pn: 'NP1110', imDatPrb_type: 1110 };
    const { gains } = await gainsOf(meta, '(1110,0,0,500,250,1)(0 1 1)(1 1 1)(2 1 1)(3 1 1)');
    expect(Array.from(gains ?? [])).toEqual(new Array(4).fill((0.6 / 512 / 500) * 1e6));
  });

  it('that nothing says are unknown, with a finding', async () => {
    const { gains, codes } = await gainsOf({ imDatPrb_pn: 'NP9999', imDatPrb_type: 9999 }, two);
    expect([gains, codes]).toEqual([null, ['gain-unknown']]);
  });

  it('of analogue inputs go by kind, and by the steps the file says', async () => {
    const nidq = { snsMnMaXaDw: '1,1,2,1', niSampRate: 1000, niAiRangeMax: 5, niMNGain: 200, niMAGain: 10 };
    const wanted = [200, 10, 1, 1].map((gain) => (5 / 32768 / gain) * 1e6);
    expect(Array.from((await open(join(write('n.nidq', 4, nidq), 'n.nidq.bin'))).gains ?? [])).toEqual(wanted);
    const obx = { snsXaDwSy: '4,0,1', obSampRate: 1000, obAiRangeMax: 5, obMaxInt: 65536 };
    const { gains } = await open(join(write('n.obx0.obx', 4, obx), 'n.obx0.obx.bin'));
    expect(Array.from(gains ?? [])).toEqual(new Array(4).fill((5 / 65536) * 1e6));
  });
});

describe('streams', () => {
  const imec = { imDatPrb_type: 0, imDatPrb_pn: 'NP1000' };
  const tables = { imroTbl: perChannel([500, 500, 500, 500]), snsShankMap: shankMap() };
  const lf = { ...imec, snsApLfSy: '0,4,1', snsSaveChanSubset: '4:7,8', imSampRate: 2500 };

  it('start on the clock of the acquisition', async () => {
    const { startMs } = await open(write('a.imec0.ap', 4, { ...imec, ...ap, firstSample: 45_000 }, tables));
    expect(startMs).toBe(1500);
    const folder = write('b.imec0.lf', 4, { ...lf, firstSample: 3750 }, tables);
    expect((await open(join(folder, 'b.imec0.lf.bin'))).startMs).toBe(1500);
    const sd = await detectSpikes(folder, { filter: false, onWarning: () => {} });
    expect([sd.startTime, sd.length]).toEqual([0, (samples * 1000) / 30_000]);
    expect(sd.report?.findings.map(({ code }) => code)).toContain('clock-not-used');
  });

  it('of the low band are told of where they are taken for want of a better one', async () => {
    const folder = write('b.imec0.lf', 4, lf, tables);
    expect((await open(folder)).codes).toEqual(['no-spike-band']);
    expect((await open(folder, { dataset: 'lf' })).codes).toEqual([]);
    write('a.imec0.ap', 4, { ...imec, ...ap }, tables);
    expect(await open(folder)).toMatchObject({ codes: ['several-streams'], fsHz: 30_000 });
  });

  it('of digital lines only are passed by, and refused by themselves', async () => {
    const folder = write('n.obx0.obx', 1, { snsXaDwSy: '0,1,1', obSampRate: 1000, obAiRangeMax: 5 });
    await expect(open(folder)).rejects.toThrow(FormatError);
    await expect(open(folder)).rejects.toThrow(/digital lines/);
    write('n.nidq', 1, { snsMnMaXaDw: '0,0,1,1', niSampRate: 1000, niAiRangeMax: 5 });
    expect(await open(folder)).toMatchObject({ channels: 1, codes: ['stream-skipped', 'no-spike-band'] });
  });
});
