#include "large_memory.h"

#include <cstdlib>
#ifdef __linux__
#include <sys/mman.h>
#endif

namespace spikelab {
namespace {

constexpr size_t kHugePage = size_t{1} << 21;
// Below this, rounding up to whole huge pages would waste more than it saves.
constexpr size_t kLargeBytes = 16 * kHugePage;

}  // namespace

void* allocateLarge(size_t bytes) {
#ifdef __linux__
  if (bytes >= kLargeBytes) {
    const size_t rounded = (bytes + kHugePage - 1) / kHugePage * kHugePage;
    if (rounded < bytes) return nullptr;
    void* memory = std::aligned_alloc(kHugePage, rounded);
    // only a wish: where huge pages are off, ordinary ones serve
    if (memory) madvise(memory, rounded, MADV_HUGEPAGE);
    return memory;
  }
#endif
  return std::malloc(bytes);
}

}  // namespace spikelab
