#include "stream_detector.h"

#include <algorithm>
#include <cmath>

#include "../parallel/pool.h"

namespace spikelab {
namespace {

// Candidates of one pass may take this much; beyond it the noise is measured first, and spikes are kept as they come.
constexpr size_t kCandidateBytes = size_t{8} << 20;
// Part of the memory that one piece may take: another is read while it is filtered.
constexpr size_t kPieceShare = 3;
// Larger pieces would leave the processor's last cache.
constexpr size_t kCacheBytes = size_t{8} << 20;
// Filter blocks: a longer one spends less on letting the filter settle.
constexpr size_t kLongestBlock = 8192;
constexpr size_t kShortestBlock = 512;
constexpr size_t kLongestPiece = size_t{1} << 18;
// Tiles that are computed exactly at a time.
constexpr size_t kExactTiles = 4;

}  // namespace

// 16 channels on their way through the filter.
struct StreamDetector::Tile {
  std::unique_ptr<LaneDetector> detector;
  std::unique_ptr<TileFilter> filter;
};

StreamDetector::StreamDetector(size_t channels, uint64_t samples, ElementType type, const DetectOptions& options,
                               size_t memoryBytes)
    : kernels_(kernels()), options_(options), samples_(samples), channels_(channels) {
  if (filters()) {
    exactPlan_ = exactPlan(options.sos);
    fastPlan_ = fastPlan(options.sos);
  }
  verdict_ = {options.sigma, filters() ? fastPlan_.error : 1e-15, options.spikeCap, true, false, median()};
  layOut(memoryBytes, channels * bytesOf(type));
  tiles_.resize((channels + kLanes - 1) / kLanes);
  if (filters() && !std::isfinite(fastPlan_.error)) {
    for (Channel& c : channels_) c.exact = true;
    startExact();
    return;
  }
  startSweep();
}

StreamDetector::~StreamDetector() = default;

// Pieces of whole blocks: as many as the cache holds, and at least one that is not all settling.
void StreamDetector::layOut(size_t memoryBytes, size_t frameBytes) {
  ahead_ = TileFilter::ahead(plan());
  const size_t most = memoryBytes / kPieceShare / frameBytes, cached = kCacheBytes / frameBytes;
  const size_t rows = std::min(most, std::max(cached, 3 * ahead_));
  const size_t room = std::max(rows, ahead_ + std::max(kShortestBlock, ahead_ / 4)) - ahead_;
  block_ = std::min(room / 16 * 16, kLongestBlock);
  pieceRows_ = std::min(room / block_ * block_, kLongestPiece);
}

// Samples of the piece that begins at `start`, those that it needs beyond its own included.
size_t StreamDetector::pieceFrom(uint64_t start) const {
  return std::min<size_t>(pieceRows_ + ahead_, samples_ - start);
}

Search StreamDetector::searchFor(bool wanted) const {
  return {options_.sigma, measureOf(options_.direction), options_.hysteresis, wanted, fastPlan_.gain};
}

void StreamDetector::startSweep() {
  const bool second = step_ == Step::kSearch;
  sweeps_++;
  for (size_t t = 0; t < tiles_.size(); t++) {
    LaneWindow windows[kLanes];
    double limits[kLanes];
    NoiseFinder* finders[kLanes] = {};
    bool needed = !second;
    for (size_t i = 0; i < kLanes; i++) {
      limits[i] = INFINITY;
      if (t * kLanes + i >= channels_.size()) continue;
      windows[i] = {0, samples_, true, nullptr};
      const Channel& c = channels_[t * kLanes + i];
      if (second && c.again) limits[i] = c.limit;
      needed = needed || c.again;
      if (step_ == Step::kMedian) finders[i] = &channels_[t * kLanes + i].finder;
    }
    tiles_[t].reset();
    if (!needed) continue;
    tiles_[t] = std::make_unique<Tile>();
    Tile& tile = *tiles_[t];
    const Search search = searchFor(second || (step_ == Step::kNoise && worthOnePass(options_)));
    tile.detector = std::make_unique<LaneDetector>(kernels_, search, windows, TileFilter::longestTake(plan(), block_));
    if (second) tile.detector->fixLimits(limits);
    tile.detector->feed(finders);
    tile.filter = std::make_unique<TileFilter>(kernels_, plan(), block_, *tile.detector);
  }
  position_ = 0;
}

bool StreamDetector::next(Stretch& wanted) const {
  wanted.channels.clear();
  if (step_ == Step::kDone) return false;
  if (step_ != Step::kExact) {
    wanted.start = position_;
    wanted.count = pieceFrom(position_);
    return true;
  }
  size_t start = 0;
  exact_[0]->next(start, wanted.count);
  wanted.start = start;
  const size_t end = std::min(member_ + kExactTiles * kLanes, members_.size());
  wanted.channels.assign(members_.begin() + static_cast<std::ptrdiff_t>(member_),
                         members_.begin() + static_cast<std::ptrdiff_t>(end));
  return true;
}

bool StreamDetector::following(Stretch& wanted) const {
  if (step_ == Step::kExact || step_ == Step::kDone || position_ + pieceFrom(position_) == samples_) return false;
  wanted = {position_ + pieceRows_, pieceFrom(position_ + pieceRows_), {}};
  return true;
}

void StreamDetector::deliver(const TracesView& piece, Control& control) {
  if (step_ == Step::kExact) return deliverExact(piece, control);
  const bool second = step_ == Step::kSearch;
  const bool last = position_ + piece.samples == samples_;
  parallelFor(tiles_.size(), options_.threads, control, [&](size_t t, size_t) {
    if (!tiles_[t]) return;
    Lanes lanes;
    lanes.type = piece.type;
    lanes.sampleStride = piece.sampleStride;
    for (size_t i = 0; i < kLanes; i++) {
      lanes.rows[i] = piece.at(t * kLanes + i < piece.channels ? t * kLanes + i : t * kLanes, 0);
    }
    WorkRows work(TileFilter::workRows(plan(), block_));
    tiles_[t]->filter->push(lanes, piece.samples, last, work);
    if (!second) return;
    // limits are final: candidates become spikes at once
    for (size_t i = 0; i < kLanes && t * kLanes + i < channels_.size(); i++) {
      Channel& c = channels_[t * kLanes + i];
      if (c.again) verdict_.resolve(c, tiles_[t]->detector->candidates(i), 0);
    }
  });
  position_ += last ? piece.samples : pieceRows_;
  if (step_ == Step::kNoise) {
    size_t bytes = 0;
    for (const auto& tile : tiles_) bytes += tile->detector->candidateBytes();
    if (bytes > kCandidateBytes) {
      for (const auto& tile : tiles_) tile->detector->stopSearching();
    }
  }
  if (position_ == samples_) endSweep();
}

void StreamDetector::endTile(size_t t) {
  Tile& tile = *tiles_[t];
  for (size_t i = 0; i < kLanes && t * kLanes + i < channels_.size(); i++) {
    Channel& c = channels_[t * kLanes + i];
    if (step_ == Step::kSearch && c.again) verdict_.resolve(c, tile.detector->candidates(i), 0);
    if (step_ != Step::kNoise) continue;
    c.moments = tile.detector->moments(i);
    c.peak = tile.filter->peak()[i];
    c.limit = tile.detector->limit(i);
    if (median()) {
      c.finder.start(c.moments.mean, c.moments.deviation());
      continue;
    }
    verdict_.judge(c);
    if (!c.again) verdict_.resolve(c, tile.detector->candidates(i), 0);
  }
}

void StreamDetector::endSweep() {
  for (size_t t = 0; t < tiles_.size(); t++) {
    if (tiles_[t]) endTile(t);
  }
  if (step_ == Step::kSearch) return startExact();
  if (median()) {
    if (step_ == Step::kMedian) {
      for (Channel& c : channels_) c.finder.endSweep();
    }
    if (medianSweeps_++ < NoiseFinder::kSweeps) {
      step_ = Step::kMedian;
      return startSweep();
    }
    for (Channel& c : channels_) verdict_.judge(c);
  }
  if (std::none_of(channels_.begin(), channels_.end(), [](const Channel& c) { return c.again; })) return startExact();
  step_ = Step::kSearch;
  startSweep();
}

void StreamDetector::startExact() {
  for (auto& tile : tiles_) tile.reset();
  exact_.clear();
  if (step_ != Step::kExact) {
    for (size_t c = 0; c < channels_.size(); c++) {
      if (channels_[c].exact) members_.push_back(c);
    }
  }
  step_ = member_ < members_.size() ? Step::kExact : Step::kDone;
  for (size_t first = member_; first < members_.size() && exact_.size() < kExactTiles; first += kLanes) {
    exact_.push_back(
        std::make_unique<ExactLanes>(kernels_, filters() ? &exactPlan_ : nullptr, samples_, searchFor(true), median()));
  }
}

void StreamDetector::deliverExact(const TracesView& piece, Control& control) {
  parallelFor(exact_.size(), options_.threads, control, [&](size_t index, size_t) {
    Lanes lanes;
    lanes.type = piece.type;
    lanes.sampleStride = piece.sampleStride;
    for (size_t i = 0; i < kLanes; i++) {
      const size_t row = index * kLanes + i;
      lanes.rows[i] = piece.at(row < piece.channels ? row : index * kLanes, 0);
    }
    TileBuffer block(piece.samples);
    double peak[kLanes] = {};
    kernels_.stage(lanes, piece.samples, block.row(0), peak);
    for (size_t i = index * kLanes; i < std::min((index + 1) * kLanes, piece.channels); i++) {
      Channel& c = channels_[members_[member_ + i]];
      c.peak = std::max(c.peak, peak[i % kLanes]);
    }
    exact_[index]->deliver(block.row(0));
  });
  size_t start = 0, count = 0;
  if (exact_[0]->next(start, count)) return;
  for (size_t i = 0; i < piece.channels; i++) {
    takeExact(channels_[members_[member_ + i]], *exact_[i / kLanes], i % kLanes);
  }
  member_ += piece.channels;
  startExact();
}

Detection StreamDetector::result() {
  return collect(channels_, options_, fastPlan_.gain);
}

}  // namespace spikelab
