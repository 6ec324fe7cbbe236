#include "exact_lanes.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace spikelab {
namespace {

using Row = std::array<double, kLanes>;

// numpy's pairwise sum of values(t) for t in [0, n), lane by lane.
template <typename Values>
Row pairwise(size_t first, size_t n, const Values& value) {
  Row total{};
  if (n < 8) {
    for (size_t t = 0; t < n; t++) {
      for (size_t lane = 0; lane < kLanes; lane++) total[lane] += value(first + t, lane);
    }
    return total;
  }
  if (n > 128) {
    const size_t half = n / 2 - n / 2 % 8;
    const Row left = pairwise(first, half, value), right = pairwise(first + half, n - half, value);
    for (size_t lane = 0; lane < kLanes; lane++) total[lane] = left[lane] + right[lane];
    return total;
  }
  Row r[8];
  for (size_t k = 0; k < 8; k++) {
    for (size_t lane = 0; lane < kLanes; lane++) r[k][lane] = value(first + k, lane);
  }
  size_t t = 8;
  for (; t < n - n % 8; t += 8) {
    for (size_t k = 0; k < 8; k++) {
      for (size_t lane = 0; lane < kLanes; lane++) r[k][lane] += value(first + t + k, lane);
    }
  }
  for (size_t lane = 0; lane < kLanes; lane++) {
    total[lane] = ((r[0][lane] + r[1][lane]) + (r[2][lane] + r[3][lane])) +
                  ((r[4][lane] + r[5][lane]) + (r[6][lane] + r[7][lane]));
  }
  for (; t < n; t++) {
    for (size_t lane = 0; lane < kLanes; lane++) total[lane] += value(first + t, lane);
  }
  return total;
}

// Sums buffer by buffer, in order of time whatever order they came in.
Row inOrder(const std::vector<Row>& parts) {
  Row total{};
  for (const Row& part : parts) {
    for (size_t lane = 0; lane < kLanes; lane++) total[lane] += part[lane];
  }
  return total;
}

}  // namespace

ExactLanes::ExactLanes(const Kernels& kernels, const FilterPlan* plan, TileLoader load, size_t samples,
                       Control& control)
    : kernels_(kernels), plan_(plan), load_(std::move(load)), samples_(samples), control_(control), block_(kBlock) {
  if (plan) edge_ = TileBuffer(2 * plan->padding + 1);
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

// The odd extension at an end, in order of time.
void ExactLanes::extension(bool atEnd, double* out) {
  const size_t n = plan_->padding;
  double* near = edge_.row(n);
  load_(atEnd ? samples_ - n - 1 : 0, n + 1, near);
  const double* turn = near + (atEnd ? n * kLanes : 0);
  for (size_t i = 0; i < n; i++) {
    const double* mirrored = near + (atEnd ? n - 1 - i : n - i) * kLanes;
    for (size_t lane = 0; lane < kLanes; lane++) out[i * kLanes + lane] = 2 * turn[lane] - mirrored[lane];
  }
}

void ExactLanes::filter(States& states, double* tile, size_t count, bool backward) {
  const auto sweep = backward ? kernels_.backward : kernels_.forward;
  for (size_t g = 0; g < states.size(); g++) sweep(plan_->groups[g], states[g], tile, count);
}

void ExactLanes::sweepForward() {
  extension(false, edge_.row(0));
  States states = settled(edge_.row(0));
  filter(states, edge_.row(0), plan_->padding, false);
  for (size_t start = 0; start < samples_; start += kBlock) {
    control_.check();
    checkpoints_.push_back(states);
    const size_t count = std::min(kBlock, samples_ - start);
    load_(start, count, block_.row(0));
    filter(states, block_.row(0), count, false);
  }
  checkpoints_.push_back(states);
}

void ExactLanes::visitBackwards(const Visit& visit) {
  States backward;
  if (plan_) {
    if (checkpoints_.empty()) sweepForward();
    extension(true, edge_.row(0));
    States forward = checkpoints_.back();
    filter(forward, edge_.row(0), plan_->padding, false);
    backward = settled(edge_.row(plan_->padding - 1));
    filter(backward, edge_.row(0), plan_->padding, true);
  }
  for (size_t index = (samples_ + kBlock - 1) / kBlock; index-- > 0;) {
    control_.check();
    const size_t start = index * kBlock, count = std::min(kBlock, samples_ - start);
    load_(start, count, block_.row(0));
    if (plan_) {
      States forward = checkpoints_[index];
      filter(forward, block_.row(0), count, false);
      filter(backward, block_.row(0), count, true);
    }
    visit(start, count, block_.row(0));
  }
}

void numpyDeviation(ExactLanes& lanes, double* deviation) {
  const double n = static_cast<double>(lanes.samples());
  std::vector<Row> parts((lanes.samples() + ExactLanes::kBlock - 1) / ExactLanes::kBlock);
  lanes.visitBackwards([&](size_t start, size_t count, const double* y) {
    parts[start / ExactLanes::kBlock] = pairwise(0, count, [&](size_t t, size_t lane) { return y[t * kLanes + lane]; });
  });
  Row mean = inOrder(parts);
  for (double& m : mean) m /= n;
  lanes.visitBackwards([&](size_t start, size_t count, const double* y) {
    parts[start / ExactLanes::kBlock] = pairwise(0, count, [&](size_t t, size_t lane) {
      const double d = y[t * kLanes + lane] - mean[lane];
      return d * d;
    });
  });
  const Row squares = inOrder(parts);
  for (size_t lane = 0; lane < kLanes; lane++) deviation[lane] = std::sqrt(squares[lane] / n);
}

}  // namespace spikelab
