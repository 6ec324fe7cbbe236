#include "ragged.h"

#include <algorithm>
#include <mutex>

#include "../parallel/pool.h"
#include "convert.h"
#include "order.h"

namespace spikelab {
namespace {

// Long against handing out a task, short against what the threads share.
constexpr size_t kSpikesPerTask = size_t{1} << 15;

// The offsets as they are needed here, or the first entry that would reach outside the times.
std::optional<Problem> readOffsets(const NumericView& view, size_t spikes, OwnedArray<double>& out) {
  return withElements(view, [&](auto offsets) -> std::optional<Problem> {
    double last = 0;
    for (size_t i = 0; i < offsets.size(); i++) {
      const double offset = static_cast<double>(offsets[i]);
      const bool fits = offset >= last && offset <= static_cast<double>(spikes) && offset == std::floor(offset);
      if (!fits || (i == 0 && offset != 0)) return Problem{"offsets", i, offset};
      out[i] = last = offset;
    }
    if (last != static_cast<double>(spikes)) return Problem{"offsets", offsets.size() - 1, last};
    return std::nullopt;
  });
}

// Trains while they are in the cache. `times` and `out` are those of all trains.
template <typename T>
SettledTrains settle(std::span<const T> times, const TimeScale& scale, double* out, const double* offsets, size_t count,
                     Control& control) {
  const size_t from = static_cast<size_t>(offsets[0]), length = static_cast<size_t>(offsets[count]) - from;
  bool good = true;
  // a long train in pieces, between which it can be cancelled
  for (size_t done = 0; done < length; done += kSpikesPerTask) {
    control.check();
    const size_t piece = std::min(kSpikesPerTask, length - done);
    good &= convertTimes(times.subspan(from + done, piece), scale, out + from + done);
  }
  if (good) return {orderEach(out, offsets, count, control), std::nullopt};
  if (static_cast<const void*>(times.data()) == out) {
    return {{}, findBadTime(std::span<const double>(out + from, length), {}, from)};
  }
  return {{}, findBadTime(times.subspan(from, length), scale, from)};
}

}  // namespace

void SettledTrains::addTo(Trains& trains) const {
  trains.findings.add(findings);
  if (problem && (!trains.problem || problem->position < trains.problem->position)) trains.problem = problem;
}

SettledTrains settleInPlace(double* times, const double* offsets, size_t count, const TimeScale& scale,
                            Control& control) {
  const std::span<const double> all(times, static_cast<size_t>(offsets[count]));
  return settle(all, scale, times, offsets, count, control);
}

Trains splitRagged(const RaggedRequest& request, Control& control) {
  Trains trains;
  const size_t spikes = request.times.length;
  if (request.offsets.length == 0) throw Error(Code::kInternal, "offsets must have at least one entry");
  const size_t count = request.offsets.length - 1;
  trains.offsets = OwnedArray<double>(count + 1);
  trains.problem = readOffsets(request.offsets, spikes, trains.offsets);
  if (trains.problem) return trains;

  if (!request.out) trains.times = OwnedArray<double>(spikes);
  double* out = request.out ? request.out : trains.times.data();
  const std::vector<size_t> starts = groupTrains(trains.offsets.data(), count, kSpikesPerTask);
  std::mutex mutex;
  control.setTotal(spikes);
  withElements(request.times, [&]<typename T>(std::span<const T> times) {
    parallelFor(starts.size() - 1, 0, control, [&](size_t group, size_t) {
      const double* offsets = trains.offsets.data() + starts[group];
      const size_t members = starts[group + 1] - starts[group];
      const SettledTrains part = settle(times, request.scale, out, offsets, members, control);
      control.advance(static_cast<size_t>(offsets[members] - offsets[0]));
      std::lock_guard<std::mutex> lock(mutex);
      part.addTo(trains);
    });
  });
  return trains;
}

}  // namespace spikelab
