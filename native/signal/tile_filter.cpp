#include "tile_filter.h"

#include <algorithm>

#include "odd_extension.h"

namespace spikelab {
namespace {

// Samples that go through one filter group after the other while they are in the first-level cache.
constexpr size_t kForwardRows = 128;
// Sums are merged after this many samples: keeps the error of a long sum at that of a short one.
constexpr size_t kRunRows = 2048;
constexpr size_t kVectorRows = 8;

// Samples up to one where a vector of wide samples does not straddle two cache lines, in the first lane: mostly all
// lanes lie alike. Straddling ones take a quarter longer.
size_t toAligned(const Lanes& lanes) {
  const size_t bytes = elementBytes(lanes.type), line = kVectorRows * bytes;
  if (lanes.sampleStride != 1 || bytes < 4) return 0;
  const size_t over = reinterpret_cast<uintptr_t>(lanes.rows[0]) % line;
  return (line - over) % line / bytes;
}

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
      ahead_(ahead(plan)),
      block_(block),
      states_(plan ? plan->groups.size() : 0),
      kept_(states_),
      backward_(states_) {
  if (!plan) return;
  edge_ = TileBuffer(padding_ + 1);
  extension_ = TileBuffer(padding_);
}

// The last block needs padding + 1 samples for its odd extension.
size_t TileFilter::ahead(const FilterPlan* plan) {
  return plan ? std::max(plan->margin, plan->padding + 1) : 0;
}

size_t TileFilter::workRows(const FilterPlan* plan, size_t block) {
  return plan ? longestTake(plan, block) + plan->padding : block;
}

size_t TileFilter::push(const Lanes& lanes, size_t count, bool last, WorkRows& work) {
  size_t done = 0;
  while (done < count) {
    const size_t left = count - done;
    const bool end = last && left <= block_ + ahead_;
    if (!end && left < block_ + ahead_) break;
    const size_t keep = end ? left : block_;
    filterBlock(lanes.from(done), keep, end, work);
    done += keep;
  }
  return done;
}

void TileFilter::filterBlock(const Lanes& lanes, size_t keep, bool last, WorkRows& work) {
  if (!plan_) {
    kernels_.stage(lanes, keep, work.row(0), peak_);
    observeBlock(work.row(0), keep);
  } else {
    for (size_t lane = 0; lane < kLanes; lane++) constancy_[lane].see(lanes, lane, keep);
    if (emitted_ == 0) start(lanes);
    stageForward(lanes, keep, work.row(0));
    kept_ = states_;
    if (last) {
      extendEnd(lanes, keep, work.row(keep));
    } else {
      stageForward(lanes.from(keep), ahead_, work.row(keep));
    }
    states_.swap(kept_);
    backwardBlock(work, keep, keep + (last ? padding_ : ahead_));
  }
  sink_.take(emitted_, emitted_ + keep, work.row(0));
  emitted_ += keep;
}

void TileFilter::start(const Lanes& lanes) {
  kernels_.stage(lanes, padding_ + 1, edge_.row(0), peak_);
  oddExtension(edge_.row(0), padding_, false, extension_.row(0));
  for (size_t g = 0; g < states_.size(); g++) settle(states_[g], *plan_, g, extension_.row(0));
  forward(extension_.row(0), padding_);
}

// The odd extension behind the last of `count` samples, filtered forward.
void TileFilter::extendEnd(const Lanes& lanes, size_t count, double* rows) {
  kernels_.stage(lanes.from(count - padding_ - 1), padding_ + 1, edge_.row(0), peak_);
  oddExtension(edge_.row(0), padding_, true, rows);
  forward(rows, padding_);
}

void TileFilter::forward(double* rows, size_t count) {
  for (size_t t = 0; t < count; t += kForwardRows) {
    const size_t n = std::min(kForwardRows, count - t);
    for (size_t g = 0; g < states_.size(); g++) kernels_.forward(plan_->groups[g], states_[g], rows + t * kLanes, n);
  }
}

void TileFilter::stageForward(const Lanes& lanes, size_t count, double* rows) {
  const size_t first = std::min(toAligned(lanes), count), whole = (count - first) / kVectorRows * kVectorRows;
  stageThenForward(lanes, first, rows);
  const bool fused = states_.size() == 1 && kernels_.stageForward(plan_->groups[0], states_[0], lanes.from(first),
                                                                  whole, rows + first * kLanes, peak_);
  const size_t done = first + (fused ? whole : 0);
  stageThenForward(lanes.from(done), count - done, rows + done * kLanes);
}

void TileFilter::stageThenForward(const Lanes& lanes, size_t count, double* rows) {
  for (size_t t = 0; t < count; t += kForwardRows) {
    const size_t n = std::min(kForwardRows, count - t);
    kernels_.stage(lanes.from(t), n, rows + t * kLanes, peak_);
    forward(rows + t * kLanes, n);
  }
}

// Rows [keep, total) only let the backward pass settle.
void TileFilter::backwardBlock(WorkRows& work, size_t keep, size_t total) {
  const size_t last = plan_->groups.size() - 1;
  for (size_t g = 0; g <= last; g++) settle(backward_[g], *plan_, g, work.row(total - 1));
  for (size_t g = 0; g < last; g++) kernels_.backward(plan_->groups[g], backward_[g], work.row(0), total);
  kernels_.backwardState(plan_->groups[last], backward_[last], work.row(keep), total - keep);
  for (size_t end = keep; end > 0;) {
    Observation seen;
    const size_t earliest = end > kRunRows ? end - kRunRows : 0;
    const size_t from = sink_.observe(emitted_ + earliest, emitted_ + end, seen) - emitted_;
    kernels_.backwardObserved(plan_->groups[last], backward_[last], work.row(from), end - from, seen);
    sink_.observed(emitted_ + from, emitted_ + end, work.row(from), seen);
    end = from;
  }
}

void TileFilter::observeBlock(double* rows, size_t keep) {
  for (size_t end = keep; end > 0;) {
    Observation seen;
    const size_t earliest = end > kRunRows ? end - kRunRows : 0;
    const size_t from = sink_.observe(emitted_ + earliest, emitted_ + end, seen) - emitted_;
    kernels_.observe(rows + from * kLanes, end - from, seen);
    sink_.observed(emitted_ + from, emitted_ + end, rows + from * kLanes, seen);
    end = from;
  }
}

}  // namespace spikelab
