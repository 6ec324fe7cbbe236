#include "ragged.h"

#include <algorithm>
#include <atomic>

#include "../parallel/pool.h"
#include "convert.h"
#include "order.h"

namespace spikelab {
namespace {

constexpr size_t kSpikesPerTask = size_t{1} << 17;

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
  const size_t tasks = (spikes + kSpikesPerTask - 1) / kSpikesPerTask;
  std::atomic<bool> finite{true};
  control.setTotal(2 * spikes);
  withElements(request.times, [&](auto times) {
    parallelFor(tasks, 0, control, [&](size_t task, size_t) {
      const size_t from = task * kSpikesPerTask;
      const size_t length = std::min(kSpikesPerTask, spikes - from);
      if (!convertTimes(times.subspan(from, length), request.scale, out + from)) finite = false;
      control.advance(length);
    });
  });
  if (!finite) {
    trains.problem = findNonFinite({out, spikes});
    return trains;
  }
  orderTrains(out, trains.offsets.data(), count, control, trains.findings);
  control.advance(spikes);
  return trains;
}

}  // namespace spikelab
