/** Gains and places of what SpikeGLX records: Neuropixels probes, and the analogue inputs of nidq and obx streams. */
import type { NdArray } from '../../core/arrays.js';
import type { RecordContext } from '../../recordings/recording-format.js';
import { locations } from '../../recordings/trace-recording.js';
import { metaNumberOr, metaTable, type SpikeGlxMeta } from './meta.js';
import { fixedGain, siteGrid } from './neuropixels.js';

export type Stream = 'ap' | 'lf' | 'nidq' | 'obx';
type Report = RecordContext['report'];

/** Steps of half the range of probes with 10 bits, whose files may not say it. */
const tenBitSteps = 512;
/** 2.0 probes by their gain, where the file says only that. */
const stepsOfGain: Record<number, number> = { 80: 8192, 100: 2048 };

/** µV of one step, of each channel; null with a finding where the file does not say. `channels` are the original numbers. */
export function gainsToUv(
  meta: SpikeGlxMeta,
  stream: Stream,
  channels: readonly number[],
  report: Report,
): Float64Array | null {
  const uv =
    stream === 'nidq' || stream === 'obx' ? analogGains(meta, stream, channels) : probeGains(meta, stream, channels);
  if (uv.every((gain) => Number.isFinite(gain) && gain > 0)) return Float64Array.from(uv);
  const message = `${meta.path} does not say the gains of its channels, and its probe (${partOf(meta) || 'no part number'}) is in no table: µV are unknown`;
  report.warning('gain-unknown', message);
  return null;
}

const partOf = ({ values }: SpikeGlxMeta) => values.get('imDatPrb_pn') ?? '';
const typeOf = ({ values }: SpikeGlxMeta) => values.get('imDatPrb_type') ?? '';

function probeGains(meta: SpikeGlxMeta, stream: 'ap' | 'lf', channels: readonly number[]): number[] {
  const range = metaNumberOr(meta, 'imAiRangeMax', Number.NaN);
  const fixed = fixedGain(partOf(meta), typeOf(meta));
  const inTable = fixed ? undefined : tableGains(meta, stream, channels);
  // the full band of 2.0 probes has one gain
  const ap = metaNumberOr(meta, 'imChan0apGain', fixed?.gain ?? Number.NaN);
  const one = stream === 'lf' ? metaNumberOr(meta, 'imChan0lfGain', ap) : ap;
  const missing = fixed?.steps ?? (inTable ? tenBitSteps : (stepsOfGain[one] ?? Number.NaN));
  const steps = metaNumberOr(meta, 'imMaxInt', missing);
  return (inTable ?? channels.map(() => one)).map((gain) => ((range / steps) * 1e6) / gain);
}

/**
 * Gains out of the imro table, which of 1.0 probes has (channel bank reference apGain lfGain filter) each; option 3A wrote no
 * filter, and three numbers in the header. NP1110 has one pair for all in the header. Items of other probes have no gains.
 */
function tableGains(meta: SpikeGlxMeta, stream: 'ap' | 'lf', channels: readonly number[]): number[] | undefined {
  const [header, ...items] = metaTable(meta, 'imroTbl');
  if (!header) return undefined;
  const field = stream === 'ap' ? 3 : 4;
  if (/1110$/.test(header[0]) || partOf(meta) === 'NP1110') return channels.map(() => Number(header[field]));
  const width = items[0]?.length ?? 0;
  const option3A = header.length > 2 && width === 5;
  if (width < 6 && !option3A) return undefined;
  const byChannel = new Map(items.map((item) => [Number(item[0]), Number(item[field])]));
  // lf channels are numbered after the ap ones
  return channels.map((n) => byChannel.get(n) ?? byChannel.get(n - items.length) ?? Number.NaN);
}

function analogGains(meta: SpikeGlxMeta, stream: 'nidq' | 'obx', channels: readonly number[]): number[] {
  const [rangeKey, stepsKey] = stream === 'nidq' ? ['niAiRangeMax', 'niMaxInt'] : ['obAiRangeMax', 'obMaxInt'];
  const uv = (metaNumberOr(meta, rangeKey, Number.NaN) / metaNumberOr(meta, stepsKey, 32768)) * 1e6;
  const [mn = 0, ma = 0] = stream === 'nidq' ? (meta.values.get('snsMnMaXaDw') ?? '').split(',').map(Number) : [];
  const gains = [metaNumberOr(meta, 'niMNGain', 1), metaNumberOr(meta, 'niMAGain', 1)];
  return channels.map((_, c) => uv / (c < mn ? gains[0] : c < mn + ma ? gains[1] : 1));
}

/** Places of the saved channels in µm: out of snsGeomMap, or of the older snsShankMap and the probe's grid of sites. */
export function probeLocations(meta: SpikeGlxMeta, channels: number, report: Report): NdArray<Float64Array> | null {
  const [header, ...sites] = metaTable(meta, 'snsGeomMap');
  const rows = header
    ? sites.map(([shank, x, z]) => [Number(x) + Number(shank) * Number(header[2]), Number(z)])
    : shankMapLocations(meta);
  if (rows.length === channels && rows.flat().every(Number.isFinite)) return locations(rows);
  const found = header
    ? `snsGeomMap has ${rows.length} sites`
    : `snsShankMap gives ${rows.length} for ${partOf(meta) || 'no part number'}`;
  report.warning('places-unknown', `${meta.path} does not say where its ${channels} channels are: ${found}`);
  return null;
}

function shankMapLocations(meta: SpikeGlxMeta): number[][] {
  const [header, ...sites] = metaTable(meta, 'snsShankMap');
  const grid = siteGrid(partOf(meta) || (meta.values.has('imProbeOpt') ? '3A' : ''), typeOf(meta));
  // dense probes were written with a map of two columns, which is false
  if (!grid || !header || Number(header[1]) !== grid.columns) return [];
  return sites.map(([shank, column, row]) => {
    const [s, c, r] = [shank, column, row].map(Number);
    return [(r % 2 ? grid.odd : grid.even) + grid.x * c + grid.shankPitch * s, grid.z * r];
  });
}
