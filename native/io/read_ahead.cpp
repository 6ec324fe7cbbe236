#include "read_ahead.h"

#include <chrono>

namespace spikelab {
namespace {

// A read that took longer than this waited for a disk. Out of the page cache, a call takes a few microseconds, and
// 256 KB take 25 to 40; a fast disk answers after 60 to 100.
constexpr double kCallSeconds = 32e-6, kCacheRate = 8e9;
// Fetched ahead at all places together: a disk of 3 GB/s is busy with it for 20 ms, far more than it needs to answer.
constexpr uint64_t kFetchBytes = uint64_t{64} << 20;

}  // namespace

void ReadAhead::readAt(const FileHandle& file, uint64_t offset, void* out, size_t bytes) {
  const auto before = std::chrono::steady_clock::now();
  file.readAt(offset, out, bytes);
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - before;
  if (took.count() > kCallSeconds + static_cast<double>(bytes) / kCacheRate) {
    slow_.store(true, std::memory_order_relaxed);
  }
}

void ReadAhead::expect(size_t place, const std::shared_ptr<FileHandle>& file, uint64_t offset, bool backward,
                       size_t others) {
  if (!slow_.load(std::memory_order_relaxed)) return;
  if (!fetcher_) fetcher_ = std::make_unique<FileFetcher>(places_);
  fetcher_->expect(place, file, offset, kFetchBytes / (others + 1), backward);
}

}  // namespace spikelab
