// Filters one tile of 16 lanes forward and backward, block by block, in memory that does not grow with the recording.
#pragma once

#include "filter_plan.h"
#include "tile_buffer.h"

namespace spikelab {

// Where filtered blocks go. Sample numbers count from the first sample that was pushed.
class TileSink {
 public:
  virtual ~TileSink() = default;
  // The part [start, end) is about to be filtered backward: sets `seen` for [result, end), result >= start, and learns
  // by observed() what was seen in these samples y. Parts come from the last to the first within a block.
  virtual size_t observe(size_t start, size_t end, Observation& seen) = 0;
  virtual void observed(size_t start, size_t end, const double* y, const Observation& seen) = 0;
  // A block is done: y holds samples [start, end). Blocks come in order of time.
  virtual void take(size_t start, size_t end, const double* y) = 0;
};

// Push all samples in order, in pieces of any size, then finish. With no plan the samples pass as they are. The forward
// state is carried from piece to piece; the backward pass of a block starts the plan's margin behind it.
class TileFilter {
 public:
  // `block`: samples that a backward pass yields. More than the plan's padding must be pushed in all.
  TileFilter(const Kernels& kernels, const FilterPlan* plan, size_t block, TileSink& sink);

  void push(const Lanes& lanes, size_t count);
  void finish();

  // Largest |x| of each lane so far.
  const double* peak() const { return peak_; }
  // Bytes that a filter with this plan and block holds.
  static size_t bytesFor(const FilterPlan* plan, size_t block);

 private:
  void start();
  void append(const Lanes& lanes, size_t count);
  void forward(double* rows, size_t count);
  void keepTail(const Lanes& lanes, size_t count);
  void emit(size_t keep, size_t total);
  void backwardBlock(size_t keep, size_t total);
  void observeBlock(size_t keep);

  const Kernels& kernels_;
  const FilterPlan* plan_;
  TileSink& sink_;
  size_t padding_, margin_, block_;
  TileBuffer buffer_, scratch_, edge_;
  std::vector<State> states_;
  size_t edgeRows_ = 0;  // samples in edge_: the first ones until the filter has started, then the last ones
  bool started_ = false;
  size_t fill_ = 0;     // rows in buffer_
  size_t emitted_ = 0;  // samples given to the sink
  alignas(64) double peak_[kLanes] = {};
};

}  // namespace spikelab
