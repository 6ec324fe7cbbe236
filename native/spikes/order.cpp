#include "order.h"

#include <algorithm>
#include <mutex>

#include "../parallel/pool.h"

namespace spikelab {
namespace {

constexpr size_t kSpikesPerTask = size_t{1} << 16;

void orderTrain(double* first, double* last, TrainFindings& found) {
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
    std::sort(first, last);
    found.unsortedTrains++;
    repeats = 0;
    for (const double* t = first + 1; t < last; t++) repeats += t[0] == t[-1];
  }
  found.duplicateTimes += repeats;
}

}  // namespace

TrainFindings orderEach(double* times, const double* offsets, size_t count) {
  TrainFindings found;
  for (size_t train = 0; train < count; train++) {
    orderTrain(times + static_cast<size_t>(offsets[train]), times + static_cast<size_t>(offsets[train + 1]), found);
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
    const TrainFindings found = orderEach(times, offsets + starts[task], starts[task + 1] - starts[task]);
    std::lock_guard<std::mutex> lock(mutex);
    findings.add(found);
  });
}

}  // namespace spikelab
