#include "buffer.h"

#include <sys/mman.h>

#include <cstdint>
#include <cstdlib>
#include <new>

namespace spikelab::hdf5 {
namespace {

constexpr size_t kHugePage = size_t{2} << 20;
constexpr size_t kMapFrom = size_t{4} << 20;

}  // namespace

Buffer::Buffer(size_t bytes) : bytes_(bytes) {
  if (bytes < kMapFrom) {
    data_ = static_cast<char*>(std::aligned_alloc(64, (bytes + 64) / 64 * 64));
    if (data_ == nullptr) throw std::bad_alloc();
    return;
  }
  if (bytes > SIZE_MAX / 2) throw std::bad_alloc();
  const size_t wanted = (bytes + kHugePage - 1) / kHugePage * kHugePage;
  void* mapped = mmap(nullptr, wanted + kHugePage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (mapped == MAP_FAILED) throw std::bad_alloc();
  // keep the part that starts on a huge page
  char* start = static_cast<char*>(mapped);
  const size_t before = (kHugePage - reinterpret_cast<uintptr_t>(start) % kHugePage) % kHugePage;
  if (before > 0) munmap(start, before);
  if (before < kHugePage) munmap(start + before + wanted, kHugePage - before);
  data_ = start + before;
  mapped_ = wanted;
#ifdef MADV_HUGEPAGE
  madvise(data_, mapped_, MADV_HUGEPAGE);
#endif
}

Buffer::~Buffer() {
  if (mapped_ > 0) {
    munmap(data_, mapped_);
  } else {
    std::free(data_);
  }
}

}  // namespace spikelab::hdf5
