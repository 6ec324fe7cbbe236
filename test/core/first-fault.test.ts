import { setTimeout } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { allOrFirstFault } from '../../lib/core/first-fault.js';

const later = async (ms: number, fault: string | null) => {
  await setTimeout(ms);
  if (fault) throw new Error(fault);
  return ms;
};

it('gives all results in their order', async () => {
  expect(await allOrFirstFault([later(5, null), 'plain', later(1, null)])).toEqual([5, 'plain', 1]);
  expect(await allOrFirstFault([])).toEqual([]);
});

it('throws the first fault of the list, though another came first, when all work has ended', async () => {
  let ended = false;
  const slow = later(20, null).then(() => {
    ended = true;
  });
  await expect(allOrFirstFault([later(10, 'first'), later(1, 'second'), slow])).rejects.toThrow('first');
  expect(ended).toBe(true);
});
