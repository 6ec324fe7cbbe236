/** The data blocks of a PLX file, one after the other: spikes, events and pieces of samples, as they came. */
import { FormatError } from '../../core/errors.js';
import type { ReportBuilder } from '../../core/report.js';
import { Slices } from '../../core/slices.js';
import { withPartFile } from '../../io/part-file.js';
import type { PlxHeader } from './header.js';

export interface Block {
  type: 'spike' | 'samples';
  /** Ticks. */
  time: number;
  channel: number;
  unit: number;
  /** Where its words begin. */
  byteOffset: number;
  /** Of 16 bits. */
  words: number;
}

const headBytes = 16;
const pieceBytes = 2 ** 20;
const types: Readonly<Record<number, Block['type'] | 'event'>> = { 1: 'spike', 4: 'event', 5: 'samples' };

/** Calls `take` with each block of spikes and samples; it must not keep the object. @throws FormatError with the place of a broken one */
export function eachBlock(
  { path, dataStart, size }: PlxHeader,
  take: (block: Block) => void,
  { signal, report }: { signal: AbortSignal | undefined; report: ReportBuilder },
): Promise<void> {
  return withPartFile(path, async (file) => {
    const block: Block = { type: 'spike', time: 0, channel: 0, unit: 0, byteOffset: 0, words: 0 };
    const slices = new Slices(signal);
    const into = Buffer.allocUnsafe(pieceBytes);
    let at = dataStart;
    while (at + headBytes <= size) {
      const bytes = await file.read(at, at + pieceBytes, into);
      const start = at;
      for (let b = 0; b + headBytes <= bytes.length; b = at - start) {
        const type = types[bytes.readInt16LE(b)];
        const [waveforms, words] = [bytes.readInt16LE(b + 12), bytes.readInt16LE(b + 14)];
        if (!type || waveforms < 0 || words < 0) {
          const found = `type ${bytes.readInt16LE(b)} with ${waveforms} × ${words} words`;
          throw new FormatError(
            `${path} must have a block of spikes (1), events (4) or samples (5) at byte ${at}, found ${found}`,
            {
              path,
              location: `byte ${at}`,
            },
          );
        }
        const end = at + headBytes + 2 * waveforms * words;
        if (end > size) {
          report.warning(
            'frame-cut',
            `${path} ends within a block: its last ${size - at} bytes are left out`,
            size - at,
          );
          return;
        }
        if (type !== 'event') {
          block.type = type;
          block.time = bytes.readUInt32LE(b + 4) + bytes.readUInt16LE(b + 2) * 2 ** 32;
          block.channel = bytes.readInt16LE(b + 8);
          block.unit = bytes.readInt16LE(b + 10);
          block.byteOffset = at + headBytes;
          block.words = waveforms * words;
          take(block);
        }
        at = end;
      }
      await slices.turn();
    }
    if (at < size)
      report.warning('frame-cut', `${path} ends within a block: its last ${size - at} bytes are left out`, size - at);
  });
}
