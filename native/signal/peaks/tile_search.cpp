#include "tile_search.h"

#include <bit>
#include <cmath>
#include <limits>

namespace spikelab {
namespace {

Measure measureOf(PeakSign sign) {
  if (sign == PeakSign::kPositive) return {~uint64_t{0}, 0};
  if (sign == PeakSign::kNegative) return {~uint64_t{0}, uint64_t{1} << 63};
  return {~uint64_t{0} >> 1, 0};
}

}  // namespace

TileSearch::TileSearch(const Kernels& kernels, const PeakTask& task, size_t firstChannel,
                       std::vector<double> thresholds)
    : kernels_(kernels),
      task_(task),
      first_(firstChannel),
      lanes_(thresholds.size()),
      thresholds_(std::move(thresholds)) {
  seen_.measure = measureOf(task.sign);
  for (size_t lane = 0; lane < kLanes; lane++) {
    double limit = lane < lanes_ ? thresholds_[lane] : std::numeric_limits<double>::infinity();
    // candidates at the threshold count
    if (task.method == PeakMethod::kLocallyExclusive && std::isfinite(limit)) limit = std::nextafter(limit, 0.0);
    seen_.limit[lane] = limit;
  }
  if (task.method == PeakMethod::kByChannel) maxima_.resize(2 * lanes_);
  if (task.method == PeakMethod::kDeadTime) dead_.resize(lanes_);
}

void TileSearch::add(const double* tile, uint64_t start, size_t count) {
  masks_.resize(count);
  for (double& sum : seen_.sum) sum = 0;
  seen_.masks = masks_.data();
  kernels_.observe(tile, count, seen_);
  for (size_t lane = 0; lane < lanes_; lane++) spoilt_[lane] = spoilt_[lane] || !std::isfinite(seen_.sum[lane]);
  if (task_.method == PeakMethod::kLocallyExclusive) {
    candidates(tile, start, count);
  } else if (task_.method == PeakMethod::kCrossings) {
    crossings(start, count);
  } else {
    byThreshold(tile, start, count);
  }
}

void TileSearch::push(size_t lane, uint64_t sample, double y) {
  const size_t channel = first_ + lane;
  found_.push_back({sample, static_cast<uint32_t>(channel), y, std::abs(y) / thresholds_[lane]});
}

void TileSearch::byThreshold(const double* tile, uint64_t start, size_t count) {
  for (size_t t = count; t-- > 0;) {
    for (unsigned mask = masks_[t]; mask != 0; mask &= mask - 1) {
      const size_t lane = static_cast<size_t>(std::countr_zero(mask));
      const double y = tile[t * kLanes + lane];
      const Crossing crossing{start + t, std::abs(y), y};
      const auto emit = [&](const Crossing& c) { push(lane, c.sample, c.y); };
      if (task_.method == PeakMethod::kDeadTime) {
        dead_[lane].see(crossing, task_.dead, task_.align, emit);
      } else {
        maxima_[2 * lane + (y < 0 ? 1 : 0)].see(crossing, task_.sweep, emit);
      }
    }
  }
  // so that none waits for long
  for (size_t i = 0; i < maxima_.size(); i++) {
    maxima_[i].settle(start, task_.sweep, [&](const Crossing& c) { push(i / 2, c.sample, c.y); });
  }
}

// Beyond the samples before and after it, of equal ones the first.
bool TileSearch::isTop(double y, double before, double after) const {
  return y > 0 ? y > before && y >= after : y < before && y <= after;
}

void TileSearch::candidates(const double* tile, uint64_t start, size_t count) {
  const double* const last = tile + (count - 1) * kLanes;
  for (; open_ != 0; open_ &= open_ - 1) {
    const size_t lane = static_cast<size_t>(std::countr_zero(open_));
    const double y = edge_[lane];
    if (y > 0 ? y > last[lane] : y < last[lane]) push(lane, edgeSample_, y);
  }
  for (size_t t = count; t-- > 0;) {
    for (unsigned mask = masks_[t]; mask != 0; mask &= mask - 1) {
      const size_t lane = static_cast<size_t>(std::countr_zero(mask));
      const double y = tile[t * kLanes + lane];
      // where nothing comes before or after, 0 does
      const double after = t + 1 < count ? tile[(t + 1) * kLanes + lane] : any_ ? edge_[lane] : 0;
      if (t > 0) {
        if (isTop(y, tile[(t - 1) * kLanes + lane], after)) push(lane, start + t, y);
      } else if (isTop(y, 0, after)) {
        open_ |= 1u << lane;
      }
    }
  }
  std::copy(tile, tile + kLanes, edge_);
  edgeSample_ = start;
  any_ = true;
}

void TileSearch::crossings(uint64_t start, size_t count) {
  for (size_t t = count; t-- > 0;) {
    const unsigned now = masks_[t];
    const unsigned edges = task_.hysteresis ? over_ & ~now : now;
    for (unsigned mask = edges; mask != 0; mask &= mask - 1) {
      push(static_cast<size_t>(std::countr_zero(mask)), start + t + (task_.hysteresis ? 1 : 0), 0);
    }
    over_ = now;
  }
}

void TileSearch::end() {
  for (size_t lane = 0; lane < lanes_; lane++) {
    const auto emit = [&](const Crossing& c) { push(lane, c.sample, c.y); };
    if (task_.method == PeakMethod::kByChannel) {
      maxima_[2 * lane].flush(emit);
      maxima_[2 * lane + 1].flush(emit);
    }
    if (task_.method == PeakMethod::kDeadTime) dead_[lane].flush(task_.dead, task_.align, emit);
    if (open_ >> lane & 1) push(lane, edgeSample_, edge_[lane]);
  }
  open_ = 0;
}

}  // namespace spikelab
