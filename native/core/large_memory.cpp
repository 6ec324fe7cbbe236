#include "large_memory.h"

#include <cstdlib>
#ifdef __linux__
#include <sys/mman.h>

#include <cstdint>
#include <map>
#include <mutex>
#include <utility>
#endif

namespace spikelab {

void keepFreedMemory() {
#ifdef __GLIBC__
  // glibc keeps twice as much as the largest block that it mapped by itself and got back; mallopt would say so too, and
  // stop it from learning more
  void* volatile block = std::malloc(size_t{16} << 20);
  std::free(block);
#endif
}

#ifdef __linux__
namespace {

constexpr size_t kHugePage = size_t{1} << 21;
// Smaller blocks are not kept: buffers that come and go would take the place of a result. Nor are those above.
constexpr size_t kLeastKept = kLargeResult, kMostKept = size_t{512} << 20;

// Mapped blocks in use, by their address, and the one that is kept.
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

// Whole huge pages, not faulted in; or null.
void* mapHugePages(size_t bytes) {
  const size_t wanted = bytes + kHugePage;
  void* mapped = mmap(nullptr, wanted, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (mapped == MAP_FAILED) return nullptr;
  // only the part that starts on a huge page stays
  char* const start = static_cast<char*>(mapped);
  const size_t before = (kHugePage - reinterpret_cast<uintptr_t>(start) % kHugePage) % kHugePage;
  if (before > 0) munmap(start, before);
  munmap(start + before + bytes, kHugePage - before);
  // only a wish: where huge pages are off, ordinary ones serve
  madvise(start + before, bytes, MADV_HUGEPAGE);
  return start + before;
}

}  // namespace

void* allocateLarge(size_t bytes, size_t hugeFrom) {
  if (bytes < hugeFrom) return std::malloc(bytes);
  if (bytes > SIZE_MAX / 2) return nullptr;
  const size_t rounded = (bytes + kHugePage - 1) / kHugePage * kHugePage;
  if (void* kept = takeKept(rounded)) return kept;
  void* const memory = mapHugePages(rounded);
  if (!memory) return nullptr;
  std::lock_guard<std::mutex> lock(blocks().mutex);
  blocks().bytes[memory] = rounded;
  return memory;
}

void freeLarge(void* memory) {
  Blocks& all = blocks();
  size_t bytes = 0;
  {
    std::lock_guard<std::mutex> lock(all.mutex);
    const auto found = all.bytes.find(memory);
    if (found == all.bytes.end()) return std::free(memory);
    bytes = found->second;
    all.bytes.erase(found);
    if (bytes >= kLeastKept && bytes <= kMostKept && madvise(memory, bytes, MADV_FREE) == 0) {
      std::swap(memory, all.kept);
      std::swap(bytes, all.keptBytes);
    }
  }
  if (memory) munmap(memory, bytes);
}

size_t keepFromChildren(bool keep) {
#ifdef MADV_DONTFORK
  // while this is held no block goes back to the system, so nothing else can stand in its place
  Blocks& all = blocks();
  std::lock_guard<std::mutex> lock(all.mutex);
  size_t total = 0;
  const auto advise = [&](void* memory, size_t bytes) {
    if (bytes >= kLargeResult && madvise(memory, bytes, keep ? MADV_DONTFORK : MADV_DOFORK) == 0) total += bytes;
  };
  for (const auto& [memory, bytes] : all.bytes) advise(memory, bytes);
  if (all.kept) advise(all.kept, all.keptBytes);
  return total;
#else
  return 0;
#endif
}
#else
size_t keepFromChildren(bool) {
  return 0;
}
void* allocateLarge(size_t bytes, size_t) {
  return std::malloc(bytes);
}
void freeLarge(void* memory) {
  std::free(memory);
}
#endif

}  // namespace spikelab
