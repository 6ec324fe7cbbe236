/** The data of a page of spikes: a head as JSON, and blobs of numbers, deflated, as base64. */
import { deflateRawSync } from 'node:zlib';
import { native } from '../addon/binding.js';
import type { SpikeData } from '../spike-data/spike-data.js';
import { shareBelow } from './isi.js';
import type { PageHead, PageTraces, PageUnit } from './page-head.js';

/** Filtered samples of some rows, for the view of traces. */
export interface TraceStretch {
  readonly rows: readonly number[];
  readonly fromMs: number;
  readonly fsHz: number;
  readonly samples: readonly Float64Array[];
}

export interface PageSource {
  readonly sd: Pick<SpikeData, 'train' | 'N' | 'length' | 'startTime' | 'neuronAttributes'>;
  readonly title: string;
  readonly subtitle: string;
  readonly rowName: string;
  readonly unit: string;
  /** One array a row, as long as its train; absent where there are none. */
  readonly amplitudes?: readonly ArrayLike<number>[];
  readonly noise?: ArrayLike<number>;
  readonly thresholds?: (row: number) => readonly number[];
  readonly traces?: TraceStretch;
}

export interface PageData {
  readonly head: PageHead;
  readonly counts: string;
  readonly traces: string;
  /** Spikes of consecutive units. */
  readonly chunks: readonly string[];
}

/** A microsecond: a thirtieth of a sample at 30 kHz. */
const quantumMs = 0.001;
/** Of the counts that come with the page, which are drawn before the spikes are there. */
const mostCells = 4_000_000;
const mostBins = 4096;
/** Bytes after which the next unit begins another chunk: the page decodes one at a time, between two frames. */
const chunkBytes = 1_000_000;

const base64 = (bytes: Uint8Array) => deflateRawSync(bytes, { level: 6 }).toString('base64');
const bytesOf = ({ buffer, byteOffset, byteLength }: ArrayBufferView) => new Uint8Array(buffer, byteOffset, byteLength);

export function pageData(source: PageSource): PageData {
  const { sd } = source;
  const amplitudes = source.amplitudes?.map(quantised);
  const { counts, bins, countBytes } = countCells(sd);
  const chunks = spikeChunks(
    sd,
    amplitudes?.map(({ values }) => values),
  );
  const traces = source.traces && quantisedTraces(source.traces);
  const head: PageHead = {
    ...{ title: source.title, subtitle: source.subtitle, rowName: source.rowName, unit: source.unit },
    ...{ startMs: sd.startTime, lengthMs: sd.length || 1, quantumMs, bins, countBytes, chunks: chunks.length },
    units: sd.train.map((_, row) => unitOf(source, row, amplitudes?.[row].step ?? null)),
    traces: traces?.head ?? null,
  };
  return { head, counts, traces: traces?.blob ?? '', chunks };
}

function unitOf(source: PageSource, row: number, amplitudeStep: number | null): PageUnit {
  const { sd, noise, thresholds } = source;
  const train = sd.train[row];
  const attributes = sd.neuronAttributes?.[row] ?? {};
  const short = shareBelow(train);
  const level = noise?.[row] ?? Number.NaN;
  const [x, y] = Array.isArray(attributes.location) ? attributes.location.map(Number) : [];
  return {
    id: String(attributes.unit_id ?? attributes.electrode ?? row),
    spikes: train.length,
    rateHz: sd.length > 0 ? (train.length * 1000) / sd.length : 0,
    short: Number.isFinite(short) ? short : null,
    place: Number.isFinite(x) && Number.isFinite(y) ? [x, y] : null,
    noise: Number.isFinite(level) ? level : null,
    thresholds: thresholds?.(row) ?? [],
    amplitudeStep,
  };
}

/** Spikes of each row in bins of time, counted by native code. */
function countCells({ train, N, length, startTime }: PageSource['sd']) {
  let bins = mostBins;
  while (bins > 64 && bins * N > mostCells) bins /= 2;
  const offsets = new Float64Array(N + 1);
  train.forEach((times, row) => {
    offsets[row + 1] = offsets[row] + times.length;
  });
  const times = new Float64Array(offsets[N]);
  train.forEach((values, row) => {
    times.set(values, offsets[row]);
  });
  const out = new Uint32Array(N * bins);
  const binMs = (length || 1) / bins;
  // bins are open on the left: half a quantum puts a spike at the very start into the first
  native().binDense({ times, offsets, startMs: startTime, offsetMs: quantumMs / 2, binMs, bins, out });
  const small = out.every((count) => count < 256);
  const stored = small ? Uint8Array.from(out) : Uint16Array.from(out, (count) => Math.min(count, 65_535));
  return { counts: base64(bytesOf(stored)), bins, countBytes: small ? (1 as const) : (2 as const) };
}

/** Of each unit: steps from one spike to the next in quanta, seven bits a byte, the high bit where more follow; then its amplitudes. */
function spikeChunks(sd: PageSource['sd'], amplitudes: readonly Int16Array[] | undefined): string[] {
  const chunks: string[] = [];
  let bytes = new Uint8Array(2 * chunkBytes);
  let used = 0;
  const flush = () => {
    if (used) chunks.push(base64(bytes.subarray(0, used)));
    used = 0;
  };
  sd.train.forEach((train, row) => {
    const most = train.length * 10;
    if (used + most > bytes.length) {
      const larger = new Uint8Array(used + most + chunkBytes);
      larger.set(bytes.subarray(0, used));
      bytes = larger;
    }
    let last = 0;
    for (let i = 0; i < train.length; i++) {
      const now = Math.max(last, Math.round((train[i] - sd.startTime) / quantumMs));
      let step = now - last;
      last = now;
      for (; step >= 128; step = Math.floor(step / 128)) bytes[used++] = 128 + (step % 128);
      bytes[used++] = step;
    }
    const values = amplitudes?.[row];
    if (values) {
      bytes.set(bytesOf(values), used);
      used += values.byteLength;
    }
    if (used >= chunkBytes) flush();
  });
  flush();
  return chunks;
}

/** Whole numbers of 16 bits that keep a value to a 30,000th of the largest. */
function quantised(values: ArrayLike<number>): { values: Int16Array; step: number } {
  let most = 0;
  for (let i = 0; i < values.length; i++) if (Math.abs(values[i]) > most) most = Math.abs(values[i]);
  const step = (most || 1) / 32_000;
  return { values: Int16Array.from(values, (value) => (Number.isFinite(value) ? Math.round(value / step) : 0)), step };
}

function quantisedTraces({ rows, fromMs, fsHz, samples }: TraceStretch): { head: PageTraces; blob: string } {
  const parts = samples.map(quantised);
  const count = samples[0]?.length ?? 0;
  const all = new Int16Array(count * rows.length);
  parts.forEach(({ values }, i) => {
    all.set(values, i * count);
  });
  const steps = parts.map(({ step }) => step);
  return { head: { rows, fromMs, fsHz, samples: count, steps }, blob: base64(bytesOf(all)) };
}
