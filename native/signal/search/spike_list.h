// A growing list of sample numbers in little memory: the differences between neighbours, in as few bytes as they need.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

namespace spikelab {

class SpikeList {
 public:
  void push(uint64_t sample) {
    ordered_ = ordered_ && (size_ == 0 || sample >= last_);
    // differences modulo 2^64, the sign in the lowest bit; seven bits a byte, the eighth says that more follow
    const uint64_t difference = sample - last_;
    uint64_t rest = difference << 1 ^ (difference >> 63 ? ~uint64_t{0} : 0);
    for (; rest > 127; rest >>= 7) append(static_cast<uint8_t>(rest | 128));
    append(static_cast<uint8_t>(rest));
    last_ = sample;
    size_++;
  }
  size_t size() const { return size_; }
  // Whether no sample is smaller than the one before it.
  bool ordered() const { return ordered_; }
  size_t bytes() const { return chunks_.size() * kChunk; }
  void clear() { *this = SpikeList(); }

  // Calls take(sample) for the first `count` that were pushed, freeing memory on the way; the list is empty afterwards.
  template <typename Take>
  void drain(size_t count, Take take) {
    uint64_t sample = 0;
    size_t at = 0;
    for (size_t i = 0; i < size_ && i < count; i++) {
      uint64_t coded = 0;
      for (int shift = 0;; shift += 7, at++) {
        const uint64_t byte = chunks_[at / kChunk][at % kChunk];
        if (at % kChunk == kChunk - 1) chunks_[at / kChunk].reset();
        coded |= (byte & 127) << shift;
        if (byte < 128) break;
      }
      at++;
      sample += coded >> 1 ^ (coded & 1 ? ~uint64_t{0} : 0);
      take(sample);
    }
    clear();
  }

 private:
  // small, so that a thousand channels with few spikes cost little
  static constexpr size_t kChunk = 1024;
  void append(uint8_t byte) {
    if (used_ % kChunk == 0) chunks_.push_back(std::make_unique_for_overwrite<uint8_t[]>(kChunk));
    chunks_.back()[used_++ % kChunk] = byte;
  }

  std::vector<std::unique_ptr<uint8_t[]>> chunks_;
  size_t used_ = 0, size_ = 0;
  uint64_t last_ = 0;
  bool ordered_ = true;
};

}  // namespace spikelab
