// The spikes layer without Node, so that it runs under the sanitizers: against straightforward counterparts, with more
// work than one task, and cancelled.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <functional>
#include <limits>
#include <memory>
#include <random>
#include <thread>
#include <vector>

#include <unistd.h>

#include "check.h"
#include "io/file_handle.h"
#include "spikes/bin.h"
#include "spikes/group.h"
#include "spikes/ragged.h"
#include "spikes/raster.h"

using namespace spikelab;

namespace {

template <typename T>
NumericView view(const std::vector<T>& values, ElementType type) {
  return {type, values.data(), values.size()};
}

std::vector<double> train(const Trains& trains, size_t unit) {
  const double* times = trains.times.data();
  return {times + static_cast<size_t>(trains.offsets[unit]), times + static_cast<size_t>(trains.offsets[unit + 1])};
}

void groupsLikeOneMaskPerUnit(size_t spikes, size_t units, bool ordered) {
  std::mt19937 random(7);
  std::vector<uint16_t> ids(spikes);
  std::vector<float> times(spikes);
  for (size_t i = 0; i < spikes; i++) {
    ids[i] = static_cast<uint16_t>(random() % units);
    times[i] = static_cast<float>(ordered ? i : random() % 10000);
  }
  GroupRequest request;
  request.units = view(ids, ElementType::kUint16);
  request.times = view(times, ElementType::kFloat32);
  request.scale = {1000, 20000, 0};
  request.count = static_cast<double>(units);
  Control control;
  const Trains trains = groupSpikes(request, control);
  CHECK(!trains.problem);
  CHECK(control.done() == control.total());
  CHECK(!ordered || trains.findings.unsortedTrains == 0);
  for (size_t u = 0; u < units; u++) {
    std::vector<double> wanted;
    for (size_t i = 0; i < spikes; i++) {
      if (ids[i] == u) wanted.push_back(static_cast<double>(times[i]) * 1000 / 20000);
    }
    std::sort(wanted.begin(), wanted.end());
    CHECK(train(trains, u) == wanted);
  }
}

void groupsFindTheFirstBadElement() {
  const auto kindOf = [](std::vector<double> ids, std::vector<double> times) {
    GroupRequest request;
    request.units = view(ids, ElementType::kFloat64);
    request.times = view(times, ElementType::kFloat64);
    request.maxUnits = 1000;
    Control control;
    const Trains trains = groupSpikes(request, control);
    return trains.problem ? trains.problem->kind + "@" + std::to_string(trains.problem->position) : "";
  };
  const double nan = std::numeric_limits<double>::quiet_NaN();
  CHECK(kindOf({0, 1}, {1, 2}).empty());
  CHECK(kindOf({}, {}).empty());
  CHECK(kindOf({0, -1}, {1, 2}) == "negative-unit@1");
  CHECK(kindOf({0, nan}, {1, 2}) == "non-finite-unit@1");
  CHECK(kindOf({nan, -1}, {1, 2}) == "non-finite-unit@0");
  CHECK(kindOf({0, 0.5}, {1, 2}) == "fractional-unit@1");
  CHECK(kindOf({0, 1e300}, {1, 2}) == "unit-too-large@1");
  CHECK(kindOf({1000, 0}, {1, 2}) == "unit-too-large@0");
  CHECK(kindOf({0, 999}, {1, nan}) == "non-finite-time@1");
}

void raggedSplitsAndSorts(bool inPlace) {
  std::mt19937 random(11);
  std::vector<double> times, offsets{0};
  std::vector<std::vector<double>> wanted;
  for (size_t u = 0; u < 300; u++) {
    std::vector<double> one(u % 7 == 0 ? 0 : random() % 3000);
    for (double& t : one) t = random() % 100000;
    times.insert(times.end(), one.begin(), one.end());
    offsets.push_back(static_cast<double>(times.size()));
    for (double& t : one) t = t * 1000 + 5;
    std::sort(one.begin(), one.end());
    wanted.push_back(one);
  }
  RaggedRequest request;
  request.times = view(times, ElementType::kFloat64);
  request.offsets = view(offsets, ElementType::kFloat64);
  request.scale = {1000, 1, 5};
  request.out = inPlace ? times.data() : nullptr;
  Control control;
  Trains trains = splitRagged(request, control);
  CHECK(!trains.problem);
  if (inPlace) {
    trains.times = OwnedArray<double>(times.size());
    std::copy(times.begin(), times.end(), trains.times.data());
  }
  for (size_t u = 0; u < wanted.size(); u++) CHECK(train(trains, u) == wanted[u]);
}

void rasterExpandsEvenly() {
  const size_t rows = 3, bins = 600000;
  std::vector<uint8_t> counts(rows * bins);
  std::mt19937 random(13);
  for (size_t i = 0; i < 5000; i++) counts[random() % counts.size()]++;
  counts[0] = counts[bins - 1] = counts[bins] = counts.back() = 2;
  RasterRequest request{view(counts, ElementType::kUint8), rows, bins, 0.5, -20, 1e9};
  Control control;
  const Trains trains = expandRaster(request, control);
  CHECK(!trains.problem);
  for (size_t row = 0; row < rows; row++) {
    std::vector<double> wanted;
    for (size_t bin = 0; bin < bins; bin++) {
      const unsigned n = counts[row * bins + bin];
      for (unsigned k = 1; k <= n; k++) {
        wanted.push_back(static_cast<double>(bin) * 0.5 + k * (0.5 / (n + 1)) + -20);
      }
    }
    CHECK(train(trains, row) == wanted);
  }
  request.maxSpikes = 10;
  CHECK(expandRaster(request, control).problem->kind == "too-many-spikes");
}

void binsAgree() {
  std::vector<double> times, offsets{0};
  for (size_t u = 0; u < 200; u++) {
    for (size_t i = 0; i < u * 5; i++) times.push_back(static_cast<double>(i) * 0.37);
    offsets.push_back(static_cast<double>(times.size()));
  }
  BinRequest request{times.data(), offsets.data(), 200, 0, 0, 2.5, 150};
  Control control;
  const SparseCounts sparse = binSparse(request, control);
  std::vector<uint32_t> dense(200 * 150), wanted(200 * 150);
  binDense(request, nullptr, dense.data(), 200, control);
  for (size_t u = 0; u < 200; u++) {
    for (size_t k = static_cast<size_t>(sparse.indptr[u]); k < static_cast<size_t>(sparse.indptr[u + 1]); k++) {
      wanted[u * 150 + sparse.indices[k]] += sparse.counts[k];
    }
  }
  CHECK(dense == wanted);
  CHECK(std::count(dense.begin(), dense.end(), 0u) < 200 * 150);
}

void workEndsWhenCancelled() {
  std::vector<int32_t> ids(4'000'000);
  std::vector<double> times(ids.size());
  GroupRequest request;
  request.units = view(ids, ElementType::kInt32);
  request.times = view(times, ElementType::kFloat64);
  request.count = 1;
  Control control;
  std::thread canceller([&] { control.cancel(); });
  bool cancelled = false;
  try {
    while (true) groupSpikes(request, control);
  } catch (const Error& error) {
    cancelled = error.code() == Code::kCancelled;
  }
  canceller.join();
  CHECK(cancelled);
}

// Times that stay in their file give the trains of times in memory; what a double cannot hold, and an end too early, is
// found.
void groupsTimesOfAFile(size_t spikes) {
  constexpr size_t kHeader = 80, kUnits = 7;
  std::vector<uint8_t> ids(spikes);
  std::vector<int64_t> times(spikes);
  for (size_t i = 0; i < spikes; i++) {
    ids[i] = static_cast<uint8_t>(i % kUnits);
    times[i] = static_cast<int64_t>(i) * 3 - 1000;
  }
  std::FILE* file = std::tmpfile();
  CHECK(file != nullptr);
  const auto write = [&] {
    std::rewind(file);
    const std::vector<char> header(kHeader);
    CHECK(std::fwrite(header.data(), 1, kHeader, file) == kHeader);
    CHECK(std::fwrite(times.data(), sizeof(int64_t), spikes, file) == spikes);
    CHECK(std::fflush(file) == 0);
  };
  write();
  GroupRequest request;
  request.units = view(ids, ElementType::kUint8);
  request.times = view(times, ElementType::kInt64);
  request.scale = {1000, 30000, 0};
  request.count = kUnits;
  Control control;
  const Trains wanted = groupSpikes(request, control);
  const auto handle = std::make_shared<FileHandle>(fileno(file), "times.npy");
  const auto read = [handle](size_t start, size_t count, void* out) {
    handle->readAt(kHeader + start * sizeof(int64_t), out, count * sizeof(int64_t));
  };
  // blocks that neither the parts of the threads nor the pieces that are scattered are multiples of
  for (const size_t block : {size_t{1}, size_t{777}, size_t{100'000}}) {
    request.streamedTimes = StreamedValues{ElementType::kInt64, spikes, block, read};
    const Trains streamed = groupSpikes(request, control);
    CHECK(!streamed.problem);
    for (size_t u = 0; u < kUnits; u++) CHECK(train(streamed, u) == train(wanted, u));
  }

  times[spikes - 2] = (int64_t{1} << 53) + 2;
  write();
  const Trains inexact = groupSpikes(request, control);
  CHECK(inexact.problem && inexact.problem->kind == "inexact-time" && inexact.problem->position == spikes - 2);

  CHECK(ftruncate(fileno(file), static_cast<off_t>(kHeader + 8 * (spikes - 1))) == 0);
  bool ended = false;
  try {
    groupSpikes(request, control);
  } catch (const Error& error) {
    ended = error.code() == Code::kFormat;
  }
  CHECK(ended);
  std::fclose(file);
}

// One train that is sorted in parts, whatever its values: any, many equal ones, falling, two alternating, one outlier.
void longTrainsSort() {
  constexpr size_t kSpikes = 700'001;
  std::mt19937 random(11);
  const std::vector<std::function<double(size_t)>> kinds{
      [&](size_t) { return static_cast<double>(random()); },
      [&](size_t) { return static_cast<double>(random() % 3); },
      [](size_t i) { return -static_cast<double>(i); },
      [](size_t i) { return static_cast<double>(i % 2); },
      [](size_t i) { return i == 12'345 ? -1.0 : 5.0; },
      [](size_t i) { return i + 1 == kSpikes ? 0.5 : static_cast<double>(i); },
  };
  for (const auto& kind : kinds) {
    std::vector<double> times(kSpikes), offsets{0, kSpikes};
    for (size_t i = 0; i < kSpikes; i++) times[i] = kind(i);
    RaggedRequest request;
    request.times = view(times, ElementType::kFloat64);
    request.offsets = view(offsets, ElementType::kFloat64);
    Control control;
    const Trains trains = splitRagged(request, control);
    std::sort(times.begin(), times.end());
    CHECK(!trains.problem && trains.findings.unsortedTrains == 1);
    CHECK(train(trains, 0) == times);
  }
}

// Cancelled in the middle of a long sort, it ends.
void longTrainsStop() {
  constexpr size_t kSpikes = 8'000'000;
  std::mt19937 random(12);
  std::vector<double> times(kSpikes), offsets{0, kSpikes};
  for (double& time : times) time = static_cast<double>(random());
  RaggedRequest request;
  request.times = view(times, ElementType::kFloat64);
  request.offsets = view(offsets, ElementType::kFloat64);
  Control control;
  bool stopped = false;
  std::thread stopper([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    control.cancel();
  });
  try {
    splitRagged(request, control);
  } catch (const Error& error) {
    stopped = error.code() == Code::kCancelled;
  }
  stopper.join();
  CHECK(stopped);
}

}  // namespace

int main() {
  groupsLikeOneMaskPerUnit(0, 3, false);
  groupsLikeOneMaskPerUnit(1000, 5, false);
  groupsLikeOneMaskPerUnit(300'000, 40, true);
  groupsLikeOneMaskPerUnit(300'000, 40, false);
  groupsFindTheFirstBadElement();
  raggedSplitsAndSorts(false);
  raggedSplitsAndSorts(true);
  longTrainsSort();
  longTrainsStop();
  rasterExpandsEvenly();
  groupsTimesOfAFile(1000);
  groupsTimesOfAFile(300'000);
  binsAgree();
  workEndsWhenCancelled();
  std::puts("spikes: all passed");
}
