// Filters one tile of 16 lanes forward and backward, block by block, in memory that does not grow with the recording.
#pragma once

#include "../noise/constancy.h"
#include "filter_plan.h"
#include "tile_buffer.h"
#include "work_rows.h"

namespace spikelab {

// Where filtered blocks go. Sample numbers count from the first sample that was pushed.
class TileSink {
 public:
  virtual ~TileSink() = default;
  // A block [start, end) is about to be filtered backward.
  virtual void begin(size_t start, size_t end) = 0;
  // The part [start, end) is about to be filtered backward: sets `seen` for [result, end), result >= start, and learns
  // by observed() what was seen in these samples y. Parts come from the last to the first within a block.
  virtual size_t observe(size_t start, size_t end, Observation& seen) = 0;
  virtual void observed(size_t start, size_t end, const double* y, const Observation& seen) = 0;
  // The samples [start, end) of a block that is done, in order of time: all of it, or a part, then the rest.
  virtual void take(size_t start, size_t end, const double* y) = 0;
};

// With no plan the samples pass as they are. The forward state is carried from block to block; the backward pass of a
// block starts ahead() samples behind it. Those are the first of the next block: the rows are a ring, in which they
// stay where they are. Only in the next push they are filtered forward again: cheaper than keeping the rows of every
// tile while others are worked on.
class TileFilter {
 public:
  // `block`: samples that a backward pass yields. More than the plan's padding must be pushed in all.
  TileFilter(const Kernels& kernels, const FilterPlan* plan, size_t block, TileSink& sink);

  // Samples that must be known behind a block before it can be filtered.
  static size_t ahead(const FilterPlan* plan);
  // Most samples that one take() of the sink can get.
  static size_t longestTake(const FilterPlan* plan, size_t block) { return block + ahead(plan); }
  // Rows of memory that push() works in.
  static size_t workRows(const FilterPlan* plan, size_t block);

  // Filters as many whole blocks of the lanes' next `count` samples as can be, or all of them where they are the last;
  // returns how many. The next push begins behind these.
  size_t push(const Lanes& lanes, size_t count, bool last, WorkRows& work);

  // Largest |x| of each lane so far.
  const double* peak() const { return peak_; }
  // Of each lane so far, unfiltered; not looked at where there is no filter.
  const Constancy* constancy() const { return constancy_; }

 private:
  // Rows beside each other: those of the samples [start, end) of a block.
  struct Part {
    size_t start, end;
    double* rows;
  };
  struct Parts {
    Part of[2];
    size_t count;
  };
  Parts parts(size_t start, size_t end, WorkRows& work) const;
  bool staysAhead() const;
  void filterBlock(const Lanes& lanes, size_t keep, size_t ready, bool last, WorkRows& work);
  void start(const Lanes& lanes);
  void stageForward(const Lanes& lanes, size_t start, size_t end, WorkRows& work);
  void stageForward(const Lanes& lanes, size_t count, double* rows);
  void stageThenForward(const Lanes& lanes, size_t count, double* rows);
  void forward(double* rows, size_t count);
  void extendEnd(const Lanes& lanes, size_t count);
  void backwardBlock(const Parts& block, const Parts& behind);
  void observePart(const Part& part);

  const Kernels& kernels_;
  const FilterPlan* plan_;
  TileSink& sink_;
  size_t padding_, ahead_, block_;
  // rows of the ring, and that of the block's first sample
  size_t ring_, first_ = 0;
  TileBuffer edge_, extension_;
  std::vector<State> states_, kept_, backward_;
  size_t emitted_ = 0;  // samples given to the sink
  alignas(64) double peak_[kLanes] = {};
  Constancy constancy_[kLanes];
};

}  // namespace spikelab
