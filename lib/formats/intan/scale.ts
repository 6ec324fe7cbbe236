/** µV = stored × gain + offset of each kind of Intan's signals; null for words of bits. Source: Intan's file format notes. */
import type { IntanHeader, IntanKind } from './header.js';

export interface Scale {
  gain: number;
  offset: number;
}

const middle = 32_768;
const centred = (gain: number): Scale => ({ gain, offset: -middle * gain });

/** @param signed whether amplifiers are stored as int16, as in files of their own, and not as uint16 */
export function scaleOf(kind: IntanKind, { device, boardMode }: IntanHeader, signed: boolean): Scale | null {
  switch (kind) {
    case 'amplifier':
      return signed ? { gain: 0.195, offset: 0 } : centred(0.195);
    case 'auxiliary':
      return { gain: 37.4, offset: 0 };
    case 'supply':
      return { gain: 74.8, offset: 0 };
    case 'analogin':
      return device === 'RHS' ? centred(312.5) : inputScale(boardMode);
    case 'analogout':
      return centred(312.5);
    case 'dcamplifier':
      return { gain: -19_230, offset: 512 * 19_230 };
    default:
      return null;
  }
}

/** 0: RHD2000 boards, 0 to 3.3 V; 1: Intan's recording system of the first generation, ±5 V; 13: RHD recording controller, ±10 V. */
function inputScale(boardMode: number): Scale | null {
  if (boardMode === 0) return { gain: 50.354, offset: 0 };
  if (boardMode === 1) return centred(152.59);
  return boardMode === 13 ? centred(312.5) : null;
}
