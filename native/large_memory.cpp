#include "large_memory.h"

#include <cstdlib>
#ifdef __linux__
#include <sys/mman.h>

#include <map>
#include <mutex>
#include <utility>
#endif

namespace spikelab {

#ifdef __linux__
namespace {

constexpr size_t kHugePage = size_t{1} << 21;
// Below this, rounding up to whole huge pages would waste more than it saves.
constexpr size_t kLargeBytes = 16 * kHugePage;
// Blocks above this are not kept.
constexpr size_t kMostKept = size_t{512} << 20;

// Large blocks in use, by their address, and the one that is kept.
struct Blocks {
  std::mutex mutex;
  std::map<void*, size_t> bytes;
  void* kept = nullptr;
  size_t keptBytes = 0;
};

// Never destroyed: JavaScript frees its arrays until the process ends.
Blocks& blocks() {
  static Blocks* const instance = new Blocks;
  return *instance;
}

// The kept block where it fits without wasting more than an eighth of it.
void* takeKept(size_t bytes) {
  Blocks& all = blocks();
  std::lock_guard<std::mutex> lock(all.mutex);
  if (all.keptBytes < bytes || all.keptBytes - bytes > all.keptBytes / 8) return nullptr;
  all.bytes[all.kept] = all.keptBytes;
  all.keptBytes = 0;
  return std::exchange(all.kept, nullptr);
}

}  // namespace

void* allocateLarge(size_t bytes) {
  if (bytes < kLargeBytes) return std::malloc(bytes);
  const size_t rounded = (bytes + kHugePage - 1) / kHugePage * kHugePage;
  if (rounded < bytes) return nullptr;
  if (void* kept = takeKept(rounded)) return kept;
  void* memory = std::aligned_alloc(kHugePage, rounded);
  if (!memory) return nullptr;
  // only a wish: where huge pages are off, ordinary ones serve
  madvise(memory, rounded, MADV_HUGEPAGE);
  std::lock_guard<std::mutex> lock(blocks().mutex);
  blocks().bytes[memory] = rounded;
  return memory;
}

void freeLarge(void* memory) {
  Blocks& all = blocks();
  {
    std::lock_guard<std::mutex> lock(all.mutex);
    const auto found = all.bytes.find(memory);
    if (found != all.bytes.end()) {
      const size_t bytes = found->second;
      all.bytes.erase(found);
      if (bytes <= kMostKept && madvise(memory, bytes, MADV_FREE) == 0) {
        std::swap(memory, all.kept);
        all.keptBytes = bytes;
      }
    }
  }
  std::free(memory);
}
#else
void* allocateLarge(size_t bytes) {
  return std::malloc(bytes);
}
void freeLarge(void* memory) {
  std::free(memory);
}
#endif

}  // namespace spikelab
