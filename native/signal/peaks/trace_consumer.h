// Whatever looks at the traces of a whole recording, block by block from the last to the first.
#pragma once

#include <vector>

#include "../../parallel/control.h"
#include "../filter/samples.h"
#include "candidate_windows.h"

namespace spikelab {

class TraceConsumer {
 public:
  virtual ~TraceConsumer() = default;
  // tiles[c / 16] has the samples [start, start + count) of 16 channels, which come before those of the last call.
  virtual void add(double* const* tiles, uint64_t start, size_t count, size_t threads, Control& control) = 0;
  // True where these are all that it needs of the traces.
  virtual bool takeFrom(const CandidateWindows&) { return false; }
};

}  // namespace spikelab
