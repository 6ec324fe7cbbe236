#include "bin.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "../parallel/pool.h"
#include "order.h"

namespace spikelab {
namespace {

// Long against handing out a task, short against what the threads share.
constexpr size_t kSpikesPerTask = size_t{1} << 16;

// Calls body(bin) for each counted spike of a train, in order of time.
template <typename Body>
void forBins(const BinRequest& request, size_t train, Body body) {
  const double* t = request.times + static_cast<size_t>(request.offsets[train]);
  const double* end = request.times + static_cast<size_t>(request.offsets[train + 1]);
  const double last = static_cast<double>(request.bins) - 1;
  if (last < 0) return;
  for (; t < end; t++) {
    const double position = *t - request.startMs + request.offsetMs;
    if (position < 0) continue;
    const double bin = std::ceil(position / request.binMs) - 1;
    body(static_cast<size_t>(std::min(std::max(bin, 0.0), last)));
  }
}

template <typename Body>
void forTrains(const BinRequest& request, Control& control, Body body) {
  const std::vector<size_t> starts = groupTrains(request.offsets, request.trains, kSpikesPerTask);
  parallelFor(starts.size() - 1, 0, control, [&](size_t task, size_t) {
    for (size_t train = starts[task]; train < starts[task + 1]; train++) body(train);
  });
}

}  // namespace

SparseCounts binSparse(const BinRequest& request, Control& control) {
  constexpr size_t kNone = SIZE_MAX;
  SparseCounts out;
  out.indptr = OwnedArray<double>(request.trains + 1);
  std::vector<size_t> filled(request.trains);
  forTrains(request, control, [&](size_t train) {
    size_t previous = kNone, cells = 0;
    forBins(request, train, [&](size_t bin) {
      cells += bin != previous;
      previous = bin;
    });
    filled[train] = cells;
  });
  size_t total = 0;
  for (size_t train = 0; train < request.trains; train++) {
    out.indptr[train] = static_cast<double>(total);
    total += filled[train];
  }
  out.indptr[request.trains] = static_cast<double>(total);
  out.indices = OwnedArray<uint32_t>(total);
  out.counts = OwnedArray<uint32_t>(total);
  forTrains(request, control, [&](size_t train) {
    size_t previous = kNone, cell = static_cast<size_t>(out.indptr[train]);
    forBins(request, train, [&](size_t bin) {
      if (bin == previous) {
        out.counts[cell - 1]++;
        return;
      }
      out.indices[cell] = static_cast<uint32_t>(bin);
      out.counts[cell++] = 1;
      previous = bin;
    });
  });
  return out;
}

void binDense(const BinRequest& request, const int32_t* rowOf, uint32_t* out, size_t rows, Control& control) {
  const auto countTrain = [&](size_t train, size_t row) {
    uint32_t* cells = out + row * request.bins;
    forBins(request, train, [&](size_t bin) { cells[bin]++; });
  };
  if (!rowOf) {
    forTrains(request, control, [&](size_t train) { countTrain(train, train); });
    return;
  }
  // trains may share a row, so one thread counts them all
  for (size_t train = 0; train < request.trains; train++) {
    if (rowOf[train] >= 0 && static_cast<size_t>(rowOf[train]) < rows)
      countTrain(train, static_cast<size_t>(rowOf[train]));
  }
}

}  // namespace spikelab
