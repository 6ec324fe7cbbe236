// How traces are made of stored samples: offset, filter, common reference, blanking.
#pragma once

#include <vector>

#include "../filter/sos.h"

namespace spikelab {

// Samples [start, end).
struct Period {
  uint64_t start = 0, end = 0;
};

// What is taken off some channels: the median or the mean of others, at each sample.
struct ReferenceSet {
  std::vector<uint32_t> from, to;
};

struct Reference {
  bool median = true;
  // A channel is in at most one `to`.
  std::vector<ReferenceSet> sets;
};

// Where more than `proportion` of the channels are beyond the limit, or change by the slope or more to the next sample.
struct Saturation {
  bool wanted = false;
  double limitUv = 0, slopeUv = 0, proportion = 0.2;
  bool hasSlope = false;
  uint64_t mergeGap = 1;
};

struct TraceTask {
  size_t channels = 0;
  uint64_t samples = 0;
  Sos sos;  // empty: no filter
  // Added to the stored samples of each channel before all else; empty: nothing.
  std::vector<double> offsets;
  Reference reference;
  // Sorted, apart from each other, within the recording.
  std::vector<Period> blanked;
  // Zero before the filter too.
  bool blankFirst = false;
  // Widens the periods that saturate.
  uint64_t margin = 0;
  Saturation saturation;
  // µV a step of each channel, and at 0.
  std::vector<double> gains, offsetsUv;
  size_t threads = 0;
  // Pieces and what is kept of filters may take about this much.
  size_t memoryBytes = size_t{64} << 20;
};

}  // namespace spikelab
