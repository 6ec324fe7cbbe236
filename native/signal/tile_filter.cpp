#include "tile_filter.h"

#include <algorithm>
#include <cstring>

#include "odd_extension.h"

namespace spikelab {
namespace {

constexpr size_t kRowBytes = kLanes * sizeof(double);
// Samples that go through one filter group after the other while they are in the first-level cache.
constexpr size_t kForwardRows = 128;
// Sums are merged after this many samples: keeps the error of a long sum at that of a short one.
constexpr size_t kRunRows = 2048;
constexpr size_t kVectorRows = 8;

// State of a group for a constant input of `value` per lane.
void settle(State& state, const FilterPlan& plan, size_t group, const double* value) {
  for (int k = 0; k < plan.groups[group].sections; k++) {
    for (size_t delay = 0; delay < 2; delay++) {
      const double unit = plan.steady[group * kMaxFused + static_cast<size_t>(k)][delay];
      for (size_t lane = 0; lane < kLanes; lane++) state.s[k][delay][lane] = unit * value[lane];
    }
  }
}

}  // namespace

TileFilter::TileFilter(const Kernels& kernels, const FilterPlan* plan, size_t block, TileSink& sink)
    : kernels_(kernels),
      plan_(plan),
      sink_(sink),
      padding_(plan ? plan->padding : 0),
      margin_(plan ? plan->margin : 0),
      block_(block),
      buffer_(block + margin_ + padding_),
      states_(plan ? plan->groups.size() : 0) {
  if (!plan) return;
  scratch_ = TileBuffer(std::max(padding_, plan->groups.size() > 1 ? margin_ + padding_ : 0));
  edge_ = TileBuffer(2 * (padding_ + 1));
}

size_t TileFilter::bytesFor(const FilterPlan* plan, size_t block) {
  const size_t extra = plan ? 2 * plan->margin + 5 * plan->padding + 2 : 0;
  return (block + extra) * kRowBytes;
}

void TileFilter::push(const Lanes& lanes, size_t count) {
  if (!plan_) return append(lanes, count);
  if (!started_) {
    // the odd extension needs padding + 1 samples before the first can be filtered
    const size_t wanted = std::min(padding_ + 1 - edgeRows_, count);
    kernels_.stage(lanes, wanted, edge_.row(edgeRows_), peak_);
    edgeRows_ += wanted;
    if (edgeRows_ <= padding_) return;
    start();
    std::memcpy(buffer_.row(0), edge_.row(0), edgeRows_ * kRowBytes);
    forward(buffer_.row(0), edgeRows_);
    fill_ = edgeRows_;
    append(lanes.from(wanted), count - wanted);
    keepTail(lanes.from(wanted), count - wanted);
    return;
  }
  append(lanes, count);
  keepTail(lanes, count);
}

void TileFilter::start() {
  started_ = true;
  oddExtension(edge_.row(0), padding_, false, scratch_.row(0));
  for (size_t g = 0; g < states_.size(); g++) settle(states_[g], *plan_, g, scratch_.row(0));
  forward(scratch_.row(0), padding_);
}

void TileFilter::forward(double* rows, size_t count) {
  for (size_t t = 0; t < count; t += kForwardRows) {
    const size_t n = std::min(kForwardRows, count - t);
    for (size_t g = 0; g < states_.size(); g++) kernels_.forward(plan_->groups[g], states_[g], rows + t * kLanes, n);
  }
}

void TileFilter::append(const Lanes& lanes, size_t count) {
  const size_t capacity = block_ + margin_;
  for (size_t done = 0; done < count;) {
    if (fill_ == capacity) emit(block_, capacity);
    const size_t n = std::min(count - done, capacity - fill_);
    const size_t whole = n - n % kVectorRows;
    const Lanes piece = lanes.from(done);
    const bool fused = states_.size() == 1 &&
                       kernels_.stageForward(plan_->groups[0], states_[0], piece, whole, buffer_.row(fill_), peak_);
    for (size_t t = fused ? whole : 0; t < n; t += kForwardRows) {
      const size_t rows = std::min(kForwardRows, n - t);
      kernels_.stage(piece.from(t), rows, buffer_.row(fill_ + t), peak_);
      forward(buffer_.row(fill_ + t), rows);
    }
    fill_ += n;
    done += n;
  }
}

void TileFilter::keepTail(const Lanes& lanes, size_t count) {
  const size_t wanted = padding_ + 1;
  const size_t fresh = std::min(wanted, count);
  const size_t old = std::min(edgeRows_, wanted - fresh);
  std::memmove(edge_.row(0), edge_.row(edgeRows_ - old), old * kRowBytes);
  kernels_.stage(lanes.from(count - fresh), fresh, edge_.row(old), peak_);
  edgeRows_ = old + fresh;
}

void TileFilter::finish() {
  if (plan_) {
    oddExtension(edge_.row(0), padding_, true, buffer_.row(fill_));
    forward(buffer_.row(fill_), padding_);
  }
  emit(fill_, fill_ + padding_);
}

void TileFilter::emit(size_t keep, size_t total) {
  if (plan_) {
    backwardBlock(keep, total);
  } else {
    observeBlock(keep);
  }
  sink_.take(emitted_, emitted_ + keep, buffer_.row(0));
  std::memmove(buffer_.row(0), buffer_.row(keep), (total - keep) * kRowBytes);
  emitted_ += keep;
  fill_ = total - keep;
}

// Rows [keep, total) stay as they are: the next block's backward pass starts behind them.
void TileFilter::backwardBlock(size_t keep, size_t total) {
  const size_t last = plan_->groups.size() - 1;
  std::vector<State> states(last + 1);
  for (size_t g = 0; g <= last; g++) settle(states[g], *plan_, g, buffer_.row(total - 1));
  const double* behind = buffer_.row(keep);
  if (last > 0) {
    std::memcpy(scratch_.row(0), behind, (total - keep) * kRowBytes);
    behind = scratch_.row(0);
  }
  for (size_t g = 0; g < last; g++) {
    kernels_.backward(plan_->groups[g], states[g], scratch_.row(0), total - keep);
    kernels_.backward(plan_->groups[g], states[g], buffer_.row(0), keep);
  }
  kernels_.backwardState(plan_->groups[last], states[last], behind, total - keep);
  for (size_t end = keep; end > 0;) {
    Observation seen;
    const size_t earliest = end > kRunRows ? end - kRunRows : 0;
    const size_t from = sink_.observe(emitted_ + earliest, emitted_ + end, seen) - emitted_;
    kernels_.backwardObserved(plan_->groups[last], states[last], buffer_.row(from), end - from, seen);
    sink_.observed(emitted_ + from, emitted_ + end, buffer_.row(from), seen);
    end = from;
  }
}

void TileFilter::observeBlock(size_t keep) {
  for (size_t end = keep; end > 0;) {
    Observation seen;
    const size_t earliest = end > kRunRows ? end - kRunRows : 0;
    const size_t from = sink_.observe(emitted_ + earliest, emitted_ + end, seen) - emitted_;
    kernels_.observe(buffer_.row(from), end - from, seen);
    sink_.observed(emitted_ + from, emitted_ + end, buffer_.row(from), seen);
    end = from;
  }
}

}  // namespace spikelab
