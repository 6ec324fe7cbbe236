// Memory for large buffers and results.
#pragma once

#include <cstddef>

namespace spikelab {

// Below these, rounding up to whole huge pages wastes more than it saves. Results of computations often follow each
// other in memory that malloc has kept; buffers that files are read into seldom do.
constexpr size_t kLargeResult = size_t{32} << 20, kLargeBuffer = size_t{4} << 20;

// Uninitialised memory, or null. Blocks of `hugeFrom` bytes and more ask for huge pages: faulting in 4 KiB at a time
// takes longer than reading a contiguous dataset into them.
void* allocateLarge(size_t bytes, size_t hugeFrom);

// Frees what allocateLarge gave. The last large block is kept for the next result of about its size, as recordings are
// often worked through one after the other; the system may take its pages whenever it is short of memory.
void freeLarge(void* memory);

}  // namespace spikelab
