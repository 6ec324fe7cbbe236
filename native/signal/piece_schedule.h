// How a recording is cut into the pieces that a detection works through.
#pragma once

#include <cstddef>
#include <cstdint>

namespace spikelab {

// How a recording may be cut.
struct StreamPieces {
  // A piece may take about this much, at so many bytes a sample of all channels.
  size_t mostBytes = 0, frameBytes = 0;
  // Pieces end at multiples of this, where it is not 0.
  size_t unit = 0;
  // Candidates may take this much; beyond it more of them are decided early.
  size_t candidateBytes = size_t{8} << 20;
  // What is kept for channels that are computed exactly may take this much; it is what says how many at a time.
  size_t exactBytes = size_t{16} << 20;
};

// Pieces overlap: each ends with what its last block needs behind it, which is in the next piece again.
class PieceSchedule {
 public:
  PieceSchedule() = default;
  // A block needs `ahead` samples behind it.
  PieceSchedule(const StreamPieces& pieces, size_t ahead, uint64_t samples);

  // Samples of a filter block.
  size_t block() const { return block_; }
  // Where the piece ends that begins at `start`.
  uint64_t end(uint64_t start) const;
  // Where the next piece begins.
  uint64_t next(uint64_t start) const;

 private:
  uint64_t samples_ = 0;
  // pieces end at first_ and at multiples of step_ behind it
  size_t block_ = 0, ahead_ = 0, first_ = 0, step_ = 0;
};

}  // namespace spikelab
