// Sixteen lanes filtered bit for bit as scipy.signal.sosfiltfilt does, block by block from the last to the first.
#pragma once

#include <vector>

#include "../filter/filter_plan.h"
#include "../filter/tile_buffer.h"
#include "exact_schedule.h"

namespace spikelab {

// States of filters, of the lanes in use alone.
class PackedStates {
 public:
  PackedStates() = default;
  PackedStates(size_t count, size_t sections, size_t lanes)
      : sections_(sections), lanes_(lanes), values_(count * 2 * sections * lanes) {}
  void put(size_t index, const std::vector<State>& states);
  void get(size_t index, std::vector<State>& states) const;

 private:
  size_t sections_ = 0, lanes_ = 0;
  std::vector<double> values_;
};

// The backward pass begins at the true end of the recording. One forward sweep keeps the filter's states at some
// blocks; later sweeps come from the last block to the first, in the order that ExactSchedule says.
class ExactFilter {
 public:
  // `plan`: null where the samples pass as they are.
  ExactFilter(const Kernels& kernels, const FilterPlan* plan, const ExactSchedule& schedule, size_t lanes);

  // `tile` has the block that the schedule is at, unfiltered, and is overwritten. Returns whether it then has what
  // sosfiltfilt gives; else the block has gone by forward only.
  bool filter(const ExactSchedule& at, double* tile, size_t count);
  // After the block went by forward: about what sosfiltfilt gives, best at its beginning.
  void guessBackward(double* tile, size_t count) const;
  // A sweep is done: the first one, which is forward, or another.
  void endSweep(ExactSchedule::Step step);

 private:
  using States = std::vector<State>;

  void forwardBlock(const ExactSchedule& at, double* tile, size_t count);
  void startForward(const double* tile);
  void keepEdge(const double* tile, size_t count);
  void backwardBlock(const ExactSchedule& at, double* tile, size_t count);
  void finishForward();
  void run(States& states, double* tile, size_t count, bool backward) const;
  States settled(const double* value) const;

  const Kernels& kernels_;
  const FilterPlan* plan_;
  TileBuffer edge_, extension_;
  size_t edgeRows_ = 0;
  States forward_, backward_, backwardStart_;
  // at the first block of each segment; at the other blocks of the one under way
  PackedStates checkpoints_, segment_;
};

}  // namespace spikelab
