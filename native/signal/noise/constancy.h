// Whether the samples of one series are all the same, bit for bit: what a dead electrode gives.
#pragma once

#include <cmath>
#include <cstring>

#include "../filter/samples.h"

namespace spikelab {

// Costs nothing for a series that is not: looks no further than to the first sample that differs.
class Constancy {
 public:
  // More of it, in any order; the same ones again do no harm.
  void see(const Lanes& lanes, size_t lane, size_t count) {
    if (varies_ || count == 0) return;
    switch (elementBytes(lanes.type)) {
      case 1:
        return compare<uint8_t>(lanes, lane, count);
      case 2:
        return compare<uint16_t>(lanes, lane, count);
      case 4:
        return compare<uint32_t>(lanes, lane, count);
      default:
        return compare<uint64_t>(lanes, lane, count);
    }
  }
  void merge(const Constancy& part) {
    if (!seen_ && !varies_) {
      *this = part;
    } else if (part.seen_ || part.varies_) {
      varies_ = varies_ || part.varies_ || part.first_ != first_;
    }
  }
  // Samples were seen, and all are the same finite number.
  bool holds() const { return seen_ && !varies_; }

 private:
  template <typename Bits>
  void compare(const Lanes& lanes, size_t lane, size_t count) {
    const char* at = static_cast<const char*>(lanes.rows[lane]);
    Bits first, bits;
    std::memcpy(&first, at, sizeof first);
    if (!seen_) {
      seen_ = true;
      first_ = first;
      varies_ = !finite(lanes.type, at);
    }
    if (first != first_) varies_ = true;
    const size_t step = lanes.sampleStride * sizeof(Bits);
    for (size_t t = 0; t < count && !varies_; t++) {
      std::memcpy(&bits, at + t * step, sizeof bits);
      varies_ = bits != first;
    }
  }
  static bool finite(ElementType type, const char* at) {
    return withElements({type, at, 1}, []<typename T>(std::span<const T> one) {
      T value;
      std::memcpy(&value, one.data(), sizeof value);
      return std::isfinite(static_cast<double>(value));
    });
  }

  uint64_t first_ = 0;
  bool seen_ = false, varies_ = false;
};

}  // namespace spikelab
