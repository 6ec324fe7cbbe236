#include "work_rows.h"

#include <algorithm>
#include <cstdlib>
#include <mutex>
#include <new>
#include <vector>

#include "../../parallel/pool.h"

namespace spikelab {
namespace {

constexpr size_t kPage = 4096;
// Larger ones, which filters with very long margins need, are given back at once.
constexpr size_t kMostKept = size_t{4} << 20;

struct Block {
  void* memory;
  size_t bytes;
};

std::mutex& mutex() {
  static std::mutex* const instance = new std::mutex;
  return *instance;
}

// At most one a thread that can run. Never destroyed: at exit threads may still give theirs back.
std::vector<Block>& kept() {
  static std::vector<Block>* const instance = new std::vector<Block>;
  return *instance;
}

}  // namespace

WorkRows::WorkRows(size_t rows) : bytes_((rows * kLanes * sizeof(double) + kPage - 1) / kPage * kPage) {
  {
    std::lock_guard<std::mutex> lock(mutex());
    std::vector<Block>& blocks = kept();
    const auto fits = std::find_if(blocks.begin(), blocks.end(), [&](const Block& b) { return b.bytes >= bytes_; });
    if (fits != blocks.end()) {
      data_ = static_cast<double*>(fits->memory);
      bytes_ = fits->bytes;
      blocks.erase(fits);
      return;
    }
  }
  data_ = static_cast<double*>(std::aligned_alloc(kPage, bytes_));
  if (!data_) throw std::bad_alloc();
}

WorkRows::~WorkRows() {
  if (bytes_ <= kMostKept) {
    std::lock_guard<std::mutex> lock(mutex());
    std::vector<Block>& blocks = kept();
    if (blocks.size() < threadLimit()) {
      blocks.push_back({data_, bytes_});
      return;
    }
  }
  std::free(data_);
}

}  // namespace spikelab
