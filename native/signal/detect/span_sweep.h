// One sweep over samples in memory, whole channels or segments of them being the lanes.
#pragma once

#include <mutex>

#include "../search/verdict.h"
#include "lane_plan.h"

namespace spikelab {

// What one sweep over the samples is for.
enum class Phase {
  kNoise,   // mean and variance, and crossings of a guessed limit where one sweep may do for both
  kMedian,  // narrowing the median absolute deviation; two to four sweeps
  kSearch,  // crossings of a limit that is known, in channels whose guess was too high
  kExact,   // scipy's order of operations, by ExactLanes and not by SpanSweep
  kDone,
};

struct SweepGoal {
  Phase phase = Phase::kNoise;
  Search search;
  uint64_t spikeCap = 0;
  // of the recording: the number of the first sample in memory
  uint64_t start = 0;
  // where filtered traces go, channel after channel; null where they are not wanted
  double* filtered = nullptr;
};

class SpanSweep {
 public:
  // `plan`: null where nothing is filtered.
  SpanSweep(const Kernels& kernels, const FilterPlan* plan, LanePlan lanes, const SweepGoal& goal,
            std::vector<Channel>& channels);

  size_t tiles() const { return lanes_.tiles(); }
  // In any order and by any thread. `control`, where given, is checked and advanced.
  void tile(size_t index, const TracesPiece& piece, Control* control);
  // When all tiles are done: hands what was found in a channel over to it.
  void endChannel(size_t channel);

 private:
  LaneWindow window(size_t span, const TracesPiece& piece);
  std::vector<NoiseFinder> partsOf(size_t first, size_t count);
  void mergeParts(size_t first, std::vector<NoiseFinder>& parts);
  void filterTile(TileFilter& filter, const Lanes& lanes, size_t block) const;

  const Kernels& kernels_;
  const FilterPlan* plan_;
  LanePlan lanes_;
  SweepGoal goal_;
  std::vector<Channel>& channels_;
  std::vector<Findings> found_;  // by span
  std::mutex mutex_;
};

}  // namespace spikelab
