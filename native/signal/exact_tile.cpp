#include "exact_tile.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "numpy_sum.h"
#include "odd_extension.h"

namespace spikelab {

void PackedStates::put(size_t index, const std::vector<State>& states) {
  double* out = values_.data() + index * 2 * sections_ * lanes_;
  for (size_t i = 0; i < 2 * sections_; i++) {
    const double* s = states[i / 2 / kMaxFused].s[i / 2 % kMaxFused][i % 2];
    out = std::copy(s, s + lanes_, out);
  }
}

void PackedStates::get(size_t index, std::vector<State>& states) const {
  const double* from = values_.data() + index * 2 * sections_ * lanes_;
  for (size_t i = 0; i < 2 * sections_; i++, from += lanes_) {
    std::copy(from, from + lanes_, states[i / 2 / kMaxFused].s[i / 2 % kMaxFused][i % 2]);
  }
}

ExactTile::ExactTile(const Kernels& kernels, const ExactTask& task, const ExactSchedule& schedule, size_t lanes)
    : kernels_(kernels), task_(task), lanes_(lanes), parts_(schedule.blocks() * lanes) {
  if (!task.plan) return;
  edge_ = TileBuffer(2 * (task.plan->padding + 1));
  extension_ = TileBuffer(task.plan->padding);
  const size_t stride = schedule.stride(), sections = task.plan->sections();
  checkpoints_ = PackedStates((schedule.blocks() + stride - 1) / stride, sections, lanes);
  segment_ = PackedStates(stride - 1, sections, lanes);
}

void ExactTile::writeTo(double* const* rows) {
  std::copy(rows, rows + kLanes, rows_);
}

void ExactTile::deliver(const ExactSchedule& at, double* tile) {
  size_t start = 0, count = 0;
  at.next(start, count);
  if (at.forward()) return forwardBlock(at, tile, count);
  if (task_.plan) backwardBlock(at, tile, count);
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
  if (step == Step::kForward) finishForward();
  backward_ = backwardStart_;
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

ExactTile::States ExactTile::settled(const double* value) const {
  States states(task_.plan->groups.size());
  for (size_t i = 0; i < task_.plan->sections(); i++) {
    for (size_t delay = 0; delay < 2; delay++) {
      double* s = states[i / kMaxFused].s[i % kMaxFused][delay];
      for (size_t lane = 0; lane < kLanes; lane++) s[lane] = task_.plan->steady[i][delay] * value[lane];
    }
  }
  return states;
}

void ExactTile::filter(States& states, double* tile, size_t count, bool backward) const {
  const auto sweep = backward ? kernels_.backward : kernels_.forward;
  for (size_t g = 0; g < states.size(); g++) sweep(task_.plan->groups[g], states[g], tile, count);
}

void ExactTile::forwardBlock(const ExactSchedule& at, double* tile, size_t count) {
  const size_t block = at.block(), within = block % at.stride();
  if (at.step() == Step::kForward) {
    if (block == 0) startForward(tile);
    keepEdge(tile, count);
    if (within == 0) checkpoints_.put(block / at.stride(), forward_);
  } else if (within == 0) {
    checkpoints_.get(block / at.stride(), forward_);
  }
  filter(forward_, tile, count, false);
  if (within + 1 < at.stride()) segment_.put(within, forward_);
}

void ExactTile::startForward(const double* tile) {
  oddExtension(tile, task_.plan->padding, false, extension_.row(0));
  forward_ = settled(extension_.row(0));
  filter(forward_, extension_.row(0), task_.plan->padding, false);
}

// Keeps the last samples, for the odd extension at the end.
void ExactTile::keepEdge(const double* tile, size_t count) {
  const size_t wanted = task_.plan->padding + 1, fresh = std::min(wanted, count);
  const size_t old = std::min(edgeRows_, wanted - fresh);
  std::memmove(edge_.row(0), edge_.row(edgeRows_ - old), old * kLanes * sizeof(double));
  std::memcpy(edge_.row(old), tile + (count - fresh) * kLanes, fresh * kLanes * sizeof(double));
  edgeRows_ = old + fresh;
}

void ExactTile::finishForward() {
  oddExtension(edge_.row(0), task_.plan->padding, true, extension_.row(0));
  filter(forward_, extension_.row(0), task_.plan->padding, false);
  backwardStart_ = settled(extension_.row(task_.plan->padding - 1));
  filter(backwardStart_, extension_.row(0), task_.plan->padding, true);
}

void ExactTile::backwardBlock(const ExactSchedule& at, double* tile, size_t count) {
  const size_t within = at.block() % at.stride();
  if (within == 0) {
    checkpoints_.get(at.block() / at.stride(), forward_);
  } else {
    segment_.get(within - 1, forward_);
  }
  filter(forward_, tile, count, false);
  filter(backward_, tile, count, true);
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
