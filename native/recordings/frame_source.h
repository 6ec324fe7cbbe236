// Where the samples of a recording come from, whatever holds them: read by position, piece by piece, by several
// threads.
#pragma once

#include <memory>

#include "../parallel/control.h"
#include "../signal/detect/stream_detector.h"

namespace spikelab {

// Holds one piece. Readers of the same source do not read at the same time.
class PieceReader {
 public:
  explicit PieceReader(ElementType type) {
    piece_.type = type;
    piece_.padded = true;
  }
  virtual ~PieceReader() = default;
  // Prepares for reading a stretch, whose channels are listed. Returns the number of parts to read; the piece that was
  // here is gone. `before` may have the stretch before it, which overlaps, from the same source.
  virtual size_t start(const Stretch& wanted, const PieceReader* before, Control& control) = 0;
  // Reads a part, in any order and on any thread; `worker` tells threads apart. Throws Format where the data ends early
  // or is damaged.
  virtual void read(size_t part, size_t worker) = 0;
  // When all parts have been read.
  const TracesPiece& piece() const { return piece_; }

 protected:
  TracesPiece piece_;
};

class FrameSource {
 public:
  virtual ~FrameSource() = default;
  virtual size_t channels() const = 0;
  virtual uint64_t samples() const = 0;
  // Of the pieces.
  virtual ElementType type() const = 0;
  // How many channels are best worked through at a time, and in what pieces of at most about `bytes`.
  virtual size_t channelsAtATime(size_t bytes) const = 0;
  virtual StreamPieces pieces(size_t channels, size_t bytes) const = 0;
  // For up to `threads` threads.
  virtual std::unique_ptr<PieceReader> reader(size_t threads) = 0;
};

}  // namespace spikelab
