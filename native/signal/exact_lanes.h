// Filters 16 lanes bit for bit as scipy.signal.sosfiltfilt does, in memory that does not grow with the recording.
#pragma once

#include <functional>
#include <vector>

#include "../parallel/control.h"
#include "filter_plan.h"
#include "tile_buffer.h"

namespace spikelab {

// Samples [start, start + count) of the lanes into a tile; any order, any part, as often as wanted.
using TileLoader = std::function<void(size_t start, size_t count, double* tile)>;

// The backward pass needs what comes after, so one forward sweep keeps the filter's state every kBlock samples; blocks
// are then filtered again from there, from the last to the first, with the backward state carried between them.
class ExactLanes {
 public:
  // numpy sums in buffers of this many elements; blocks that match them let its std be repeated.
  static constexpr size_t kBlock = 8192;
  using Visit = std::function<void(size_t start, size_t count, const double* y)>;

  // No plan: the samples as they are.
  ExactLanes(const Kernels& kernels, const FilterPlan* plan, TileLoader load, size_t samples, Control& control);

  // Calls visit for each block of filtered samples, from the last to the first.
  void visitBackwards(const Visit& visit);

  size_t samples() const { return samples_; }

 private:
  using States = std::vector<State>;
  void sweepForward();
  void filter(States& states, double* tile, size_t count, bool backward);
  States settled(const double* value) const;
  void extension(bool atEnd, double* out);

  const Kernels& kernels_;
  const FilterPlan* plan_;
  TileLoader load_;
  size_t samples_;
  Control& control_;
  TileBuffer block_, edge_;
  std::vector<States> checkpoints_;
};

// numpy.std of each lane to the last bit: sums by halves in buffers of kBlock, then the mean, then squared deviations.
void numpyDeviation(ExactLanes& lanes, double* deviation);

}  // namespace spikelab
