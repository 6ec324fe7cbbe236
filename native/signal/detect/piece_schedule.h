// How a recording is cut into the pieces that a detection works through.
#pragma once

#include <algorithm>
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
  // Samples of all channels in a piece that is cut: enough for segments that hardly notice their margins.
  size_t mostCut = size_t{1} << 21;
};

// The order of pieces. A position is the number of a sample before which everything is done; the piece at a position
// reaches further than its blocks, since a backward pass must begin a margin (2 000 samples at 300 Hz and 30 kHz)
// behind its block. So neighbouring pieces overlap by that margin.
class PieceSchedule {
 public:
  PieceSchedule() = default;
  // Few channels leave most of a tile's 16 lanes empty: one channel would use one lane. Where pieces are long enough
  // their channels are cut into segments, which fill the lanes; else the filter goes on from piece to piece.
  static PieceSchedule choose(const StreamPieces& pieces, size_t channels, size_t ahead, size_t behind,
                              uint64_t samples);
  // Filters go on from piece to piece, block by block. A block needs `ahead` samples behind it.
  PieceSchedule(const StreamPieces& pieces, size_t ahead, uint64_t samples);
  // Filters begin anew with each piece, which is cut into segments. What is to be done of it also needs `behind`
  // samples, at least 1, before it.
  static PieceSchedule cut(const StreamPieces& pieces, size_t channels, size_t ahead, size_t behind, uint64_t samples);

  // Samples of a filter block that goes on; of no meaning where pieces are cut.
  size_t block() const { return block_; }
  // Samples that a piece has before its position; 0 where filters go on.
  size_t behind() const { return behind_; }
  // Where the piece at a position begins, and ends.
  uint64_t start(uint64_t position) const { return position - std::min<uint64_t>(position, behind_); }
  uint64_t end(uint64_t position) const;
  // The position of the next piece.
  uint64_t next(uint64_t position) const;

 private:
  uint64_t samples_ = 0;
  // pieces end at first_ and at multiples of step_ behind it
  size_t block_ = 0, ahead_ = 0, behind_ = 0, first_ = 0, step_ = 0;
};

}  // namespace spikelab
