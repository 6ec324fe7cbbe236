// The odd extension of a signal at its ends: 2 x[end] - x[end ∓ i].
#pragma once

#include "samples.h"

namespace spikelab {

// `from` has padding + 1 samples of the tile, at its beginning or its end; `out` gets `padding`, in order of time.
inline void oddExtension(const double* from, size_t padding, bool atEnd, double* out) {
  const double* turn = atEnd ? from + padding * kLanes : from;
  for (size_t i = 0; i < padding; i++) {
    const double* mirrored = from + (atEnd ? padding - 1 - i : padding - i) * kLanes;
    for (size_t lane = 0; lane < kLanes; lane++) out[i * kLanes + lane] = 2 * turn[lane] - mirrored[lane];
  }
}

}  // namespace spikelab
