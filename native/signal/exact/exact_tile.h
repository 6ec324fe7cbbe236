// Up to 16 lanes that are computed bit for bit as scipy.signal.sosfiltfilt and numpy.std do.
#pragma once

#include <deque>
#include <vector>

#include "../search/lane_detector.h"
#include "exact_filter.h"

namespace spikelab {

// What to compute.
struct ExactTask {
  // null: the samples as they are
  const FilterPlan* plan = nullptr;
  size_t samples = 0;
  Search search;
  // noise by median absolute deviation
  bool median = false;
  // of more spikes, the first so many and one more are kept
  uint64_t spikeCap = 0;
};

class ExactTile {
 public:
  using Step = ExactSchedule::Step;

  ExactTile(const Kernels& kernels, const ExactTask& task, const ExactSchedule& schedule, size_t lanes);

  size_t lanes() const { return lanes_; }
  // `tile` has the samples of the block that the schedule is at, unfiltered, and is overwritten.
  void deliver(const ExactSchedule& at, double* tile);
  // A sweep is done. Returns whether the noise is known, as far as that is for this sweep to say.
  bool endSweep(Step step);

  // Where filtered samples go: rows[lane], or null.
  void writeTo(double* const* rows);

  // Divisor n, as numpy.std.
  double deviation(size_t lane) const { return deviation_[lane]; }
  // That, or by median absolute deviation, as the task says.
  double noise(size_t lane) const { return task_.median ? finders_[lane].noise() : deviation_[lane]; }
  // Samples of the spikes, the last first.
  std::deque<uint64_t>& spikes(size_t lane) { return spikes_[lane]; }

 private:
  void sumBlock(const ExactSchedule& at, const double* y, size_t count);
  void endSums(double* means);
  void writeBlock(const double* y, size_t start, size_t count);
  void searchBlock(const double* y, size_t start, size_t count);
  void push(size_t lane, uint64_t sample);

  const Kernels& kernels_;
  ExactTask task_;
  size_t lanes_;
  ExactFilter filter_;
  // sums of blocks, lane beside lane
  std::vector<double> parts_;
  double mean_[kLanes] = {}, deviation_[kLanes] = {};
  std::vector<NoiseFinder> finders_;
  bool over_[kLanes] = {};
  double* rows_[kLanes] = {};
  std::deque<uint64_t> spikes_[kLanes];
};

}  // namespace spikelab
