// Finds the samples at which too many channels are beyond a limit, or change too fast, in stored samples.
#pragma once

#include <vector>

#include "../../parallel/control.h"
#include "../filter/traces_piece.h"
#include "trace_task.h"

namespace spikelab {

class SaturationFinder {
 public:
  explicit SaturationFinder(const TraceTask& task) : task_(task), before_(task.channels) {}

  // The next piece in time.
  void add(const TracesPiece& piece, uint64_t start, Control& control);
  // Joined as the task says, not widened.
  std::vector<Period> periods() const;

 private:
  void countTile(const TracesPiece& piece, size_t tile, bool follows);
  void mark(uint64_t sample);

  const TraceTask& task_;
  // µV of the last sample so far
  std::vector<double> before_;
  // channels beyond the limit at each sample of the piece; that changed too fast up to it
  std::vector<uint32_t> high_, steep_;
  uint64_t end_ = 0;
  std::vector<Period> runs_;
};

}  // namespace spikelab
