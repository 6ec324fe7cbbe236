/** Work on many things, some of them at a time. */

/** Network file systems answer many questions at once about as fast as one. */
const atOnce = 16;

/** Calls `each` for all, so many at a time, in order of their start. */
export async function sideBySide<T>(all: readonly T[], each: (one: T) => Promise<void>): Promise<void> {
  let next = 0;
  const lane = async () => {
    while (next < all.length) await each(all[next++]);
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, all.length) }, lane));
}
