// Looks for peaks in 16 channels whose traces come from the last block to the first.
#pragma once

#include <vector>

#include "../kernels/kernels.h"
#include "exclusion.h"
#include "peak_rules.h"
#include "peak_task.h"

namespace spikelab {

class TileSearch {
 public:
  // `thresholds`: of the tile's channels; infinity: no peaks.
  TileSearch(const Kernels& kernels, const PeakTask& task, size_t firstChannel, std::vector<double> thresholds);

  // `tile` has the samples [start, start + count), which come before those of the last call.
  void add(const double* tile, uint64_t start, size_t count);
  // There are no samples before.
  void end();
  // What was found since it was last emptied: of each channel later ones first. For kLocallyExclusive candidates.
  std::vector<PeakCandidate>& found() { return found_; }
  // Whether a lane had samples that are not finite.
  bool spoilt(size_t lane) const { return spoilt_[lane]; }

 private:
  void byThreshold(const double* tile, uint64_t start, size_t count);
  void candidates(const double* tile, uint64_t start, size_t count);
  void crossings(uint64_t start, size_t count);
  bool isTop(double y, double before, double after) const;
  void push(size_t lane, uint64_t sample, double y);

  const Kernels& kernels_;
  const PeakTask& task_;
  size_t first_, lanes_;
  std::vector<double> thresholds_;
  Observation seen_;
  std::vector<uint16_t> masks_;
  std::vector<SweepMaximum> maxima_;  // up, then down, of each lane
  std::vector<DeadTime> dead_;
  // the earliest row so far, and which of its samples still need the one before them
  double edge_[kLanes] = {};
  uint64_t edgeSample_ = 0;
  unsigned open_ = 0, over_ = 0;
  bool any_ = false;
  bool spoilt_[kLanes] = {};
  std::vector<PeakCandidate> found_;
};

}  // namespace spikelab
