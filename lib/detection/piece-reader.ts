/** Pieces of a recording for detection, one read ahead. */

import type { StreamStretch } from '../addon/contract.js';
import type { NdArray, NumericArray } from '../core/arrays.js';
import type { Recording } from '../recordings/recording.js';

interface PieceReader {
  (wanted: StreamStretch): Promise<NdArray<NumericArray>>;
  ahead(wanted: { start: number; end: number }): void;
}

/** Reads pieces of a recording, one ahead where that is asked for. */
export function pieceReader(recording: Pick<Recording, 'read'>, signal: AbortSignal | undefined): PieceReader {
  let ahead: { start: number; end: number; piece: Promise<NdArray> } | undefined;
  const start = ({ start, end, channels }: Omit<StreamStretch, 'progress'>) =>
    recording.read({ start, end, channels }, { signal });
  const read = (wanted: StreamStretch) => {
    const ready = ahead;
    ahead = undefined;
    if (ready && !wanted.channels && ready.start === wanted.start && ready.end === wanted.end) return ready.piece;
    return start(wanted);
  };
  return Object.assign(read, {
    ahead(wanted: { start: number; end: number }) {
      const piece = start(wanted);
      // whoever reads it gets the error; nobody does after an abort
      piece.catch(() => {});
      ahead = { ...wanted, piece };
    },
  });
}
