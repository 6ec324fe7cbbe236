/**
 * The versions of Node.js that this package runs on, checked before anything else is loaded. `require('spikelab')` loads an ES
 * module, which came with 20.19 and 22.12; package.json's `engines` says the same, and a test compares the two.
 */
import { UnsupportedError } from './errors.js';

/** The first minor version of each major that has it; every newer major has. */
const firstMinor: Readonly<Record<number, number>> = { 20: 19, 22: 12 };
const newestListed = 22;

export function supportedNode(version: string): boolean {
  const [major, minor] = version.split('.').map(Number);
  return major > newestListed || minor >= (firstMinor[major] ?? Number.POSITIVE_INFINITY);
}

if (!supportedNode(process.versions.node)) {
  throw new UnsupportedError(
    `Node.js ${process.versions.node}`,
    `spikelab needs Node.js 20.19 or later, 22.12 or later, or any newer major version, this is ${process.versions.node}: install a newer one from https://nodejs.org`,
  );
}
