#include "raster.h"

#include <algorithm>
#include <atomic>
#include <cstring>
#include <mutex>

#include "../parallel/pool.h"

namespace spikelab {
namespace {

// Cells of one task: part of one row.
constexpr size_t kCellsPerTask = size_t{1} << 18;

template <typename T>
bool isCount(T value) {
  if constexpr (std::is_floating_point_v<T>) return std::isfinite(value) && value >= 0;
  if constexpr (std::is_signed_v<T>) return value >= 0;
  return true;
}

// Calls body(index, value) for each cell that is not 0. Empty stretches are skipped 64 bytes at a time, then 8.
template <typename T, typename Body>
void forNonzero(std::span<const T> cells, Body body) {
  constexpr size_t kWord = 8 / sizeof(T);
  constexpr size_t kBlock = 8 * kWord;
  size_t i = 0;
  for (; i + kBlock <= cells.size(); i += kBlock) {
    uint64_t words[8];
    std::memcpy(words, cells.data() + i, sizeof words);
    uint64_t any = 0;
    for (const uint64_t word : words) any |= word;
    if (any == 0) continue;
    for (size_t w = 0; w < 8; w++) {
      if (words[w] == 0) continue;
      for (size_t k = i + w * kWord; k < i + (w + 1) * kWord; k++) {
        if (cells[k] != T{0}) body(k, cells[k]);
      }
    }
  }
  for (; i < cells.size(); i++) {
    if (cells[i] != T{0}) body(i, cells[i]);
  }
}

template <typename T>
class Expansion {
 public:
  Expansion(const RasterRequest& request, std::span<const T> cells, Control& control)
      : request_(request),
        cells_(cells),
        control_(control),
        tasksPerRow_((request.bins + kCellsPerTask - 1) / kCellsPerTask),
        starts_(request.rows * tasksPerRow_ + 1) {}

  Trains run() {
    control_.setTotal(2 * cells_.size());
    count();
    if (bad_) {
      trains_.problem = findBadCell();
      return std::move(trains_);
    }
    if (!place()) return std::move(trains_);
    fill();
    return std::move(trains_);
  }

 private:
  template <typename Body>
  void forTasks(Body body) {
    parallelFor(request_.rows * tasksPerRow_, 0, control_, [&](size_t task, size_t) {
      const size_t from = task % tasksPerRow_ * kCellsPerTask;
      const size_t length = std::min(kCellsPerTask, request_.bins - from);
      body(task, from, cells_.subspan(task / tasksPerRow_ * request_.bins + from, length));
      control_.advance(length);
    });
  }

  // Spikes of each task. Sums of small integers are exact and fast in 64 bits; others in a double, where what is beyond
  // 2^53 is over any limit anyway.
  void count() {
    using Sum = std::conditional_t<std::is_integral_v<T> && sizeof(T) < 8, int64_t, double>;
    forTasks([&](size_t task, size_t, std::span<const T> cells) {
      Sum spikes = 0;
      size_t fractions = 0;
      bool good = true;
      forNonzero(cells, [&](size_t, T cell) {
        good &= isCount(cell);
        if constexpr (std::is_floating_point_v<T>) {
          spikes += std::trunc(cell);
          fractions += cell != std::trunc(cell);
        } else {
          spikes += static_cast<Sum>(cell);
        }
      });
      starts_[task] = static_cast<double>(spikes);
      if (!good) bad_ = true;
      if (fractions > 0) fractions_ += fractions;
    });
  }

  Problem findBadCell() const {
    for (size_t i = 0; i < cells_.size(); i++) {
      const double value = static_cast<double>(cells_[i]);
      if (!std::isfinite(value)) return {"non-finite-count", i, value};
      if (value < 0) return {"negative-count", i, value};
    }
    throw Error(Code::kInternal, "a bad count that is not there");
  }

  // Turns counts into the index of each task's first spike and allocates the result.
  bool place() {
    double total = 0;
    for (double& start : starts_) total += std::exchange(start, total);
    if (total > request_.maxSpikes) {
      trains_.problem = Problem{"too-many-spikes", 0, total};
      return false;
    }
    trains_.offsets = OwnedArray<double>(request_.rows + 1);
    for (size_t row = 0; row <= request_.rows; row++) {
      trains_.offsets[row] = tasksPerRow_ == 0 ? 0 : starts_[row * tasksPerRow_];
      if (row > 0) trains_.findings.emptyTrains += trains_.offsets[row] == trains_.offsets[row - 1];
    }
    trains_.findings.fractionalCounts = fractions_;
    trains_.times = OwnedArray<double>(static_cast<size_t>(total));
    return true;
  }

  void fill() {
    const double bin = request_.binMs, start = request_.startMs;
    forTasks([&](size_t task, size_t from, std::span<const T> cells) {
      double* out = trains_.times.data() + static_cast<size_t>(starts_[task]);
      forNonzero(cells, [&](size_t i, T cell) {
        // 0.9 spikes are none
        const size_t spikes = static_cast<size_t>(cell);
        const double binStart = static_cast<double>(from + i) * bin;
        const double step = bin / static_cast<double>(spikes + 1);
        for (size_t k = 1; k <= spikes; k++) *out++ = binStart + static_cast<double>(k) * step + start;
      });
    });
  }

  const RasterRequest& request_;
  std::span<const T> cells_;
  Control& control_;
  size_t tasksPerRow_;
  std::vector<double> starts_;
  std::atomic<bool> bad_{false};
  std::atomic<size_t> fractions_{0};
  Trains trains_;
};

}  // namespace

Trains expandRaster(const RasterRequest& request, Control& control) {
  if (request.rows > 0 && request.counts.length / request.rows < request.bins) {
    throw Error(Code::kInternal, "the counts are fewer than their shape");
  }
  return withElements(request.counts, [&]<typename T>(std::span<const T> cells) {
    return Expansion<T>(request, cells.first(request.rows * request.bins), control).run();
  });
}

}  // namespace spikelab
