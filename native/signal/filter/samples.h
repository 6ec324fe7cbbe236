// Samples of recordings, and lanes: the 16 series that one pass of a kernel works on.
#pragma once

#include "../../core/numeric_view.h"

namespace spikelab {

// Samples in memory; strides in elements. Channel c, sample t is at data[c * channelStride + t * sampleStride].
struct TracesView {
  const void* data = nullptr;
  ElementType type = ElementType::kFloat64;
  size_t channels = 0;
  size_t samples = 0;
  size_t channelStride = 0;
  size_t sampleStride = 1;

  const void* at(size_t channel, size_t sample) const {
    return static_cast<const char*>(data) + (channel * channelStride + sample * sampleStride) * elementBytes(type);
  }
};

// Series that are filtered side by side, one a SIMD lane. Always 16, so that results do not depend on the width of the
// machine's vectors; lanes that are not needed repeat another one.
constexpr size_t kLanes = 16;

struct Lanes {
  ElementType type = ElementType::kFloat64;
  size_t sampleStride = 1;
  const void* rows[kLanes] = {};

  // The same lanes, `samples` later.
  Lanes from(size_t samples) const {
    Lanes out = *this;
    for (const void*& row : out.rows) row = static_cast<const char*>(row) + samples * sampleStride * elementBytes(type);
    return out;
  }
};

}  // namespace spikelab
