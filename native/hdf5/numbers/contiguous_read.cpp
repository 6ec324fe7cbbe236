#include <algorithm>

#include "../../parallel/pool.h"
#include "storage.h"
#include "stored_read.h"

namespace spikelab::hdf5 {
namespace {

// Reads of this size keep a core at full speed and fit its second-level cache.
constexpr uint64_t kBlockBytes = uint64_t{256} << 10;
// Shorter runs are read together with what lies between them.
constexpr uint64_t kShortRun = uint64_t{32} << 10;

// A slab as equal runs of neighbouring elements.
struct Runs {
  uint64_t length = 1;           // elements in a run
  std::vector<uint64_t> count;   // outer dimensions, slowest first
  std::vector<uint64_t> stride;  // elements between neighbours in each
  uint64_t first = 0;            // element of the dataset where the slab starts
};

Runs runsOf(const Dataset& dataset, const Slab& slab) {
  Runs out;
  std::vector<uint64_t> stride(slab.count.size(), 1);
  for (size_t d = stride.size(); d-- > 1;) stride[d - 1] = stride[d] * dataset.shape[d];
  for (size_t d = 0; d < stride.size(); d++) out.first += slab.start[d] * stride[d];
  size_t d = stride.size();
  // dimensions that are read whole join the run of the one before
  while (d > 0) {
    d--;
    out.length *= slab.count[d];
    if (slab.count[d] != dataset.shape[d]) break;
  }
  out.count.assign(slab.count.begin(), slab.count.begin() + static_cast<std::ptrdiff_t>(d));
  out.stride.assign(stride.begin(), stride.begin() + static_cast<std::ptrdiff_t>(d));
  return out;
}

class Reader {
 public:
  Reader(File& file, const Dataset& dataset, uint64_t address, const Target& target)
      : file_(file), dataset_(dataset), address_(address), target_(target) {}

  // Elements [first, first + count) of the dataset to elements from `at` of the result.
  void run(uint64_t first, uint64_t count, uint64_t at, std::vector<char>& scratch) const {
    const uint64_t most = std::max<uint64_t>(1, kBlockBytes / target_.storedBytes());
    while (count > 0) {
      const uint64_t step = target_.direct() ? count : std::min(count, most);
      if (target_.direct()) {
        read(first, step, target_.at(at));
      } else {
        scratch.resize(step * target_.storedBytes());
        read(first, step, scratch.data());
        target_.put(scratch.data(), at, step);
      }
      first += step;
      at += step;
      count -= step;
    }
  }

  // All of these will be read: `spans` of so many elements each, whose first elements `start` gives.
  template <typename Start>
  void expect(uint64_t spans, uint64_t elements, Start start) const {
    if (!file_.descriptor().ranges) return;
    std::vector<ByteRange> ranges;
    const size_t bytes = target_.storedBytes();
    for (uint64_t i = 0; i < spans; i++) {
      const uint64_t from = address_ + start(i) * bytes, to = from + elements * bytes;
      if (!ranges.empty() && ranges.back().end >= from && ranges.back().start <= from) {
        ranges.back().end = std::max(ranges.back().end, to);
      } else {
        ranges.push_back({from, to});
      }
    }
    file_.descriptor().expect(std::move(ranges));
  }

  // `runs` short runs, `stride` elements apart, in one read.
  void group(uint64_t first, uint64_t length, uint64_t stride, uint64_t runs, uint64_t at,
             std::vector<char>& scratch) const {
    const uint64_t span = (runs - 1) * stride + length;
    scratch.resize(span * target_.storedBytes());
    read(first, span, scratch.data());
    for (uint64_t i = 0; i < runs; i++) {
      target_.put(scratch.data() + i * stride * target_.storedBytes(), at + i * length, length);
    }
  }

 private:
  void read(uint64_t first, uint64_t count, char* into) const {
    const size_t bytes = target_.storedBytes();
    if (!file_.descriptor().read(address_ + first * bytes, into, count * bytes)) {
      throw file_.formatError(dataset_.path, "data inside the file was expected, but it could not be read");
    }
  }

  File& file_;
  const Dataset& dataset_;
  uint64_t address_;
  const Target& target_;
};

// Which element of the dataset outer position `index` of the runs starts at.
uint64_t startOf(const Runs& runs, uint64_t index) {
  uint64_t first = runs.first;
  for (size_t d = runs.count.size(); d-- > 0;) {
    first += index % runs.count[d] * runs.stride[d];
    index /= runs.count[d];
  }
  return first;
}

}  // namespace

void contiguousRead(File& file, const Dataset& dataset, const Slab& slab, const Target& target, Control& control) {
  const std::optional<uint64_t> address = contiguousAddress(file, dataset, target.storedBytes());
  if (!address) {
    fill(target, fillValue(file, dataset, target.storedBytes()), 0, slab.size);
    control.advance(slab.size);
    return;
  }
  const Runs runs = runsOf(dataset, slab);
  const Reader reader(file, dataset, *address, target);
  const size_t threads = resolveThreads(0);
  std::vector<std::vector<char>> scratch(threads);
  const uint64_t total = slab.size / runs.length;
  const bool grouped = !runs.count.empty() && runs.length * target.storedBytes() < kShortRun;
  if (!grouped) {
    // pieces of runs
    const uint64_t piece = std::max<uint64_t>(1, 4 * kBlockBytes / target.storedBytes());
    const uint64_t pieces = (runs.length + piece - 1) / piece;
    reader.expect(total, runs.length, [&](uint64_t run) { return startOf(runs, run); });
    parallelFor(total * pieces, threads, control, [&](size_t index, size_t worker) {
      const uint64_t run = index / pieces, from = index % pieces * piece;
      const uint64_t count = std::min(piece, runs.length - from);
      reader.run(startOf(runs, run) + from, count, run * runs.length + from, scratch[worker]);
      control.advance(count);
    });
    return;
  }
  const uint64_t inner = runs.count.back(), stride = runs.stride.back();
  const uint64_t most = std::max<uint64_t>(1, kBlockBytes / (stride * target.storedBytes()));
  const uint64_t group = std::min(inner, most), groups = (inner + group - 1) / group;
  reader.expect(total / inner, (inner - 1) * stride + runs.length,
                [&](uint64_t run) { return startOf(runs, run * inner); });
  parallelFor(total / inner * groups, threads, control, [&](size_t index, size_t worker) {
    const uint64_t run = index / groups * inner + index % groups * group;
    const uint64_t count = std::min(group, inner - index % groups * group);
    reader.group(startOf(runs, run), runs.length, stride, count, run * runs.length, scratch[worker]);
    control.advance(count * runs.length);
  });
}

}  // namespace spikelab::hdf5
