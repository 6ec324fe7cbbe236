// In which order an exact computation goes through a recording, and what it may keep on the way.
#pragma once

#include <cstddef>

namespace spikelab {

// Lanes to compute exactly at a time, and blocks from one checkpoint of their filters to the next.
struct ExactSize {
  size_t lanes = 1, stride = 1;
};

// As many lanes for these channels as fit into `bytes`, at least one; then as few blocks between checkpoints as fit.
ExactSize exactSize(size_t samples, size_t sections, size_t channels, size_t bytes);

// The backward pass needs what comes after, so one forward sweep keeps the filter's state at every `stride` blocks.
// Each later sweep goes through these segments from the last to the first: forward once, for the states at the blocks
// within, then backward block by block. A segment of one block needs no run forward.
class ExactSchedule {
 public:
  // numpy sums in buffers of this many elements; blocks that match them let its std be repeated.
  static constexpr size_t kBlock = 8192;
  enum class Step { kForward, kMean, kSquares, kNoise, kSearch, kDone };

  // `block`: samples of a block, more than a filter's padding.
  ExactSchedule(size_t samples, bool filters, size_t stride, size_t block = kBlock);

  // The block that is wanted next: [start, start + count). False when all is done.
  bool next(size_t& start, size_t& count) const;
  // The block has been worked through. True where a sweep over the recording ends with it.
  bool advance();
  // Begins a sweep.
  void enter(Step step);

  Step step() const { return step_; }
  size_t block() const { return block_; }
  size_t blocks() const { return blocks_; }
  size_t stride() const { return stride_; }
  // The block is filtered forward only.
  bool forward() const { return step_ == Step::kForward || replays_; }

 private:
  void enterSegment(size_t lastBlock);

  size_t samples_, length_, blocks_, stride_;
  bool filters_, replays_ = false;
  Step step_ = Step::kDone;
  size_t block_ = 0, segmentEnd_ = 0;
};

}  // namespace spikelab
