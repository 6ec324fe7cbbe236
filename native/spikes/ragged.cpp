#include "ragged.h"

#include <algorithm>
#include <mutex>

#include "../parallel/pool.h"
#include "convert.h"
#include "order.h"

namespace spikelab {
namespace {

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

}  // namespace

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
    // each group is converted, checked and sorted while it is in the cache
    parallelFor(starts.size() - 1, 0, control, [&](size_t group, size_t) {
      const double* offsets = trains.offsets.data() + starts[group];
      const size_t from = static_cast<size_t>(offsets[0]);
      const size_t length = static_cast<size_t>(offsets[starts[group + 1] - starts[group]]) - from;
      TrainFindings found;
      std::optional<Problem> problem;
      bool good = true;
      // a long train in pieces, between which it can be cancelled
      for (size_t done = 0; done < length; done += kSpikesPerTask) {
        control.check();
        const size_t piece = std::min(kSpikesPerTask, length - done);
        good &= convertTimes(times.subspan(from + done, piece), request.scale, out + from + done);
      }
      if (good) {
        found = orderEach(out, offsets, starts[group + 1] - starts[group]);
      } else if (static_cast<const void*>(times.data()) == out) {
        problem = findBadTime(std::span<const double>(out + from, length), {}, from);
      } else {
        problem = findBadTime(times.subspan(from, length), request.scale, from);
      }
      control.advance(length);
      std::lock_guard<std::mutex> lock(mutex);
      trains.findings.add(found);
      if (problem && (!trains.problem || problem->position < trains.problem->position)) trains.problem = problem;
    });
  });
  return trains;
}

}  // namespace spikelab
