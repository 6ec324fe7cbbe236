// How a filter is computed: its sections arranged for the kernels, with a bound on the rounding error.
#pragma once

#include <vector>

#include "../kernels/kernels.h"
#include "sos.h"

namespace spikelab {

struct FilterPlan {
  // Sections in groups that one sweep applies; `steady` has the state for a unit step, of all sections in turn.
  std::vector<Coefficients> groups;
  std::vector<std::array<double, 2>> steady;
  // Samples of odd extension at each end.
  size_t padding = 0;
  // Forward and backward output times this is scipy's output.
  double gain = 1;
  // The backward pass of a block may start this many samples behind it, from the steady state for the value there.
  size_t margin = 0;
  // |output - the output in exact arithmetic| is at most this times the largest |input|, the start of blocks included.
  double error = 0;

  size_t sections() const { return steady.size(); }
};

// scipy's sections in scipy's order of operations: bit-identical to scipy.signal.sosfiltfilt where the backward pass
// runs from the end of the data. Its margin is 0: it must not be cut into blocks that start elsewhere.
FilterPlan exactPlan(const Sos& sos);

// The same filter for speed: gains taken out, numerators of a band-pass re-paired to [1, 0, -1].
FilterPlan fastPlan(const Sos& sos);

// Margins above this are not worth their memory: such filters (cutoffs below some thousandth of the sampling rate)
// are computed by the exact plan throughout.
constexpr size_t kLongestMargin = 16384;

}  // namespace spikelab
