#include "exact_filter.h"

#include <algorithm>
#include <cstring>

#include "../filter/odd_extension.h"

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

ExactFilter::ExactFilter(const Kernels& kernels, const FilterPlan* plan, const ExactSchedule& schedule, size_t lanes)
    : kernels_(kernels), plan_(plan) {
  if (!plan) return;
  edge_ = TileBuffer(2 * (plan->padding + 1));
  extension_ = TileBuffer(plan->padding);
  const size_t stride = schedule.stride(), sections = plan->sections();
  checkpoints_ = PackedStates((schedule.blocks() + stride - 1) / stride, sections, lanes);
  segment_ = PackedStates(stride - 1, sections, lanes);
}

bool ExactFilter::filter(const ExactSchedule& at, double* tile, size_t count) {
  if (at.forward()) {
    forwardBlock(at, tile, count);
    return false;
  }
  if (plan_) backwardBlock(at, tile, count);
  return true;
}

void ExactFilter::guessBackward(double* tile, size_t count) const {
  States states = settled(tile + (count - 1) * kLanes);
  run(states, tile, count, true);
}

void ExactFilter::endSweep(ExactSchedule::Step step) {
  if (step == ExactSchedule::Step::kForward) finishForward();
  backward_ = backwardStart_;
}

ExactFilter::States ExactFilter::settled(const double* value) const {
  States states(plan_->groups.size());
  for (size_t i = 0; i < plan_->sections(); i++) {
    for (size_t delay = 0; delay < 2; delay++) {
      double* s = states[i / kMaxFused].s[i % kMaxFused][delay];
      for (size_t lane = 0; lane < kLanes; lane++) s[lane] = plan_->steady[i][delay] * value[lane];
    }
  }
  return states;
}

void ExactFilter::run(States& states, double* tile, size_t count, bool backward) const {
  const auto sweep = backward ? kernels_.backward : kernels_.forward;
  for (size_t g = 0; g < states.size(); g++) sweep(plan_->groups[g], states[g], tile, count);
}

void ExactFilter::forwardBlock(const ExactSchedule& at, double* tile, size_t count) {
  const size_t block = at.block(), within = block % at.stride();
  if (at.step() == ExactSchedule::Step::kForward) {
    if (block == 0) startForward(tile);
    keepEdge(tile, count);
    if (within == 0) checkpoints_.put(block / at.stride(), forward_);
  } else if (within == 0) {
    checkpoints_.get(block / at.stride(), forward_);
  }
  run(forward_, tile, count, false);
  if (within + 1 < at.stride()) segment_.put(within, forward_);
}

void ExactFilter::startForward(const double* tile) {
  oddExtension(tile, plan_->padding, false, extension_.row(0));
  forward_ = settled(extension_.row(0));
  run(forward_, extension_.row(0), plan_->padding, false);
}

// Keeps the last samples, for the odd extension at the end.
void ExactFilter::keepEdge(const double* tile, size_t count) {
  const size_t wanted = plan_->padding + 1, fresh = std::min(wanted, count);
  const size_t old = std::min(edgeRows_, wanted - fresh);
  std::memmove(edge_.row(0), edge_.row(edgeRows_ - old), old * kLanes * sizeof(double));
  std::memcpy(edge_.row(old), tile + (count - fresh) * kLanes, fresh * kLanes * sizeof(double));
  edgeRows_ = old + fresh;
}

void ExactFilter::finishForward() {
  oddExtension(edge_.row(0), plan_->padding, true, extension_.row(0));
  run(forward_, extension_.row(0), plan_->padding, false);
  backwardStart_ = settled(extension_.row(plan_->padding - 1));
  run(backwardStart_, extension_.row(0), plan_->padding, true);
}

void ExactFilter::backwardBlock(const ExactSchedule& at, double* tile, size_t count) {
  const size_t within = at.block() % at.stride();
  if (within == 0) {
    checkpoints_.get(at.block() / at.stride(), forward_);
  } else {
    segment_.get(within - 1, forward_);
  }
  run(forward_, tile, count, false);
  run(backward_, tile, count, true);
}

}  // namespace spikelab
