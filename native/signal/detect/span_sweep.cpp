#include "span_sweep.h"

#include <algorithm>
#include <cmath>

namespace spikelab {
namespace {

// Samples that a backward pass yields, as in PieceSchedule: longer ones leave the second-level cache (1 MB a tile).
constexpr size_t kBlock = 8192;

// Samples that lie apart as rows, which is what kernels read fast where lanes do not lie beside each other.
class RowCopy {
 public:
  // `memory`: rows of a tile for the `most` samples that are copied at a time.
  RowCopy(size_t most, double* memory) : most_(most), memory_(memory) {}

  Lanes of(const Lanes& from, size_t count) {
    switch (elementBytes(from.type)) {
      case 1:
        return copy<uint8_t>(from, count);
      case 2:
        return copy<uint16_t>(from, count);
      case 4:
        return copy<uint32_t>(from, count);
      default:
        return copy<uint64_t>(from, count);
    }
  }

 private:
  template <typename T>
  Lanes copy(const Lanes& from, size_t count) {
    Lanes out;
    out.type = from.type;
    for (size_t lane = 0; lane < kLanes; lane++) {
      const T* const in = static_cast<const T*>(from.rows[lane]);
      T* const to = reinterpret_cast<T*>(memory_) + lane * most_;
      for (size_t t = 0; t < count; t++) to[t] = in[t * from.sampleStride];
      out.rows[lane] = to;
    }
    return out;
  }

  size_t most_;
  double* memory_;
};

}  // namespace

SpanSweep::SpanSweep(const Kernels& kernels, const FilterPlan* plan, LanePlan lanes, const SweepGoal& goal,
                     std::vector<Channel>& channels)
    : kernels_(kernels),
      plan_(plan),
      lanes_(std::move(lanes)),
      goal_(goal),
      channels_(channels),
      found_(lanes_.spans.size()) {}

LaneWindow SpanSweep::window(size_t index, const TracesPiece& piece) {
  const LaneSpan& span = lanes_.spans[index];
  const Channel& c = channels_[span.channel];
  LaneWindow w;
  w.from = span.from - span.begin;
  w.to = span.to - span.begin;
  w.first = goal_.start + span.from == 0;
  if (goal_.filtered) w.filtered = goal_.filtered + span.channel * piece.samples + span.from;
  w.found = &found_[index];
  if (goal_.phase == Phase::kNoise) {
    w.before = &c;
    if (c.limit == Findings::kGivenUp) w.found->giveUp();
  }
  return w;
}

void SpanSweep::tile(size_t index, const TracesPiece& piece, Control* control) {
  const size_t first = index * kLanes, count = std::min(kLanes, lanes_.spans.size() - first);
  LaneWindow windows[kLanes];
  double limits[kLanes];
  bool needed = goal_.phase == Phase::kNoise;
  for (size_t i = 0; i < kLanes; i++) {
    limits[i] = INFINITY;
    if (i >= count) continue;
    const Channel& c = channels_[lanes_.spans[first + i].channel];
    windows[i] = window(first + i, piece);
    if (goal_.phase == Phase::kSearch && c.again) limits[i] = c.limit;
    needed = needed || (goal_.phase == Phase::kMedian ? !c.finder.known() : c.again);
  }
  if (!needed) return;
  const size_t block = std::min(kBlock, lanes_.length);
  LaneDetector detector(kernels_, goal_.search, windows, TileFilter::longestTake(plan_, block), control);
  std::vector<NoiseFinder> parts;
  if (goal_.phase == Phase::kNoise) detector.decideEarly(goal_.spikeCap);
  if (goal_.phase == Phase::kSearch) detector.fixLimits(limits);
  if (goal_.phase == Phase::kMedian) {
    parts = partsOf(first, count);
    NoiseFinder* finders[kLanes] = {};
    for (size_t i = 0; i < count; i++) finders[i] = &parts[i];
    detector.feed(finders);
  }
  TileFilter filter(kernels_, plan_, block, detector);
  filterTile(filter, tileLanes(piece, lanes_, index), block);
  for (size_t i = 0; i < count; i++) {
    found_[first + i].peak = filter.peak()[i];
    found_[first + i].constancy = filter.constancy()[i];
  }
  mergeParts(first, parts);
}

void SpanSweep::filterTile(TileFilter& filter, const Lanes& lanes, size_t block) const {
  const size_t length = lanes_.length, rowsOfFilter = TileFilter::workRows(plan_, block);
  const bool apart = lanes.sampleStride > 1 && lanes_.segments > 1;
  const size_t most = apart ? std::min(TileFilter::longestTake(plan_, block), length) : 0;
  WorkRows work(rowsOfFilter + most);
  if (!apart) {
    filter.push(lanes, length, true, work);
    return;
  }
  RowCopy rows(most, work.row(rowsOfFilter));
  for (size_t done = 0; done < length;) {
    const size_t count = std::min(most, length - done);
    done += filter.push(rows.of(lanes.from(done), count), count, done + count == length, work);
  }
}

// A finder of its own for each lane of a tile: other tiles may have segments of the same channel.
std::vector<NoiseFinder> SpanSweep::partsOf(size_t first, size_t count) {
  std::vector<NoiseFinder> parts(count);
  // another tile may be merging its part into the same channel
  std::lock_guard<std::mutex> lock(mutex_);
  for (size_t i = 0; i < count; i++) parts[i] = channels_[lanes_.spans[first + i].channel].finder.part();
  return parts;
}

void SpanSweep::mergeParts(size_t first, std::vector<NoiseFinder>& parts) {
  std::lock_guard<std::mutex> lock(mutex_);
  for (size_t i = 0; i < parts.size(); i++) channels_[lanes_.spans[first + i].channel].finder.merge(parts[i]);
}

void SpanSweep::endChannel(size_t channel) {
  const size_t first = channel * lanes_.segments;
  for (size_t s = first; s < first + lanes_.segments; s++) {
    channels_[channel].add(found_[s], goal_.start + lanes_.spans[s].begin, goal_.spikeCap);
  }
}

}  // namespace spikelab
