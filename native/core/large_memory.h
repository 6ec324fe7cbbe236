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

// Has malloc keep up to 32 MB of what is freed at the top of its heaps, where it would give back all above 128 kB: the
// threads of a detection would take and fault in the memory of their lists anew in each call, a tenth of its time.
void keepFreedMemory();

// Linux copies a process's page tables when it starts another, 50 ms for each GB, though the new program drops them at
// once. Between keepFromChildren(true) and keepFromChildren(false) the blocks of 32 MB and more that allocateLarge gave
// are left out, and nothing else: what a new child touches before its program runs (stacks, thread-local storage,
// malloc's small pieces) is nobody's to guess, as the system joins neighbouring memory to one mapping. For the start of
// a child that runs a program of its own: one that goes on in this program would lack the blocks. Returns their bytes.
size_t keepFromChildren(bool keep);

}  // namespace spikelab
