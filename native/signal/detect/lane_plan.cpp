#include "lane_plan.h"

#include <algorithm>
#include <numeric>

namespace spikelab {
namespace {

// A segment this long hardly notices its margins, and makes enough tiles for many cores.
constexpr size_t kLongSegment = size_t{1} << 18;
// As long as the margin that a band of 300 Hz at 30 kHz needs: shorter ones are more margin than segment.
constexpr size_t kShortestSegment = 2048;
// Few channels are cut into segments to fill this many lanes: two tiles.
constexpr size_t kWantedLanes = 2 * kLanes;
// More tiles than this serve no machine.
constexpr size_t kMostLanes = 256 * kLanes;

}  // namespace

LanePlan planLanes(size_t channels, const PlannedSamples& samples, size_t margin) {
  const size_t wanted = samples.to - samples.from, shortest = std::max(8 * margin, kShortestSegment);
  const size_t toFill = std::min(kWantedLanes / channels, wanted / shortest);
  const size_t toSpread = std::min(wanted / std::max(kLongSegment, 64 * margin), kMostLanes / channels);
  LanePlan plan;
  plan.segments = std::max({size_t{1}, toFill, toSpread});
  // no tile with lanes to spare, where that takes only a few segments more
  const size_t even = kLanes / std::gcd(channels, kLanes);
  if (plan.segments >= 4 * even) plan.segments = (plan.segments + even - 1) / even * even;
  const size_t longest = (wanted + plan.segments - 1) / plan.segments;
  plan.length = plan.segments == 1 ? samples.count : longest + 2 * margin;
  plan.spans.reserve(channels * plan.segments);
  for (size_t channel = 0; channel < channels; channel++) {
    for (size_t k = 0; k < plan.segments; k++) {
      // even borders, without the product of two large numbers
      const auto border = [&](size_t i) {
        return samples.from + wanted / plan.segments * i + std::min(i, wanted % plan.segments);
      };
      const size_t from = border(k), to = border(k + 1);
      const size_t begin = std::min(from > margin ? from - margin : 0, samples.count - plan.length);
      plan.spans.push_back({channel, begin, from, to});
    }
  }
  return plan;
}

Lanes tileLanes(const TracesPiece& piece, const LanePlan& plan, size_t tile) {
  Lanes lanes;
  lanes.type = piece.type;
  lanes.sampleStride = piece.sampleStride;
  for (size_t i = 0; i < kLanes; i++) {
    const size_t index = tile * kLanes + i;
    const LaneSpan& span = plan.spans[index < plan.spans.size() ? index : tile * kLanes];
    lanes.rows[i] = piece.at(span.channel, span.begin);
  }
  return lanes;
}

}  // namespace spikelab
