// Spikes counted in bins of equal width.
#pragma once

#include <cstdint>

#include "../core/owned_array.h"
#include "../parallel/control.h"

namespace spikelab {

struct BinRequest {
  // Sorted trains back to back; trains + 1 offsets within `times`.
  const double* times = nullptr;
  const double* offsets = nullptr;
  size_t trains = 0;
  // A spike at t lies (t - startMs + offsetMs) behind the left edge of the first bin.
  double startMs = 0;
  double offsetMs = 0;
  double binMs = 1;
  size_t bins = 0;
};

// Bins are open on the left and closed on the right, as SpikeLab has them: a spike on an edge belongs to the bin before
// it, one at the very start to the first bin, one beyond the last bin by a rounding error to the last. Spikes before
// the first bin are not counted.
struct SparseCounts {
  OwnedArray<double> indptr;
  OwnedArray<uint32_t> indices;
  OwnedArray<uint32_t> counts;
};
SparseCounts binSparse(const BinRequest& request, Control& control);

// Adds to `out` (rows × bins). Train i counts in row rowOf[i] (nowhere if that is negative), or in row i without rowOf.
void binDense(const BinRequest& request, const int32_t* rowOf, uint32_t* out, size_t rows, Control& control);

}  // namespace spikelab
