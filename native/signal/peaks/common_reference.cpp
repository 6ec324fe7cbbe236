#include "common_reference.h"

#include <algorithm>
#include <limits>

#include "../../parallel/pool.h"
#include "../filter/tile_buffer.h"
#include "../filter/traces_piece.h"
#include "../kernels/kernels.h"

namespace spikelab {
namespace {

// numpy.median gives NaN where one of the numbers is NaN; exchanges would lose it.
void spoil(const double* column, size_t count, double* shifts) {
  for (size_t k = 0; k < kColumns; k++) {
    for (size_t i = 0; i < count; i++) {
      if (column[i * kColumns + k] != column[i * kColumns + k]) {
        shifts[k] = std::numeric_limits<double>::quiet_NaN();
        break;
      }
    }
  }
}

// Up to kColumns samples of all channels, side by side. `tail`: room for those at the end, which are fewer.
void turn(const Kernels& kernels, double* const* tiles, size_t whole, size_t start, size_t count, double* tail,
          double* rows) {
  for (size_t tile = 0; tile < whole; tile++) {
    const double* y = tiles[tile] + start * kLanes;
    if (count < kColumns) y = std::copy_n(y, count * kLanes, tail) - count * kLanes;
    kernels.toColumns(y, rows + tile * kLanes * kColumns);
  }
}

}  // namespace

CommonReference::CommonReference(const Reference& reference) : median_(reference.median) {
  for (const ReferenceSet& set : reference.sets) {
    if (set.from.empty() || set.to.empty()) continue;
    bool leading = true;
    for (size_t i = 0; i < set.from.size(); i++) leading = leading && set.from[i] == i;
    sets_.push_back({set.from, set.to, MedianNetwork(set.from.size()), leading});
    largest_ = std::max(largest_, sets_.back().network.rows());
    changed_ += set.to.size();
  }
}

// `rows`: kColumns samples of each channel; `column`: room for the network, which may be these where `from` leads. Even
// counts: the mean of the middle two; means add in the order of rows.
void CommonReference::shiftsOf(const Kernels& kernels, const Set& set, const double* rows, double* column,
                               double* shifts) const {
  const size_t count = set.from.size();
  if (!median_) {
    std::copy_n(rows + set.from[0] * kColumns, kColumns, shifts);
    for (size_t i = 1; i < count; i++) {
      for (size_t k = 0; k < kColumns; k++) shifts[k] += rows[set.from[i] * kColumns + k];
    }
    for (size_t k = 0; k < kColumns; k++) shifts[k] /= static_cast<double>(count);
    return;
  }
  const bool spoilt = !kernels.gather(set.from.data(), count, rows, column);
  const std::vector<double> before(column, spoilt ? column + count * kColumns : column);
  set.network.choose(kernels, column);
  const double* a = column + set.network.lower() * kColumns;
  const double* b = column + set.network.upper() * kColumns;
  for (size_t k = 0; k < kColumns; k++) shifts[k] = count % 2 ? a[k] : (a[k] + b[k]) / 2;
  if (spoilt) spoil(before.data(), count, shifts);
}

// One set for all channels: what is found is taken off where they lie.
void CommonReference::applyToAll(const Kernels& kernels, double* const* tiles, size_t whole, size_t from,
                                 size_t to) const {
  const Set& set = sets_[0];
  const size_t block = kLanes * kColumns;
  std::vector<double> memory(whole * block + (largest_ + 1) * kColumns + block);
  double* const rows = memory.data();
  double* const column = set.leading ? rows : rows + whole * block;
  double* const shifts = rows + whole * block + largest_ * kColumns;
  double* const tail = shifts + kColumns;
  for (size_t t = from; t < to; t += kColumns) {
    const size_t count = std::min(kColumns, to - t);
    turn(kernels, tiles, whole, t, count, tail, rows);
    shiftsOf(kernels, set, rows, column, shifts);
    for (size_t tile = 0; tile < whole; tile++) kernels.takeOffAll(shifts, count, tiles[tile] + t * kLanes);
  }
}

void CommonReference::apply(const Kernels& kernels, double* const* tiles, size_t channels, size_t from,
                            size_t to) const {
  const size_t whole = (channels + kLanes - 1) / kLanes, block = kLanes * kColumns;
  if (sets_.size() == 1 && changed_ == channels) return applyToAll(kernels, tiles, whole, from, to);
  std::vector<double> memory(2 * whole * block + (largest_ + 1) * kColumns + block);
  double* const rows = memory.data();
  double* const out = rows + whole * block;
  double* const column = out + whole * block;
  double* const shifts = column + largest_ * kColumns;
  double* const tail = shifts + kColumns;
  for (size_t t = from; t < to; t += kColumns) {
    const size_t count = std::min(kColumns, to - t);
    turn(kernels, tiles, whole, t, count, tail, rows);
    if (changed_ < channels) std::copy_n(rows, whole * block, out);
    for (const Set& set : sets_) {
      shiftsOf(kernels, set, rows, column, shifts);
      kernels.takeOff(shifts, set.to.data(), set.to.size(), rows, out);
    }
    for (size_t tile = 0; tile < whole; tile++) {
      double* y = tiles[tile] + t * kLanes;
      kernels.fromColumns(out + tile * block, count < kColumns ? tail : y);
      if (count < kColumns) std::copy_n(tail, count * kLanes, y);
    }
  }
}

void referenceTraces(const TracesView& traces, const CommonReference& reference, const std::vector<double>& offsets,
                     size_t threads, Control& control, float* out) {
  constexpr size_t kRows = 1024;
  const size_t tiles = (traces.channels + kLanes - 1) / kLanes;
  const TracesPiece piece = TracesPiece::of(traces);
  parallelFor((traces.samples + kRows - 1) / kRows, threads, control, [&](size_t part, size_t) {
    const size_t start = part * kRows, count = std::min(kRows, traces.samples - start);
    TileBuffer rows(tiles * kRows);
    std::vector<double*> of;
    alignas(64) double peak[kLanes] = {};
    for (size_t tile = 0; tile < tiles; tile++) {
      of.push_back(rows.row(tile * kRows));
      kernels().stage(piece.lanes(tile * kLanes).from(start), count, of.back(), peak);
    }
    for (size_t c = 0; c < traces.channels; c++) {
      double* y = of[c / kLanes] + c % kLanes;
      for (size_t t = 0; offsets[c] != 0 && t < count; t++) y[t * kLanes] += offsets[c];
    }
    reference.apply(kernels(), of.data(), traces.channels, 0, count);
    for (size_t c = 0; c < traces.channels; c++) {
      const double* y = of[c / kLanes] + c % kLanes;
      float* to = out + c * traces.samples + start;
      for (size_t t = 0; t < count; t++) to[t] = static_cast<float>(y[t * kLanes]);
    }
  });
}

}  // namespace spikelab
