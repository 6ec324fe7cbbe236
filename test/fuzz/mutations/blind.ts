/** Mutations that know nothing of a format. */
import type { Random } from '../../prove/random.js';
import { changeField, type Mutation, spliced } from './mutation.js';

const ways: readonly ((bytes: Buffer, random: Random) => Buffer)[] = [
  function flipBits(bytes, random) {
    for (let left = random.int(1, 8); left > 0; left--) bytes[random.int(0, bytes.length - 1)] ^= 1 << random.int(0, 7);
    return bytes;
  },
  function truncate(bytes, random) {
    return bytes.subarray(0, random.chance(0.5) ? random.int(0, bytes.length) : bytes.length - random.int(1, 32));
  },
  function overwriteField(bytes, random) {
    const at = random.chance(0.5) ? random.int(0, bytes.length - 1) : random.int(0, Math.min(bytes.length - 1, 63));
    changeField(bytes, at, random.pick([1, 2, 4, 8]), random);
    return bytes;
  },
  function moveWithin(bytes, random) {
    const from = random.int(0, bytes.length - 1);
    bytes.copyWithin(random.int(0, bytes.length - 1), from, from + random.size(256));
    return bytes;
  },
  function cutOut(bytes, random) {
    const from = random.int(0, bytes.length - 1);
    return spliced(bytes, from, from + 1 + random.size(256), '');
  },
  function repeatPart(bytes, random) {
    const from = random.int(0, bytes.length - 1);
    const part = bytes.subarray(from, from + 1 + random.size(256));
    return spliced(bytes, from, from, Buffer.concat(Array(random.int(1, 20)).fill(part)));
  },
  function append(bytes, random) {
    const more = Buffer.from(Array.from({ length: 1 + random.size(512) }, () => random.int(0, 255)));
    return Buffer.concat([bytes, more]);
  },
  function fill(bytes, random) {
    const from = random.int(0, bytes.length - 1);
    return bytes.fill(random.pick([0, 0xff, 0x20, 0x30]), from, Math.min(bytes.length, from + 1 + random.size(512)));
  },
];

export const blind: Mutation = {
  name: 'blind',
  fits: () => true,
  mutate: (bytes, random) => (bytes.length === 0 ? Buffer.from('x') : random.pick(ways)(Buffer.from(bytes), random)),
};
