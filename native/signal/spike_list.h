// A growing list of sample numbers without the slack of a doubling vector: eight bytes a spike is what a spike may
// cost.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

namespace spikelab {

class SpikeList {
 public:
  void push(uint64_t sample) {
    const size_t at = size_ % kChunk;
    if (at == 0) chunks_.push_back(std::make_unique_for_overwrite<uint64_t[]>(kChunk));
    chunks_.back()[at] = sample;
    size_++;
  }
  size_t size() const { return size_; }
  void clear() {
    chunks_.clear();
    size_ = 0;
  }

  // Calls take(sample) for the first `count` in order, freeing memory on the way; the list is empty afterwards.
  template <typename Take>
  void drain(size_t count, Take take) {
    if (count > size_) count = size_;
    for (size_t c = 0; c < chunks_.size(); c++) {
      for (size_t i = c * kChunk; i < (c + 1) * kChunk && i < count; i++) take(chunks_[c][i % kChunk]);
      chunks_[c].reset();
    }
    clear();
  }

 private:
  // small, so that a thousand channels with few spikes cost little
  static constexpr size_t kChunk = 512;
  std::vector<std::unique_ptr<uint64_t[]>> chunks_;
  size_t size_ = 0;
};

}  // namespace spikelab
