/** Reads what the page carries: the head, counts, spikes and traces. */
import type { PageHead } from '../page-head.js';

const text = (id: string): string => document.getElementById(id)?.textContent ?? '';

export function readHead(): PageHead {
  return JSON.parse(text('head'));
}

/** base64 and deflate undone. The element goes, so that its text is not kept. */
async function bytesIn(id: string): Promise<Uint8Array> {
  const packed = atob(text(id));
  document.getElementById(id)?.remove();
  const bytes = new Uint8Array(packed.length);
  for (let i = 0; i < packed.length; i++) bytes[i] = packed.charCodeAt(i);
  const plain = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('deflate-raw'));
  return new Uint8Array(await new Response(plain).arrayBuffer());
}

export async function readCounts({ countBytes }: PageHead): Promise<Uint8Array | Uint16Array> {
  const bytes = await bytesIn('counts');
  return countBytes === 1 ? bytes : new Uint16Array(bytes.buffer);
}

export async function readTraces(): Promise<Int16Array> {
  return new Int16Array((await bytesIn('traces')).buffer);
}

export interface UnitSpikes {
  /** ms, rising. */
  readonly times: Float64Array;
  /** In steps of the unit's amplitudeStep; null where there are none. */
  readonly amplitudes: Int16Array | null;
}

/** Unit after unit, as the chunks come; between two chunks a frame may be drawn. */
export async function* readSpikes(head: PageHead): AsyncGenerator<{ row: number; spikes: UnitSpikes }[]> {
  let row = 0;
  for (let chunk = 0; chunk < head.chunks; chunk++) {
    const bytes = await bytesIn(`spikes-${chunk}`);
    const units: { row: number; spikes: UnitSpikes }[] = [];
    for (let at = 0; at < bytes.length; row++) {
      const { spikes, end } = unitIn(bytes, at, head, row);
      units.push({ row, spikes });
      at = end;
    }
    yield units;
  }
}

function unitIn(bytes: Uint8Array, start: number, head: PageHead, row: number): { spikes: UnitSpikes; end: number } {
  const { spikes: count, amplitudeStep } = head.units[row];
  const times = new Float64Array(count);
  let at = start;
  let quanta = 0;
  for (let i = 0; i < count; i++) {
    let [step, weight] = [0, 1];
    for (; bytes[at] >= 128; weight *= 128) step += (bytes[at++] - 128) * weight;
    quanta += step + bytes[at++] * weight;
    times[i] = head.startMs + quanta * head.quantumMs;
  }
  if (amplitudeStep === null) return { spikes: { times, amplitudes: null }, end: at };
  const end = at + 2 * count;
  return { spikes: { times, amplitudes: new Int16Array(bytes.slice(at, end).buffer) }, end };
}

/** The first spike at or after `ms`. */
export function firstFrom(times: Float64Array, ms: number): number {
  let [low, high] = [0, times.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (times[middle] < ms) low = middle + 1;
    else high = middle;
  }
  return low;
}
