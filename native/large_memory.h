// Memory for large results.
#pragma once

#include <cstddef>

namespace spikelab {

// Uninitialised memory, or null. Large blocks ask for huge pages: faulting in 4 KiB at a time takes longer than reading
// a contiguous dataset into them.
void* allocateLarge(size_t bytes);

// Frees what allocateLarge gave. The last large block is kept for the next result of about its size, as recordings are
// often worked through one after the other; the system may take its pages whenever it is short of memory.
void freeLarge(void* memory);

}  // namespace spikelab
