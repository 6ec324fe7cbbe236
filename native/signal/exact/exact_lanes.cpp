#include "exact_lanes.h"

#include <algorithm>

namespace spikelab {

using Step = ExactSchedule::Step;

ExactLanes::ExactLanes(const Kernels& kernels, const ExactTask& task, ExactSize size)
    : filters_(task.plan != nullptr), lanes_(size.lanes), schedule_(task.samples, filters_, size.stride) {
  for (size_t first = 0; first < lanes_; first += kLanes) {
    tiles_.push_back(std::make_unique<ExactTile>(kernels, task, schedule_, std::min(kLanes, lanes_ - first)));
  }
}

void ExactLanes::endBlock() {
  if (!schedule_.advance()) return;
  const Step done = schedule_.step();
  bool known = true;
  for (auto& tile : tiles_) known = tile->endSweep(done) && known;
  switch (done) {
    case Step::kForward:
      return schedule_.enter(Step::kMean);
    case Step::kMean:
      return schedule_.enter(Step::kSquares);
    case Step::kSquares:
    case Step::kNoise:
      return schedule_.enter(known ? Step::kSearch : Step::kNoise);
    default:
      return schedule_.enter(Step::kDone);
  }
}

}  // namespace spikelab
