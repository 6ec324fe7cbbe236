#include "exact_schedule.h"

#include <algorithm>
#include <cmath>

namespace spikelab {
namespace {

size_t blocksOf(size_t samples, size_t length = ExactSchedule::kBlock) {
  return (samples + length - 1) / length;
}

}  // namespace

ExactSize exactSize(size_t samples, size_t sections, size_t channels, size_t bytes) {
  const size_t blocks = blocksOf(samples);
  // a sum for each block; two delays a section at each checkpoint and at the blocks of one segment
  const auto laneBytes = [&](size_t stride) {
    return sizeof(double) * (blocks + 2 * sections * ((blocks + stride - 1) / stride + stride - 1));
  };
  const size_t longest = static_cast<size_t>(std::ceil(std::sqrt(static_cast<double>(blocks))));
  ExactSize size;
  size.lanes = std::clamp<size_t>(bytes / laneBytes(longest), 1, channels);
  while (size.stride < longest && size.lanes * laneBytes(size.stride) > bytes) size.stride++;
  return size;
}

ExactSchedule::ExactSchedule(size_t samples, bool filters, size_t stride, size_t block)
    : samples_(samples), length_(block), blocks_(blocksOf(samples, block)), stride_(stride), filters_(filters) {
  enter(filters ? Step::kForward : Step::kMean);
}

bool ExactSchedule::next(size_t& start, size_t& count) const {
  if (step_ == Step::kDone) return false;
  start = block_ * length_;
  count = std::min(length_, samples_ - start);
  return true;
}

void ExactSchedule::enter(Step step) {
  step_ = step;
  if (step == Step::kForward) {
    block_ = 0;
  } else {
    enterSegment(blocks_ - 1);
  }
}

void ExactSchedule::enterSegment(size_t lastBlock) {
  segmentEnd_ = lastBlock;
  const size_t first = lastBlock / stride_ * stride_;
  // the states within the only segment are still there from the first sweep
  replays_ = filters_ && first < lastBlock && blocks_ > stride_;
  block_ = replays_ ? first : lastBlock;
}

bool ExactSchedule::advance() {
  if (step_ == Step::kForward) return ++block_ == blocks_;
  if (replays_) {
    // the state at the last block is then known
    replays_ = ++block_ < segmentEnd_;
    return false;
  }
  if (block_ == 0) return true;
  if (block_ % stride_ == 0) {
    enterSegment(block_ - 1);
  } else {
    block_--;
  }
  return false;
}

}  // namespace spikelab
