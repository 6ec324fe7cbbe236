// Part of a recording in memory, as it came from wherever the recording is.
#pragma once

#include <algorithm>
#include <vector>

#include "samples.h"

namespace spikelab {

// Samples [start, start + count) of some channels.
struct Stretch {
  uint64_t start = 0;
  size_t count = 0;
  std::vector<size_t> channels;  // empty: all
  bool backward = false;         // those after it lie before it
};

// Channel c, sample t is at data[offsets[c] + t * sampleStride]; strides and offsets in elements.
struct TracesPiece {
  const void* data = nullptr;
  ElementType type = ElementType::kFloat64;
  size_t samples = 0;
  size_t sampleStride = 1;
  std::vector<size_t> offsets;
  // Memory behind the last sample that may be read: lets lanes that are not needed lie beside those that are.
  bool padded = false;
  static constexpr size_t kPadding = kLanes * sizeof(double);
  // Where not 0, sixteen channels lie together, tileStride elements from the next sixteen; the last sixteen are the
  // last ones of all, some of which the tile before has too. Offsets are then of no meaning but their number.
  size_t tileStride = 0;

  size_t channels() const { return offsets.size(); }
  static TracesPiece of(const TracesView& traces) {
    TracesPiece piece{traces.data, traces.type, traces.samples, traces.sampleStride, {}, false};
    for (size_t c = 0; c < traces.channels; c++) piece.offsets.push_back(c * traces.channelStride);
    return piece;
  }

  // Where the samples are not in tiles.
  const void* at(size_t channel, size_t sample) const {
    return static_cast<const char*>(data) + (offsets[channel] + sample * sampleStride) * elementBytes(type);
  }

  // Sixteen lanes from channel `first` on, which of a piece in tiles is a multiple of 16 or begins the last sixteen;
  // those behind the last channel are of no meaning.
  Lanes lanes(size_t first) const {
    Lanes out;
    out.type = type;
    out.sampleStride = sampleStride;
    if (tileStride > 0) {
      const size_t tile = (first + kLanes - 1) / kLanes;
      const size_t into = first - std::min(tile * kLanes, channels() - kLanes);
      for (size_t i = 0; i < kLanes; i++) {
        const size_t lane = std::min(into + i, kLanes - 1);
        out.rows[i] = static_cast<const char*>(data) + (tile * tileStride + lane) * elementBytes(type);
      }
      return out;
    }
    for (size_t i = 0; i < kLanes; i++) {
      const size_t last = std::min(first + i, channels() - 1);
      const size_t beside = padded && sampleStride > 1 ? first + i - last : 0;
      out.rows[i] = static_cast<const char*>(data) + (offsets[last] + beside) * elementBytes(type);
    }
    return out;
  }
};

}  // namespace spikelab
