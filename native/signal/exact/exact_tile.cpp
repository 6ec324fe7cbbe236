#include "exact_tile.h"

#include <algorithm>
#include <cmath>

#include "../noise/numpy_sum.h"

namespace spikelab {

ExactTile::ExactTile(const Kernels& kernels, const ExactTask& task, const ExactSchedule& schedule, size_t lanes)
    : kernels_(kernels),
      task_(task),
      lanes_(lanes),
      filter_(kernels, task.plan, schedule, lanes),
      parts_(schedule.blocks() * lanes) {}

void ExactTile::writeTo(double* const* rows) {
  std::copy(rows, rows + kLanes, rows_);
}

void ExactTile::deliver(const ExactSchedule& at, double* tile) {
  size_t start = 0, count = 0;
  at.next(start, count);
  if (!filter_.filter(at, tile, count)) return;
  if (at.step() == Step::kSearch) {
    writeBlock(tile, start, count);
    if (task_.search.wanted) searchBlock(tile, start, count);
  } else if (at.step() == Step::kNoise) {
    for (size_t lane = 0; lane < lanes_; lane++) finders_[lane].add(tile + lane, count, kLanes);
  } else {
    sumBlock(at, tile, count);
  }
}

bool ExactTile::endSweep(Step step) {
  filter_.endSweep(step);
  if (step == Step::kMean) endSums(mean_);
  if (step == Step::kSquares) {
    endSums(deviation_);
    for (double& squares : deviation_) squares = std::sqrt(squares);
    finders_.resize(task_.median ? lanes_ : 0);
    for (size_t lane = 0; lane < finders_.size(); lane++) finders_[lane].start(mean_[lane], deviation_[lane]);
  }
  if (step == Step::kNoise) {
    for (NoiseFinder& finder : finders_) finder.endSweep();
  }
  return std::all_of(finders_.begin(), finders_.end(), [](const NoiseFinder& finder) { return finder.known(); });
}

void ExactTile::sumBlock(const ExactSchedule& at, const double* y, size_t count) {
  std::array<double, kLanes> sums;
  if (at.step() == Step::kMean) {
    sums = pairwiseSum(0, count, [&](size_t t, size_t lane) { return y[t * kLanes + lane]; });
  } else {
    sums = pairwiseSum(0, count, [&](size_t t, size_t lane) {
      const double d = y[t * kLanes + lane] - mean_[lane];
      return d * d;
    });
  }
  std::copy(sums.begin(), sums.begin() + static_cast<std::ptrdiff_t>(lanes_), parts_.data() + at.block() * lanes_);
}

// Buffer by buffer, in order of time whatever order they came in.
void ExactTile::endSums(double* means) {
  std::fill(means, means + kLanes, 0.0);
  for (size_t i = 0; i < parts_.size(); i++) means[i % lanes_] += parts_[i];
  for (size_t lane = 0; lane < lanes_; lane++) means[lane] /= static_cast<double>(task_.samples);
}

void ExactTile::writeBlock(const double* y, size_t start, size_t count) {
  double scale[kLanes], *rows[kLanes];
  std::fill(scale, scale + kLanes, 1.0);
  bool writes = false;
  for (size_t lane = 0; lane < kLanes; lane++) {
    rows[lane] = rows_[lane] ? rows_[lane] + start : nullptr;
    writes = writes || rows_[lane];
  }
  if (writes) kernels_.unstage(y, count, scale, rows);
}

void ExactTile::searchBlock(const double* y, size_t start, size_t count) {
  std::vector<uint16_t> masks(count);
  Observation seen;
  seen.measure = task_.search.measure;
  for (size_t lane = 0; lane < lanes_; lane++) seen.limit[lane] = task_.search.sigma * noise(lane);
  seen.masks = masks.data();
  kernels_.observe(y, count, seen);
  for (size_t t = count; t-- > 0;) {
    for (size_t lane = 0; lane < lanes_; lane++) {
      const bool now = (masks[t] >> lane & 1) != 0;
      // walking back in time: the sample after this one was above, and this one is not
      if (!task_.search.hysteresis && now) push(lane, start + t);
      if (task_.search.hysteresis && over_[lane] && !now) push(lane, start + t + 1);
      over_[lane] = now;
    }
  }
}

void ExactTile::push(size_t lane, uint64_t sample) {
  spikes_[lane].push_back(sample);
  if (spikes_[lane].size() - 1 > task_.spikeCap) spikes_[lane].pop_front();
}

}  // namespace spikelab
