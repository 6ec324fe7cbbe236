/** What a load gave, as one short text: two loads of one file must give the same. */
import { createHash } from 'node:crypto';
import { detectSpikes, type Recording, SpikeData } from 'spikelab';
import { Walked } from './walk.js';

/** Frames that are read from the beginning and the end of a recording. */
const frames = 256;
/** Values up to which spikes are detected as well. */
const mostDetected = 1e6;

/** @param hidden takes out of texts what differs between the processes that load: the folder */
export async function digestOf(
  loaded: SpikeData | Recording | Walked,
  hidden: (text: string) => string,
): Promise<string> {
  const hash = new Digest(hidden);
  if (loaded instanceof SpikeData) hash.feed(partsOf(loaded));
  else if (loaded instanceof Walked) hash.feed(loaded.values);
  else await feedRecording(hash, loaded);
  return hash.end();
}

const partsOf = (sd: SpikeData): unknown => [
  sd.train,
  [sd.length, sd.startTime, sd.neuronAttributes, sd.metadata],
  [sd.rawData?.shape, sd.rawData?.data, sd.rawTime],
  sd.report?.findings,
  [sd.report?.units, sd.report?.spikes],
];

async function feedRecording(hash: Digest, recording: Recording): Promise<void> {
  const { channels, samples } = recording;
  hash.feed([recording.format, channels, samples, recording.fsHz, recording.dtype, recording.startMs, recording.clock]);
  hash.feed([recording.segments, recording.gaps, recording.findings, recording.channelIds, recording.gainsToUv]);
  hash.feed([recording.channelLocations?.data, recording.offsetsToUv]);
  hash.feed((await recording.read({ start: 0, end: Math.min(samples, frames) })).data);
  hash.feed((await recording.read({ start: Math.max(0, samples - frames), end: samples })).data);
  if (channels * samples > mostDetected) return;
  hash.feed(partsOf(await detectSpikes(recording, { filter: false, onWarning: () => {} })));
}

class Digest {
  readonly #hash = createHash('sha256');

  constructor(private readonly hidden: (text: string) => string) {}

  end(): string {
    return this.#hash.digest('hex').slice(0, 16);
  }

  feed(value: unknown): void {
    if (ArrayBuffer.isView(value)) {
      this.#hash.update(`${value.constructor.name} ${value.byteLength} `);
      this.#hash.update(new Uint8Array(value.buffer, value.byteOffset, value.byteLength));
    } else if (value instanceof Map || value instanceof Set) this.feed([...value]);
    else if (Array.isArray(value)) {
      this.#hash.update(`[${value.length} `);
      for (const item of value) this.feed(item);
    } else if (typeof value === 'object' && value !== null) {
      this.feed(Object.entries(value));
    } else this.#hash.update(`${typeof value} ${Object.is(value, -0) ? '-0' : this.hidden(String(value))} `);
  }
}
