/** Gains and geometry of the probes that SpikeGLX records (Neuropixels 1.0 and 2.0 families), and of nidq and obx streams. */
import type { NdArray } from '../arrays.js';
import { metaNumberOr, metaTable, type SpikeGlxMeta } from './spikeglx-meta.js';
import { locations } from './trace-recording.js';

export type Stream = 'ap' | 'lf' | 'nidq' | 'obx';

/** Types of probes with a fixed gain (2.0 and later): its value where the file does not say, by imDatPrb_type. */
const fixedGains: Record<string, number> = { 21: 80, 24: 80, 2003: 100, 2004: 100, 2013: 100, 2014: 100 };
/** The same by part number: old SpikeGLX wrote type 0 for probes that it did not know. */
const fixedGainParts: [RegExp, number][] = [
  [/^NP20[01]0|^PRB2_/, 80],
  [/^NP20(03|04|13|14|20|21)/, 100],
  [/^NP30/, 100],
];

/** µV of one step, of each channel; null where the file does not say. `channels` are the original numbers. */
export function gainsToUv(meta: SpikeGlxMeta, stream: Stream, channels: readonly number[]): Float64Array | null {
  if (stream === 'nidq' || stream === 'obx') return analogGains(meta, stream, channels.length);
  const range = metaNumberOr(meta, 'imAiRangeMax', Number.NaN);
  const fixed = fixedGain(meta);
  const steps = metaNumberOr(meta, 'imMaxInt', fixed === undefined ? 512 : fixed === 80 ? 8192 : 2048);
  const gains = fixed === undefined ? tableGains(meta, stream, channels) : channels.map(() => fixed);
  const uv = gains.map((gain) => ((range / steps) * 1e6) / gain);
  return uv.every(Number.isFinite) ? Float64Array.from(uv) : null;
}

function fixedGain(meta: SpikeGlxMeta): number | undefined {
  const part = meta.values.get('imDatPrb_pn') ?? '';
  const known =
    fixedGainParts.find(([name]) => name.test(part))?.[1] ?? fixedGains[meta.values.get('imDatPrb_type') ?? ''];
  return known === undefined ? undefined : metaNumberOr(meta, 'imChan0apGain', known);
}

/** Probes of the 1.0 family: (channel bank reference apGain lfGain filter) each. NP1110 has one pair for all in the header. */
function tableGains(meta: SpikeGlxMeta, stream: Stream, channels: readonly number[]): number[] {
  const [header, ...items] = metaTable(meta, 'imroTbl');
  const common = meta.values.get('imDatPrb_pn') === 'NP1110' ? header?.slice(3, 5).map(Number) : undefined;
  const byChannel = new Map(items.map((item) => [Number(item[0]), Number(item[stream === 'ap' ? 3 : 4])]));
  const total = items.length;
  return channels.map((n) => {
    if (common) return common[stream === 'ap' ? 0 : 1];
    // lf channels are numbered after the ap ones
    return byChannel.get(n) ?? byChannel.get(n - total) ?? Number.NaN;
  });
}

function analogGains(meta: SpikeGlxMeta, stream: 'nidq' | 'obx', channels: number): Float64Array | null {
  const range = metaNumberOr(meta, stream === 'nidq' ? 'niAiRangeMax' : 'obAiRangeMax', Number.NaN);
  const steps = stream === 'nidq' ? 32768 : metaNumberOr(meta, 'obMaxInt', 32768);
  const counts = stream === 'nidq' ? (meta.values.get('snsMnMaXaDw') ?? '').split(',').map(Number) : [];
  const gains = [metaNumberOr(meta, 'niMNGain', 1), metaNumberOr(meta, 'niMAGain', 1)];
  const uv = Array.from({ length: channels }, (_, c) => {
    const gain = c < counts[0] ? gains[0] : c < counts[0] + counts[1] ? gains[1] : 1;
    return ((range / steps) * 1e6) / gain;
  });
  return uv.every(Number.isFinite) ? Float64Array.from(uv) : null;
}

/** Places of the saved channels in µm: out of snsGeomMap, or of the older snsShankMap and the probe's known pitches. */
export function probeLocations(meta: SpikeGlxMeta, channels: number): NdArray<Float64Array> | null {
  const [header, ...sites] = metaTable(meta, 'snsGeomMap');
  const rows = header
    ? sites.map(([shank, x, z]) => [Number(x) + Number(shank) * Number(header[2]), Number(z)])
    : shankMapLocations(meta);
  return rows.length === channels && rows.flat().every(Number.isFinite) ? locations(rows) : null;
}

function shankMapLocations(meta: SpikeGlxMeta): number[][] {
  const sites = metaTable(meta, 'snsShankMap').slice(1);
  const part = meta.values.get('imDatPrb_pn') ?? '';
  // written with a false map: 8 columns, 6 µm apart, where the map has 2
  if (/^NP11/.test(part)) return [];
  const two = fixedGain(meta) !== undefined;
  const pitch = /^NP102/.test(part) ? 87 : /^NP103/.test(part) ? 103 : 32;
  return sites.map(([shank, column, row]) => {
    const [s, c, r] = [shank, column, row].map(Number);
    if (two) return [27 + 32 * c + 250 * s, 15 * r];
    return [pitch * c + (r % 2 ? 11 : 27), 20 * r];
  });
}
