#include "saturation_finder.h"

#include <algorithm>
#include <cmath>

#include "../kernels/kernels.h"
#include "periods.h"

namespace spikelab {

void SaturationFinder::countTile(const TracesPiece& piece, size_t tile, bool follows) {
  constexpr size_t kRows = 256;
  std::vector<double> rows(kRows * kLanes);
  const size_t used = std::min(kLanes, task_.channels - tile * kLanes);
  alignas(64) double peak[kLanes] = {};
  for (size_t from = 0; from < piece.samples; from += kRows) {
    const size_t count = std::min(kRows, piece.samples - from);
    kernels().stage(piece.lanes(tile * kLanes).from(from), count, rows.data(), peak);
    for (size_t lane = 0; lane < used; lane++) {
      const size_t c = tile * kLanes + lane;
      const double gain = task_.gains[c], offset = task_.offsetsUv[c];
      double before = before_[c];
      for (size_t t = 0; t < count; t++) {
        const double uv = rows[t * kLanes + lane] * gain + offset;
        high_[from + t] += std::abs(uv) > task_.saturation.limitUv ? 1 : 0;
        if (from + t > 0 || follows) steep_[from + t] += std::abs(uv - before) >= task_.saturation.slopeUv ? 1 : 0;
        before = uv;
      }
      before_[c] = before;
    }
  }
}

void SaturationFinder::mark(uint64_t sample) {
  if (!runs_.empty() && sample < runs_.back().end) return;
  if (!runs_.empty() && sample <= runs_.back().end + task_.saturation.mergeGap) {
    runs_.back().end = sample + 1;
  } else {
    runs_.push_back({sample, sample + 1});
  }
}

void SaturationFinder::add(const TracesPiece& piece, uint64_t start, Control& control) {
  high_.assign(piece.samples, 0);
  steep_.assign(piece.samples, 0);
  const size_t tiles = (task_.channels + kLanes - 1) / kLanes;
  for (size_t tile = 0; tile < tiles; tile++) {
    control.check();
    countTile(piece, tile, start > 0);
  }
  const double channels = static_cast<double>(task_.channels);
  const auto many = [&](uint32_t count) { return static_cast<double>(count) / channels > task_.saturation.proportion; };
  for (size_t t = 0; t < piece.samples; t++) {
    // a change belongs to the sample before it
    if (task_.saturation.hasSlope && many(steep_[t])) mark(start + t - 1);
    if (many(high_[t])) mark(start + t);
  }
}

std::vector<Period> SaturationFinder::periods() const {
  return merged(runs_, task_.saturation.mergeGap);
}

}  // namespace spikelab
