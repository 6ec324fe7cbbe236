#include "order.h"

#include <algorithm>
#include <mutex>

#include "../parallel/pool.h"

namespace spikelab {
namespace {

constexpr size_t kSpikesPerTask = size_t{1} << 16;

// Sorted in one go by std::sort: a few milliseconds.
constexpr size_t kSortAtOnce = size_t{1} << 16;
constexpr unsigned kMostDivisions = 64;

struct Range {
  double* first;
  double* last;
  unsigned depth;  // divisions that led here
  size_t size() const { return static_cast<size_t>(last - first); }
};

// The median of nine values spread over the range, not evenly: where they are is nothing that data has a reason to fit.
double pivotOf(const Range& range) {
  double picked[9];
  uint64_t state = range.size();
  for (double& value : picked) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    value = range.first[(state >> 33) % range.size()];
  }
  std::sort(picked, picked + 9);
  return picked[4];
}

// Moves values up to the pivot before those from the pivot on (equal ones to either side, so that many equal values are
// halved too), and returns where the second part starts: inside the range, never at its end.
double* partition(const Range& range, double pivot, const Control& control) {
  double *low = range.first, *high = range.last - 1;
  for (size_t swaps = 1;; swaps++) {
    if (swaps % kSortAtOnce == 0) control.check();
    while (*low < pivot) low++;
    while (*high > pivot) high--;
    if (low >= high) return low == range.first ? low + 1 : low;
    std::swap(*low++, *high--);
  }
}

// One std::sort of a train of many million spikes would take seconds in which nobody could stop it. Here it is divided
// into small ranges, in place, and those are sorted in parallel.
void sortTrain(double* first, double* last, Control& control) {
  std::vector<Range> large{{first, last, 0}}, small;
  while (!large.empty()) {
    control.check();
    const Range range = large.back();
    large.pop_back();
    // values made to be divided badly are left to std::sort, which no input slows down
    if (range.size() <= kSortAtOnce || range.depth == kMostDivisions) {
      small.push_back(range);
      continue;
    }
    double* middle = partition(range, pivotOf(range), control);
    large.push_back({range.first, middle, range.depth + 1});
    large.push_back({middle, range.last, range.depth + 1});
  }
  parallelFor(small.size(), 0, control, [&](size_t i, size_t) { std::sort(small[i].first, small[i].last); });
}

void orderTrain(double* first, double* last, Control& control, TrainFindings& found) {
  if (first == last) {
    found.emptyTrains++;
    return;
  }
  size_t steps = 0, repeats = 0;
  for (const double* t = first + 1; t < last; t++) {
    steps += t[0] < t[-1];
    repeats += t[0] == t[-1];
  }
  if (steps > 0) {
    sortTrain(first, last, control);
    found.unsortedTrains++;
    repeats = 0;
    for (const double* t = first + 1; t < last; t++) repeats += t[0] == t[-1];
  }
  found.duplicateTimes += repeats;
}

}  // namespace

TrainFindings orderEach(double* times, const double* offsets, size_t count, Control& control) {
  TrainFindings found;
  for (size_t train = 0; train < count; train++) {
    orderTrain(times + static_cast<size_t>(offsets[train]), times + static_cast<size_t>(offsets[train + 1]), control,
               found);
  }
  return found;
}

std::vector<size_t> groupTrains(const double* offsets, size_t count, size_t spikesPerGroup) {
  std::vector<size_t> starts{0};
  size_t spikes = 0;
  for (size_t train = 0; train < count; train++) {
    // an empty train costs something too
    spikes += static_cast<size_t>(offsets[train + 1] - offsets[train]) + 16;
    if (spikes >= spikesPerGroup) {
      starts.push_back(train + 1);
      spikes = 0;
    }
  }
  if (starts.back() != count) starts.push_back(count);
  return starts;
}

void orderTrains(double* times, const double* offsets, size_t count, Control& control, TrainFindings& findings) {
  const std::vector<size_t> starts = groupTrains(offsets, count, kSpikesPerTask);
  std::mutex mutex;
  parallelFor(starts.size() - 1, 0, control, [&](size_t task, size_t) {
    const TrainFindings found = orderEach(times, offsets + starts[task], starts[task + 1] - starts[task], control);
    std::lock_guard<std::mutex> lock(mutex);
    findings.add(found);
  });
}

}  // namespace spikelab
