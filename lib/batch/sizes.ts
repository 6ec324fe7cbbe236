/** Sizes of sources, looked up side by side. */
import type { Work } from './contract.js';
import { identityOf, isRemote } from './identity.js';
import { sideBySide } from './side-by-side.js';

/** Bytes of each source; 0 of what is remote, or cannot be looked at: its own turn says why. */
export async function sizesOf(work: readonly Work[], signal?: AbortSignal): Promise<Map<Work, number>> {
  const sizes = new Map<Work, number>();
  await sideBySide(work, async (item) => {
    signal?.throwIfAborted();
    const bytes = isRemote(item.source)
      ? 0
      : await identityOf(item).then(
          (identity) => identity.bytes,
          () => 0,
        );
    sizes.set(item, bytes);
  });
  return sizes;
}
