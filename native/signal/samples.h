// Sample types of recordings, and lanes: the 16 series that one pass of a kernel works on.
#pragma once

#include <cstddef>
#include <cstdint>

namespace spikelab {

enum class SampleType { kInt8, kUint8, kInt16, kUint16, kInt32, kUint32, kInt64, kUint64, kFloat32, kFloat64 };

constexpr size_t bytesOf(SampleType type) {
  switch (type) {
    case SampleType::kInt8:
    case SampleType::kUint8:
      return 1;
    case SampleType::kInt16:
    case SampleType::kUint16:
      return 2;
    case SampleType::kInt32:
    case SampleType::kUint32:
    case SampleType::kFloat32:
      return 4;
    default:
      return 8;
  }
}

// Calls body(T{}) with the C++ type of `type`.
template <typename Body>
auto withType(SampleType type, Body body) {
  switch (type) {
    case SampleType::kInt8:
      return body(int8_t{});
    case SampleType::kUint8:
      return body(uint8_t{});
    case SampleType::kInt16:
      return body(int16_t{});
    case SampleType::kUint16:
      return body(uint16_t{});
    case SampleType::kInt32:
      return body(int32_t{});
    case SampleType::kUint32:
      return body(uint32_t{});
    case SampleType::kInt64:
      return body(int64_t{});
    case SampleType::kUint64:
      return body(uint64_t{});
    case SampleType::kFloat32:
      return body(float{});
    case SampleType::kFloat64:
      break;
  }
  return body(double{});
}

// Samples in memory; strides in elements. Channel c, sample t is at data[c * channelStride + t * sampleStride].
struct TracesView {
  const void* data = nullptr;
  SampleType type = SampleType::kFloat64;
  size_t channels = 0;
  size_t samples = 0;
  size_t channelStride = 0;
  size_t sampleStride = 1;

  const void* at(size_t channel, size_t sample) const {
    return static_cast<const char*>(data) + (channel * channelStride + sample * sampleStride) * bytesOf(type);
  }
};

// Series that are filtered side by side, one a SIMD lane. Always 16, so that results do not depend on the width of the
// machine's vectors; lanes that are not needed repeat another one.
constexpr size_t kLanes = 16;

struct Lanes {
  SampleType type = SampleType::kFloat64;
  size_t sampleStride = 1;
  const void* rows[kLanes] = {};

  // The same lanes, `samples` later.
  Lanes from(size_t samples) const {
    Lanes out = *this;
    for (const void*& row : out.rows) row = static_cast<const char*>(row) + samples * sampleStride * bytesOf(type);
    return out;
  }
};

}  // namespace spikelab
