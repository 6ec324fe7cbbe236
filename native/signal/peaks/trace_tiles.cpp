#include "trace_tiles.h"

#include <algorithm>
#include <cmath>

#include "../../parallel/pool.h"
#include "periods.h"

namespace spikelab {
namespace {

// A block of this many bytes stays in the caches between the filter, the reference and the search.
constexpr size_t kBlockBytes = size_t{2} << 20;
// Samples of a block: not so few that calls cost more than their work, and more than any filter's padding (606).
constexpr size_t kLeast = 1024, kMost = 16384;
// Samples whose reference one thread takes off at a time.
constexpr size_t kReferenceRows = 128;
// Samples of a channel from which medians are guessed, at most a share of all, for each is filtered once more for it;
// those at the end of a block that its backward pass begins in.
constexpr size_t kGuessed = 65536, kGuessedShare = 8, kUnsettled = 1024;

size_t tilesOf(const TraceTask& task) {
  return (task.channels + kLanes - 1) / kLanes;
}

size_t blockOf(const TraceTask& task, size_t unit, size_t frameBytes) {
  const size_t row = tilesOf(task) * kLanes * sizeof(double);
  const size_t most = std::max<size_t>(kLeast, task.memoryBytes / 4 / (row + frameBytes));
  size_t block = std::clamp(kBlockBytes / row / kLeast * kLeast, kLeast, std::min(kMost, most));
  // no chunk of a file is decoded twice in a sweep where whole ones fit
  if (unit > 0 && unit <= most) block = std::max<size_t>(1, block / unit) * unit;
  while (block < kLeast) block *= 2;
  return block;
}

// Checkpoints of the filters may take a quarter of the memory.
size_t strideOf(const TraceTask& task, size_t block) {
  const uint64_t blocks = (task.samples + block - 1) / block;
  const size_t bytes = task.sos.size() * 2 * sizeof(double) * task.channels;
  const size_t longest = static_cast<size_t>(std::ceil(std::sqrt(static_cast<double>(blocks))));
  size_t stride = 1;
  while (stride < longest && ((blocks + stride - 1) / stride + stride - 1) * bytes > task.memoryBytes / 4) stride++;
  return stride;
}

}  // namespace

TraceTiles::TraceTiles(const Kernels& kernels, const TraceTask& task, size_t unit, size_t frameBytes)
    : kernels_(kernels),
      task_(task),
      plan_(task.sos.empty() ? FilterPlan() : exactPlan(task.sos)),
      reference_(task.reference),
      block_(blockOf(task, unit, frameBytes)),
      schedule_(task.samples, !task.sos.empty(), strideOf(task, block_), block_) {
  const size_t rows = std::min<uint64_t>(block_, task.samples);
  for (size_t t = 0; t < tilesOf(task); t++) {
    const size_t lanes = std::min(kLanes, task.channels - t * kLanes);
    tiles_.push_back(std::make_unique<Tile>());
    tiles_.back()->filter =
        std::make_unique<ExactFilter>(kernels, task.sos.empty() ? nullptr : &plan_, schedule_, lanes);
    tiles_.back()->rows = TileBuffer(rows);
  }
}

bool TraceTiles::next(uint64_t& start, size_t& count) const {
  size_t first = 0;
  if (!schedule_.next(first, count)) return false;
  start = first;
  return true;
}

bool TraceTiles::following(uint64_t& start, size_t& count) const {
  ExactSchedule after = schedule_;
  size_t first = 0;
  if (after.advance() || !after.next(first, count)) return false;
  start = first;
  return true;
}

void TraceTiles::zero(double* rows) const {
  insidePeriods(task_.blanked, start_, start_ + count_, [&](uint64_t from, uint64_t to) {
    std::fill(rows + (from - start_) * kLanes, rows + (to - start_) * kLanes, 0.0);
  });
}

void TraceTiles::prepare(Tile& tile, size_t index, const TracesPiece& piece) {
  const Lanes lanes = piece.lanes(index * kLanes);
  const size_t used = std::min(kLanes, task_.channels - index * kLanes);
  for (size_t lane = 0; lane < used; lane++) tile.constancy[lane].see(lanes, lane, count_);
  double* const rows = tile.rows.row(0);
  alignas(64) double peak[kLanes] = {};
  kernels_.stage(lanes, count_, rows, peak);
  if (!task_.offsets.empty()) {
    for (size_t lane = 0; lane < used; lane++) {
      const double offset = task_.offsets[index * kLanes + lane];
      if (offset == 0) continue;
      for (size_t t = 0; t < count_; t++) rows[t * kLanes + lane] += offset;
    }
  }
  if (task_.blankFirst) zero(rows);
  tile.ready = tile.filter->filter(schedule_, rows, count_);
  if (tile.ready && !reference_.wanted()) zero(rows);
}

// Some blocks all over the recording, enough to say where medians lie.
bool TraceTiles::guesses() const {
  if (schedule_.step() != Step::kForward || count_ < block_) return false;
  const size_t wanted = std::max<size_t>(1, std::min<uint64_t>(kGuessed, task_.samples / kGuessedShare) / block_);
  return schedule_.block() % std::max<size_t>(1, schedule_.blocks() / wanted) == 0;
}

TraceTiles::Got TraceTiles::deliver(const TracesPiece& piece, Control& control, const SideWork& side) {
  next(start_, count_);
  const bool guess = guesses();
  parallelFor(side.count + tiles_.size(), task_.threads, control, [&](size_t index, size_t worker) {
    if (index < side.count) return side.body(index, worker);
    Tile& tile = *tiles_[index - side.count];
    prepare(tile, index - side.count, piece);
    if (!guess) return;
    tile.filter->guessBackward(tile.rows.row(0), count_);
    if (!reference_.wanted()) zero(tile.rows.row(0));
  });
  if (guess) count_ -= std::min(count_ / 4, kUnsettled);
  if (!tiles_[0]->ready && !guess) return Got::kNothing;
  if (reference_.wanted()) takeReference(control);
  return guess ? Got::kGuess : Got::kTraces;
}

void TraceTiles::takeReference(Control& control) {
  std::vector<double*> rows;
  for (const auto& tile : tiles_) rows.push_back(tile->rows.row(0));
  const size_t parts = (count_ + kReferenceRows - 1) / kReferenceRows;
  parallelFor(parts, task_.threads, control, [&](size_t part, size_t) {
    reference_.apply(kernels_, rows.data(), task_.channels, part * kReferenceRows,
                     std::min(count_, (part + 1) * kReferenceRows));
  });
  for (double* tile : rows) zero(tile);
}

bool TraceTiles::advance() {
  if (!schedule_.advance()) return false;
  for (const auto& tile : tiles_) tile->filter->endSweep(schedule_.step());
  return true;
}

}  // namespace spikelab
