// How samples in memory are laid out over lanes: whole channels, or segments of them.
#pragma once

#include <vector>

#include "../filter/traces_piece.h"

namespace spikelab {

// One lane: samples [begin, begin + length) of a channel are filtered, [from, to) of the channel are wanted. What lies
// around the wanted part lets the filter settle. Counted from the start of the samples in memory.
struct LaneSpan {
  size_t channel, begin, from, to;
};

struct LanePlan {
  // Samples that each lane filters.
  size_t length = 0;
  // Segments of a channel, in order, channel after channel.
  size_t segments = 1;
  std::vector<LaneSpan> spans;

  size_t tiles() const { return (spans.size() + kLanes - 1) / kLanes; }
};

// What is in memory, and what of it is wanted: [from, to). There is a margin around that, or the recording ends there.
struct PlannedSamples {
  size_t count, from, to;
};

// Depends on nothing but its arguments: results must not change with the number of threads.
LanePlan planLanes(size_t channels, const PlannedSamples& samples, size_t margin);

// The rows of one tile; lanes beyond the last span repeat the first.
Lanes tileLanes(const TracesPiece& piece, const LanePlan& plan, size_t tile);

}  // namespace spikelab
