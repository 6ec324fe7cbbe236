#include "read_ahead.h"

#include <chrono>

namespace spikelab {
namespace {

// A read that took longer than this waited for a disk. Out of the page cache, a call takes a few microseconds, and
// 256 KB take 25 to 40; a fast disk answers after 60 to 100.
constexpr double kCallSeconds = 32e-6, kCacheRate = 8e9;
// Each piece of memory that a read fills takes some 50 ns more.
constexpr double kPieceSeconds = 1e-7;
// Fetched ahead at all places together: a disk of 3 GB/s is busy with it for 20 ms, far more than it needs to answer.
constexpr uint64_t kFetchBytes = uint64_t{64} << 20;

}  // namespace

template <typename Read>
void ReadAhead::timed(size_t bytes, size_t pieces, Read read) {
  const auto before = std::chrono::steady_clock::now();
  read();
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - before;
  const double cached = kCallSeconds + static_cast<double>(bytes) / kCacheRate;
  if (took.count() > cached + static_cast<double>(pieces) * kPieceSeconds) {
    slow_.store(true, std::memory_order_relaxed);
  }
}

void ReadAhead::readAt(const FileHandle& file, uint64_t offset, void* out, size_t bytes) {
  timed(bytes, 0, [&] { file.readAt(offset, out, bytes); });
}

void ReadAhead::readScattered(const FileHandle& file, uint64_t offset, std::vector<iovec>& pieces, size_t bytes) {
  timed(bytes, pieces.size(), [&] { file.readScattered(offset, pieces); });
}

void ReadAhead::expect(size_t place, const std::shared_ptr<FileHandle>& file, uint64_t offset, bool backward,
                       size_t others) {
  if (!slow_.load(std::memory_order_relaxed)) return;
  if (!fetcher_) fetcher_ = std::make_unique<FileFetcher>(places_);
  fetcher_->expect(place, file, offset, kFetchBytes / (others + 1), backward);
}

}  // namespace spikelab
