#include "tile_filter.h"

#include <algorithm>

#include "odd_extension.h"

namespace spikelab {
namespace {

// Samples that go through one filter group after the other while they are in the first-level cache.
constexpr size_t kForwardRows = 128;
// Squares are summed over runs of so many samples, and the sums of runs are added up: the rounding error of an hour's
// sum stays that of 2048 samples (some 1e-13 of it).
constexpr size_t kRunRows = 2048;
// The widest vector, of AVX-512, has 8 float64.
constexpr size_t kVectorRows = 8;

// How many samples to pass one by one until vectors of 8 samples (64 bytes of float64) begin where a cache line does.
// Vectors that straddle two lines take a quarter longer. Only the first lane is looked at: rows mostly lie alike.
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
      ring_(workRows(plan, block)),
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
  return longestTake(plan, block);
}

size_t TileFilter::push(const Lanes& lanes, size_t count, bool last, WorkRows& work) {
  size_t done = 0, ready = 0;
  while (done < count) {
    const size_t left = count - done;
    const bool end = last && left <= block_ + ahead_;
    if (!end && left < block_ + ahead_) break;
    const size_t keep = end ? left : block_;
    filterBlock(lanes.from(done), keep, ready, end, work);
    ready = staysAhead() ? ahead_ : 0;
    first_ = staysAhead() ? (first_ + keep) % ring_ : 0;
    done += keep;
  }
  // the rows behind the last block are lost
  if (ready > 0) states_ = kept_;
  first_ = 0;
  return done;
}

// Whether the rows behind a block are as they were filtered forward after its backward pass, and all in the next block.
bool TileFilter::staysAhead() const {
  return states_.size() == 1 && ahead_ <= block_;
}

TileFilter::Parts TileFilter::parts(size_t start, size_t end, WorkRows& work) const {
  const size_t wrap = ring_ - first_;
  const auto part = [&](size_t from, size_t to) {
    return Part{from, to, work.row(from < wrap ? first_ + from : from - wrap)};
  };
  if (start >= wrap || end <= wrap) return {{part(start, end)}, 1};
  return {{part(start, wrap), part(wrap, end)}, 2};
}

// `ready` samples were filtered forward with the block before.
void TileFilter::filterBlock(const Lanes& lanes, size_t keep, size_t ready, bool last, WorkRows& work) {
  const Parts block = parts(0, keep, work);
  sink_.begin(emitted_, emitted_ + keep);
  if (!plan_) {
    kernels_.stage(lanes, keep, work.row(0), peak_);
    observePart(block.of[0]);
  } else {
    for (size_t lane = 0; lane < kLanes; lane++) constancy_[lane].see(lanes, lane, keep);
    if (emitted_ == 0) start(lanes);
    stageForward(lanes, ready, keep, work);
    kept_ = states_;
    if (last) {
      extendEnd(lanes, keep);
    } else {
      stageForward(lanes, keep, keep + ahead_, work);
    }
    if (!staysAhead()) states_ = kept_;
    backwardBlock(block, last ? Parts{{{0, padding_, extension_.row(0)}}, 1} : parts(keep, keep + ahead_, work));
  }
  for (size_t i = 0; i < block.count; i++) {
    const Part& part = block.of[i];
    sink_.take(emitted_ + part.start, emitted_ + part.end, part.rows);
  }
  emitted_ += keep;
}

void TileFilter::start(const Lanes& lanes) {
  kernels_.stage(lanes, padding_ + 1, edge_.row(0), peak_);
  oddExtension(edge_.row(0), padding_, false, extension_.row(0));
  for (size_t g = 0; g < states_.size(); g++) settle(states_[g], *plan_, g, extension_.row(0));
  forward(extension_.row(0), padding_);
}

// The odd extension behind the last of `count` samples, filtered forward.
void TileFilter::extendEnd(const Lanes& lanes, size_t count) {
  kernels_.stage(lanes.from(count - padding_ - 1), padding_ + 1, edge_.row(0), peak_);
  oddExtension(edge_.row(0), padding_, true, extension_.row(0));
  forward(extension_.row(0), padding_);
}

void TileFilter::forward(double* rows, size_t count) {
  for (size_t t = 0; t < count; t += kForwardRows) {
    const size_t n = std::min(kForwardRows, count - t);
    for (size_t g = 0; g < states_.size(); g++) kernels_.forward(plan_->groups[g], states_[g], rows + t * kLanes, n);
  }
}

void TileFilter::stageForward(const Lanes& lanes, size_t start, size_t end, WorkRows& work) {
  const Parts wanted = parts(start, end, work);
  for (size_t i = 0; i < wanted.count; i++) {
    const Part& part = wanted.of[i];
    stageForward(lanes.from(part.start), part.end - part.start, part.rows);
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

// The rows behind the block only let the backward pass settle.
void TileFilter::backwardBlock(const Parts& block, const Parts& behind) {
  const Part& end = behind.of[behind.count - 1];
  const double* const lastRow = end.rows + (end.end - end.start - 1) * kLanes;
  const size_t last = plan_->groups.size() - 1;
  for (size_t g = 0; g <= last; g++) settle(backward_[g], *plan_, g, lastRow);
  for (size_t g = 0; g <= last; g++) {
    for (size_t i = behind.count; i-- > 0;) {
      const Part& part = behind.of[i];
      const size_t count = part.end - part.start;
      if (g == last) {
        kernels_.backwardState(plan_->groups[g], backward_[g], part.rows, count);
      } else {
        kernels_.backward(plan_->groups[g], backward_[g], part.rows, count);
      }
    }
    for (size_t i = block.count; i-- > 0;) {
      const Part& part = block.of[i];
      if (g == last) {
        observePart(part);
      } else {
        kernels_.backward(plan_->groups[g], backward_[g], part.rows, part.end - part.start);
      }
    }
  }
}

// Filters backward, where there is a filter, and has the sink look at what comes out.
void TileFilter::observePart(const Part& part) {
  const size_t last = plan_ ? plan_->groups.size() - 1 : 0;
  for (size_t end = part.end; end > part.start;) {
    Observation seen;
    const size_t earliest = end - part.start > kRunRows ? end - kRunRows : part.start;
    const size_t from = sink_.observe(emitted_ + earliest, emitted_ + end, seen) - emitted_;
    double* const rows = part.rows + (from - part.start) * kLanes;
    if (plan_) {
      kernels_.backwardObserved(plan_->groups[last], backward_[last], rows, end - from, seen);
    } else {
      kernels_.observe(rows, end - from, seen);
    }
    sink_.observed(emitted_ + from, emitted_ + end, rows, seen);
    end = from;
  }
}

}  // namespace spikelab
