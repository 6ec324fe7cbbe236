/** Has native detection cut recordings into small pieces, whose borders then lie inside spikes. */
import { native } from '../../lib/addon/binding.js';

const binding = native();
const { detectSource } = binding;

/** @param samples of a piece; undefined: as memory allows */
export function cutPieces(samples: number | undefined): void {
  binding.detectSource = samples ? (request) => detectSource({ ...request, pieceSamples: samples }) : detectSource;
}
