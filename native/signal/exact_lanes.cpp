#include "exact_lanes.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "numpy_sum.h"
#include "odd_extension.h"

namespace spikelab {

ExactLanes::ExactLanes(const Kernels& kernels, const FilterPlan* plan, size_t samples, const Search& search,
                       bool median)
    : kernels_(kernels), plan_(plan), samples_(samples), search_(search), parts_(blocks()), median_(median) {
  if (plan) {
    edge_ = TileBuffer(2 * (plan->padding + 1));
    extension_ = TileBuffer(plan->padding);
  }
  enter(plan ? Step::kForward : Step::kMean);
}

bool ExactLanes::next(size_t& start, size_t& count) const {
  if (step_ == Step::kDone) return false;
  start = block_ * kBlock;
  count = std::min(kBlock, samples_ - start);
  return true;
}

void ExactLanes::writeTo(double* const* rows) {
  std::copy(rows, rows + kLanes, rows_);
}

void ExactLanes::enter(Step step) {
  step_ = step;
  block_ = step == Step::kForward ? 0 : blocks() - 1;
  backward_ = backwardStart_;
}

void ExactLanes::deliver(double* tile) {
  const size_t start = block_ * kBlock, count = std::min(kBlock, samples_ - start);
  if (step_ == Step::kForward) {
    forwardBlock(tile, count);
  } else {
    if (plan_) backwardBlock(tile, count);
    if (step_ == Step::kSearch) {
      searchBlock(tile, start, count);
    } else if (step_ == Step::kNoise) {
      for (size_t lane = 0; lane < kLanes; lane++) finders_[lane].add(tile + lane, count, kLanes);
    } else {
      sumBlock(tile, count);
    }
  }
  advance();
}

void ExactLanes::advance() {
  if (step_ == Step::kForward) {
    if (++block_ < blocks()) return;
    finishForward();
    return enter(Step::kMean);
  }
  if (block_-- > 0) return;
  if (step_ == Step::kNoise) return endNoise();
  if (step_ != Step::kSearch) return endMoments();
  for (auto& spikes : spikes_) std::reverse(spikes.begin(), spikes.end());
  step_ = Step::kDone;
}

void ExactLanes::endMoments() {
  // buffer by buffer, in order of time whatever order they came in
  Row total{};
  for (const Row& part : parts_) {
    for (size_t lane = 0; lane < kLanes; lane++) total[lane] += part[lane];
  }
  const double n = static_cast<double>(samples_);
  if (step_ == Step::kMean) {
    for (size_t lane = 0; lane < kLanes; lane++) mean_[lane] = total[lane] / n;
    return enter(Step::kSquares);
  }
  for (size_t lane = 0; lane < kLanes; lane++) deviation_[lane] = std::sqrt(total[lane] / n);
  if (!median_) return enter(Step::kSearch);
  finders_.resize(kLanes);
  for (size_t lane = 0; lane < kLanes; lane++) finders_[lane].start(mean_[lane], deviation_[lane]);
  enter(Step::kNoise);
}

void ExactLanes::endNoise() {
  for (size_t lane = 0; lane < kLanes; lane++) {
    finders_[lane].endSweep();
    deviation_[lane] = finders_[lane].noise();
  }
  enter(++noiseSweeps_ < NoiseFinder::kSweeps ? Step::kNoise : Step::kSearch);
}

ExactLanes::States ExactLanes::settled(const double* value) const {
  States states(plan_->groups.size());
  for (size_t i = 0; i < plan_->sections(); i++) {
    for (size_t delay = 0; delay < 2; delay++) {
      double* s = states[i / kMaxFused].s[i % kMaxFused][delay];
      for (size_t lane = 0; lane < kLanes; lane++) s[lane] = plan_->steady[i][delay] * value[lane];
    }
  }
  return states;
}

void ExactLanes::filter(States& states, double* tile, size_t count, bool backward) const {
  const auto sweep = backward ? kernels_.backward : kernels_.forward;
  for (size_t g = 0; g < states.size(); g++) sweep(plan_->groups[g], states[g], tile, count);
}

void ExactLanes::forwardBlock(double* tile, size_t count) {
  if (block_ == 0) {
    oddExtension(tile, plan_->padding, false, extension_.row(0));
    forward_ = settled(extension_.row(0));
    filter(forward_, extension_.row(0), plan_->padding, false);
  }
  const size_t wanted = plan_->padding + 1, fresh = std::min(wanted, count);
  const size_t old = std::min(edgeRows_, wanted - fresh);
  std::memmove(edge_.row(0), edge_.row(edgeRows_ - old), old * kLanes * sizeof(double));
  std::memcpy(edge_.row(old), tile + (count - fresh) * kLanes, fresh * kLanes * sizeof(double));
  edgeRows_ = old + fresh;
  checkpoints_.push_back(forward_);
  filter(forward_, tile, count, false);
}

void ExactLanes::finishForward() {
  oddExtension(edge_.row(0), plan_->padding, true, extension_.row(0));
  filter(forward_, extension_.row(0), plan_->padding, false);
  backwardStart_ = settled(extension_.row(plan_->padding - 1));
  filter(backwardStart_, extension_.row(0), plan_->padding, true);
}

void ExactLanes::backwardBlock(double* tile, size_t count) {
  States forward = checkpoints_[block_];
  filter(forward, tile, count, false);
  filter(backward_, tile, count, true);
}

void ExactLanes::sumBlock(const double* y, size_t count) {
  if (step_ == Step::kMean) {
    parts_[block_] = pairwiseSum(0, count, [&](size_t t, size_t lane) { return y[t * kLanes + lane]; });
    return;
  }
  parts_[block_] = pairwiseSum(0, count, [&](size_t t, size_t lane) {
    const double d = y[t * kLanes + lane] - mean_[lane];
    return d * d;
  });
}

void ExactLanes::searchBlock(const double* y, size_t start, size_t count) {
  double scale[kLanes], *rows[kLanes];
  std::fill(scale, scale + kLanes, 1.0);
  bool writes = false;
  for (size_t lane = 0; lane < kLanes; lane++) {
    rows[lane] = rows_[lane] ? rows_[lane] + start : nullptr;
    writes = writes || rows_[lane];
  }
  if (writes) kernels_.unstage(y, count, scale, rows);
  if (!search_.wanted) return;
  std::vector<uint16_t> masks(count);
  Observation seen;
  seen.measure = search_.measure;
  for (size_t lane = 0; lane < kLanes; lane++) seen.limit[lane] = search_.sigma * deviation_[lane];
  seen.masks = masks.data();
  kernels_.observe(y, count, seen);
  for (size_t t = count; t-- > 0;) {
    for (size_t lane = 0; lane < kLanes; lane++) {
      const bool now = (masks[t] >> lane & 1) != 0;
      // walking back in time: the sample after this one was above, and this one is not
      if (!search_.hysteresis && now) spikes_[lane].push_back(start + t);
      if (search_.hysteresis && over_[lane] && !now) spikes_[lane].push_back(start + t + 1);
      over_[lane] = now;
    }
  }
}

}  // namespace spikelab
