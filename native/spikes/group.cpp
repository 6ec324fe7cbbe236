#include "group.h"

#include <algorithm>
#include <limits>
#include <mutex>

#include "../parallel/pool.h"
#include "convert.h"
#include "order.h"

namespace spikelab {
namespace {

// Long against handing out a task, short against what the threads share.
constexpr size_t kSpikesPerTask = size_t{1} << 16;
// Times that are converted, or read, at once: they stay in the cache until they are scattered.
constexpr size_t kSpikesPerRead = size_t{1} << 13;
constexpr size_t kLeftOut = std::numeric_limits<size_t>::max();

// Smallest and largest index, and whether all are whole numbers that a double holds exactly.
template <typename T>
struct Extent {
  T low = std::numeric_limits<T>::max();
  T high = std::numeric_limits<T>::lowest();
  bool whole = true;

  void add(std::span<const T> units) {
    for (const T unit : units) {
      low = std::min(low, unit);
      high = std::max(high, unit);
      if constexpr (std::is_floating_point_v<T>) whole &= unit == std::trunc(unit) && std::isfinite(unit);
    }
  }
  void add(const Extent& other) {
    low = std::min(low, other.low);
    high = std::max(high, other.high);
    whole &= other.whole;
  }
};

template <typename T>
std::optional<Problem> findBadUnit(std::span<const T> units, double limit) {
  for (size_t i = 0; i < units.size(); i++) {
    const double unit = static_cast<double>(units[i]);
    if (!std::isfinite(unit)) return Problem{"non-finite-unit", i, unit};
    if (unit != std::trunc(unit)) return Problem{"fractional-unit", i, unit};
    if (unit < 0) return Problem{"negative-unit", i, unit};
    if (unit >= limit) return Problem{"unit-too-large", i, unit};
  }
  return std::nullopt;
}

// Part of the spikes that one task counts and scatters: tasks are as many as their counters stay small.
struct Plan {
  size_t tasks;
  size_t perTask;
};

Plan plan(size_t spikes, size_t count) {
  const size_t byWork = std::max<size_t>(1, spikes / kSpikesPerTask);
  const size_t byMemory = std::max<size_t>(1, spikes / std::max<size_t>(1, 4 * count));
  const size_t tasks = std::min({byWork, byMemory, resolveThreads(0)});
  return {tasks, (spikes + tasks - 1) / std::max<size_t>(1, tasks)};
}

// Values that one task has read and not used up.
template <typename V>
struct Block {
  size_t first = 0;
  std::vector<V> values;
};

class Grouping {
 public:
  Grouping(const GroupRequest& request, Control& control) : request_(request), control_(control) {}

  Trains run() {
    control_.setTotal(4 * request_.units.length);
    withElements(request_.units, [&](auto units) {
      trains_.problem = checkUnits(units);
      if (trains_.problem) return;
      countSpikes(units);
      if (request_.streamedTimes) {
        withElements(NumericView{request_.streamedTimes->type, nullptr, 0},
                     [&]<typename V>(std::span<const V>) { scatterStream<V>(units); });
      } else {
        withElements(request_.times, [&](auto times) { scatterView(units, times); });
      }
    });
    if (trains_.problem) return std::move(trains_);
    orderTrains(trains_.times.data(), trains_.offsets.data(), count_, control_, trains_.findings);
    control_.advance(request_.units.length);
    return std::move(trains_);
  }

 private:
  template <typename T>
  std::optional<Problem> checkUnits(std::span<const T> units) {
    std::mutex mutex;
    Extent<T> extent;
    const size_t tasks = (units.size() + kSpikesPerTask - 1) / kSpikesPerTask;
    parallelFor(tasks, 0, control_, [&](size_t task, size_t) {
      Extent<T> part;
      const size_t from = task * kSpikesPerTask;
      part.add(units.subspan(from, std::min(kSpikesPerTask, units.size() - from)));
      control_.advance(std::min(kSpikesPerTask, units.size() - from));
      std::lock_guard<std::mutex> lock(mutex);
      extent.add(part);
    });
    const bool any = !units.empty();
    const double limit = request_.trainOf      ? std::numeric_limits<double>::infinity()
                         : request_.count >= 0 ? request_.count
                                               : request_.maxUnits;
    const bool bad = any && (!extent.whole || extent.low < T{0} || static_cast<double>(extent.high) >= limit);
    if (bad) return findBadUnit(units, limit);
    count_ =
        request_.count >= 0 ? static_cast<size_t>(request_.count) : (any ? static_cast<size_t>(extent.high) + 1 : 0);
    return std::nullopt;
  }

  template <typename T>
  size_t trainOf(T unit) const {
    const double index = static_cast<double>(unit);
    if (!request_.trainOf) return static_cast<size_t>(unit);
    if (index >= static_cast<double>(request_.trainOfLength)) return kLeftOut;
    const int32_t train = request_.trainOf[static_cast<size_t>(unit)];
    return train < 0 || static_cast<size_t>(train) >= count_ ? kLeftOut : static_cast<size_t>(train);
  }

  // Spikes of each train in each task, turned into where that task writes its first spike of that train.
  template <typename T>
  void countSpikes(std::span<const T> units) {
    plan_ = plan(units.size(), count_);
    next_.assign(plan_.tasks * count_, 0);
    parallelFor(plan_.tasks, 0, control_, [&](size_t task, size_t) {
      size_t* counts = next_.data() + task * count_;
      forTask(task, units.size(), [&](size_t from, size_t to) {
        for (size_t i = from; i < to; i++) {
          const size_t train = trainOf(units[i]);
          if (train != kLeftOut) counts[train]++;
        }
      });
    });
    trains_.offsets = OwnedArray<double>(count_ + 1);
    size_t total = 0;
    for (size_t train = 0; train < count_; train++) {
      trains_.offsets[train] = static_cast<double>(total);
      for (size_t task = 0; task < plan_.tasks; task++) {
        total += std::exchange(next_[task * count_ + train], total);
      }
    }
    trains_.offsets[count_] = static_cast<double>(total);
    trains_.findings.droppedSpikes = units.size() - total;
    trains_.times = OwnedArray<double>(total);
  }

  // fetch(start, most, buffer) gives times from `start` on, up to so many, as a view or by way of the buffer.
  template <typename V, typename T, typename Fetch>
  void scatter(std::span<const T> units, Fetch fetch) {
    std::mutex mutex;
    parallelFor(plan_.tasks, 0, control_, [&](size_t task, size_t) {
      size_t* next = next_.data() + task * count_;
      double* out = trains_.times.data();
      std::vector<double> ms(kSpikesPerRead);
      Block<V> buffer;
      forTask(task, units.size(), [&](size_t from, size_t to) {
        for (size_t start = from, length = 0; start < to; start += length) {
          const std::span<const V> times = fetch(start, std::min(ms.size(), to - start), buffer);
          length = times.size();
          if (!convertTimes(times, request_.scale, ms.data())) {
            std::lock_guard<std::mutex> lock(mutex);
            noteBadTime(findBadTime(times, request_.scale, start));
          }
          for (size_t i = 0; i < length; i++) {
            const size_t train = trainOf(units[start + i]);
            if (train != kLeftOut) out[next[train]++] = ms[i];
          }
        }
      });
    });
  }

  // Whichever thread finds it, the first in the file is told.
  void noteBadTime(std::optional<Problem> problem) {
    if (!trains_.problem || problem->position < trains_.problem->position) trains_.problem = std::move(problem);
  }

  template <typename V, typename T>
  void scatterView(std::span<const T> units, std::span<const V> times) {
    scatter<V>(units, [&](size_t start, size_t most, Block<V>&) { return times.subspan(start, most); });
  }

  template <typename V, typename T>
  void scatterStream(std::span<const T> units) {
    const StreamedValues& source = *request_.streamedTimes;
    const size_t step = (kSpikesPerRead + source.block - 1) / source.block * source.block;
    scatter<V>(units, [&](size_t start, size_t most, Block<V>& buffer) {
      if (start < buffer.first || start >= buffer.first + buffer.values.size()) {
        buffer.first = start / step * step;
        buffer.values.resize(std::min(step, source.length - buffer.first));
        source.read(buffer.first, buffer.values.size(), buffer.values.data());
      }
      const std::span<const V> rest = std::span<const V>(buffer.values).subspan(start - buffer.first);
      return rest.first(std::min(most, rest.size()));
    });
  }

  // The task's spikes in pieces, between which it can be cancelled.
  template <typename Body>
  void forTask(size_t task, size_t spikes, Body body) {
    const size_t end = std::min(spikes, (task + 1) * plan_.perTask);
    for (size_t from = task * plan_.perTask; from < end; from += kSpikesPerTask) {
      control_.check();
      const size_t to = std::min(end, from + kSpikesPerTask);
      body(from, to);
      control_.advance(to - from);
    }
  }

  const GroupRequest& request_;
  Control& control_;
  Trains trains_;
  size_t count_ = 0;
  Plan plan_{};
  std::vector<size_t> next_;
};

}  // namespace

Trains groupSpikes(const GroupRequest& request, Control& control) {
  const size_t times = request.streamedTimes ? request.streamedTimes->length : request.times.length;
  if (request.units.length != times) {
    throw Error(Code::kInternal, "units and times must have equal length");
  }
  if (request.trainOf && request.count < 0) throw Error(Code::kInternal, "trainOf needs count");
  return Grouping(request, control).run();
}

}  // namespace spikelab
