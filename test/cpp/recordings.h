// Recordings for the tests of the signal layer: noise and spikes in every type and layout, in memory that ends where
// the samples end, so that the address sanitizer sees a read beyond them.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <memory>
#include <numeric>
#include <random>
#include <vector>

#include "signal/filter/samples.h"

namespace spikelab {

// Calls body(T{}) with the type of the samples.
template <typename Body>
auto withType(ElementType type, Body body) {
  return withElements({type, nullptr, 0}, [&]<typename T>(std::span<const T>) { return body(T{}); });
}

// The samples by channel, exactly as their type holds them.
struct Recording {
  ElementType type = ElementType::kFloat64;
  std::vector<std::vector<double>> channels;

  size_t samples() const { return channels.front().size(); }
  std::vector<size_t> all() const {
    std::vector<size_t> out(channels.size());
    std::iota(out.begin(), out.end(), size_t{0});
    return out;
  }
};

struct Layout {
  bool timeMajor = false;
  // elements between one row and the next that belong to neither
  size_t gap = 0;
};

// Samples [start, start + count) of some channels, in memory.
class Piece {
 public:
  Piece(const Recording& from, const std::vector<size_t>& channels, size_t start, size_t count, Layout layout) {
    const size_t n = channels.size(), row = (layout.timeMajor ? n : count) + layout.gap;
    view_ = {nullptr, from.type, n, count, layout.timeMajor ? 1 : row, layout.timeMajor ? row : 1};
    const size_t length = (n - 1) * view_.channelStride + (count - 1) * view_.sampleStride + 1;
    bytes_ = std::make_unique<unsigned char[]>(length * elementBytes(from.type));
    view_.data = bytes_.get();
    withType(from.type, [&]<typename T>(T) {
      T* out = reinterpret_cast<T*>(bytes_.get());
      for (size_t c = 0; c < n; c++) {
        for (size_t t = 0; t < count; t++) {
          out[c * view_.channelStride + t * view_.sampleStride] = static_cast<T>(from.channels[channels[c]][start + t]);
        }
      }
    });
  }
  Piece(const Recording& from, Layout layout) : Piece(from, from.all(), 0, from.samples(), layout) {}

  const TracesView& view() const { return view_; }

 private:
  std::unique_ptr<unsigned char[]> bytes_;
  TracesView view_;
};

using Random = std::mt19937;

// Uniform in [0, below).
inline size_t draw(Random& random, size_t below) {
  return random() % below;
}

// Noise of standard deviation 11 and spikes of up to 100, as integers, in the middle of the type's range.
inline Recording makeRecording(Random& random, ElementType type, size_t channels, size_t samples) {
  Recording out{type, std::vector<std::vector<double>>(channels, std::vector<double>(samples))};
  const bool floats = type == ElementType::kFloat32 || type == ElementType::kFloat64;
  const double middle = withType(type, [&]<typename T>(T) {
    return floats || std::numeric_limits<T>::is_signed ? 0 : std::ldexp(1.0, std::numeric_limits<T>::digits - 1);
  });
  for (auto& x : out.channels) {
    for (double& v : x) v = static_cast<double>(draw(random, 20) + draw(random, 20) + draw(random, 20)) - 28;
    for (size_t t = draw(random, 400); t + 12 < samples; t += 200 + draw(random, 400)) {
      const double height = (draw(random, 4) ? -1.0 : 1.0) * (40 + static_cast<double>(draw(random, 60)));
      for (size_t k = 0; k < 12; k++) x[t + k] += std::trunc(height * std::sin(0.6 * static_cast<double>(k)));
    }
    for (double& v : x) v = (type == ElementType::kUint64 ? 0 : middle) + std::clamp(v, -127.0, 127.0);
    // far from a middle of 2^63 a double has no room for noise
    if (type == ElementType::kUint64) std::transform(x.begin(), x.end(), x.begin(), [](double v) { return v + 1000; });
  }
  return out;
}

}  // namespace spikelab
