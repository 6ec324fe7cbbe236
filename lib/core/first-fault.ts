/** Work at once whose faults do not depend on chance. */

/**
 * As Promise.all, but of several faults the first in the list is thrown, not whichever came first, and none of the work runs on
 * after that.
 */
export async function allOrFirstFault<T extends readonly unknown[] | []>(
  work: T,
): Promise<{ -readonly [K in keyof T]: Awaited<T[K]> }> {
  const settled = await Promise.allSettled(work);
  const fault = settled.find(({ status }) => status === 'rejected') as PromiseRejectedResult | undefined;
  if (fault) throw fault.reason;
  return settled.map((one) => (one as PromiseFulfilledResult<unknown>).value) as {
    -readonly [K in keyof T]: Awaited<T[K]>;
  };
}
