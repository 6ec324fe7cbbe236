#include "stream_detector.h"

#include <algorithm>
#include <cmath>

#include "../parallel/pool.h"

namespace spikelab {
namespace {

// Candidates may take this much; beyond it more of them are decided early.
constexpr size_t kCandidateBytes = size_t{8} << 20;
// Early spikes of more than this are looked through for channels whose threshold has moved away since.
constexpr size_t kListBytes = size_t{16} << 20;
// Widest part of the threshold so far within which candidates stay undecided.
constexpr double kWidestBand = 0.15;
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

StreamDetector::StreamDetector(size_t channels, uint64_t samples, const DetectOptions& options,
                               const StreamPieces& pieces)
    : kernels_(kernels()), options_(options), samples_(samples), channels_(channels), listBytes_(kListBytes) {
  if (filters()) {
    exactPlan_ = exactPlan(options.sos);
    fastPlan_ = fastPlan(options.sos);
  }
  verdict_ = {options.sigma, filters() ? fastPlan_.error : 1e-15, options.spikeCap, true, false, median()};
  layOut(pieces);
  tiles_.resize((channels + kLanes - 1) / kLanes);
  if (filters() && !std::isfinite(fastPlan_.error)) {
    for (Channel& c : channels_) c.exact = true;
    startExact();
    return;
  }
  startSweep();
}

StreamDetector::~StreamDetector() = default;

// Steps of whole blocks, or of whole units: as much as the cache holds, and at least something that is not all
// settling.
void StreamDetector::layOut(const StreamPieces& pieces) {
  ahead_ = TileFilter::ahead(plan());
  if (pieces.unit > 0) {
    step_ =
        std::max<size_t>(1, std::min(pieces.mostBytes, kCacheBytes) / (pieces.unit * pieces.frameBytes)) * pieces.unit;
    // blocks that share a step evenly
    const size_t blocks = (step_ + kLongestBlock - 1) / kLongestBlock;
    block_ = std::max<size_t>(step_ / blocks / 16, 1) * 16;
    return;
  }
  const size_t most = pieces.mostBytes / pieces.frameBytes, cached = kCacheBytes / pieces.frameBytes;
  const size_t rows = std::min(most, std::max(cached, 3 * ahead_));
  const size_t room = std::max(rows, ahead_ + std::max(kShortestBlock, ahead_ / 4)) - ahead_;
  block_ = std::min(room / 16 * 16, kLongestBlock);
  step_ = std::min(room / block_ * block_, kLongestPiece);
  first_ = ahead_;
}

// Where the piece ends that begins at `start`: at a border between steps, with a whole block in it and what that needs.
uint64_t StreamDetector::endFrom(uint64_t start) const {
  const uint64_t least = start + block_ + ahead_;
  const uint64_t steps = least > first_ ? (least - first_ + step_ - 1) / step_ : 0;
  return std::min<uint64_t>(first_ + steps * step_, samples_);
}

// Samples of a piece that are done with it.
uint64_t StreamDetector::advance(uint64_t start, uint64_t end) const {
  return end == samples_ ? end - start : (end - start - ahead_) / block_ * block_;
}

Search StreamDetector::searchFor(bool wanted) const {
  return {options_.sigma, measureOf(options_.direction), options_.hysteresis, wanted, fastPlan_.gain};
}

// The last tile has 16 channels like all others, some of them of the tile before, which do not count: lanes beside each
// other are read faster than copies of one.
size_t StreamDetector::firstOf(size_t tile) const {
  const size_t first = tile * kLanes, most = channels_.size() > kLanes ? channels_.size() - kLanes : 0;
  return std::min(first, most);
}

Channel* StreamDetector::channelAt(size_t tile, size_t lane) {
  const size_t channel = firstOf(tile) + lane;
  return channel >= tile * kLanes && channel < channels_.size() ? &channels_[channel] : nullptr;
}

double StreamDetector::progress() const {
  if (phase_ == Phase::kExact || phase_ == Phase::kDone) return 1;
  const double done = sweeps_ - 1 + static_cast<double>(position_) / static_cast<double>(samples_);
  return std::min(1.0, done / plannedSweeps(options_));
}

void StreamDetector::startSweep() {
  sweeps_++;
  for (size_t t = 0; t < tiles_.size(); t++) startTile(t);
  position_ = 0;
}

void StreamDetector::startTile(size_t t) {
  const bool second = phase_ == Phase::kSearch;
  LaneWindow windows[kLanes];
  double limits[kLanes];
  NoiseFinder* finders[kLanes] = {};
  EarlySpikes* early[kLanes] = {};
  bool needed = !second;
  for (size_t i = 0; i < kLanes; i++) {
    limits[i] = INFINITY;
    Channel* c = channelAt(t, i);
    if (!c) continue;
    windows[i] = {0, samples_, true, nullptr};
    if (second && c->again) limits[i] = c->limit;
    needed = needed || c->again;
    early[i] = &c->early;
    if (phase_ == Phase::kMedian) finders[i] = &c->finder;
  }
  tiles_[t].reset();
  if (!needed) return;
  tiles_[t] = std::make_unique<Tile>();
  Tile& tile = *tiles_[t];
  const Search search = searchFor(second || (phase_ == Phase::kNoise && worthOnePass(options_)));
  tile.detector = std::make_unique<LaneDetector>(kernels_, search, windows, TileFilter::longestTake(plan(), block_));
  if (second) tile.detector->fixLimits(limits);
  if (phase_ == Phase::kNoise) tile.detector->decideEarly(early, options_.spikeCap);
  tile.detector->feed(finders);
  tile.filter = std::make_unique<TileFilter>(kernels_, plan(), block_, *tile.detector);
}

bool StreamDetector::next(Stretch& wanted) const {
  wanted.channels.clear();
  if (phase_ == Phase::kDone) return false;
  if (phase_ != Phase::kExact) {
    wanted.start = position_;
    wanted.count = static_cast<size_t>(endFrom(position_) - position_);
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
  if (phase_ == Phase::kExact || phase_ == Phase::kDone || endFrom(position_) == samples_) return false;
  const uint64_t start = position_ + advance(position_, endFrom(position_));
  wanted = {start, static_cast<size_t>(endFrom(start) - start), {}};
  return true;
}

void StreamDetector::deliver(const TracesPiece& piece, Control& control) {
  parallelFor(parts(), options_.threads, control, [&](size_t part, size_t) { deliverPart(piece, part); });
  endPiece(piece);
}

void StreamDetector::deliverPart(const TracesPiece& piece, size_t t) {
  if (phase_ == Phase::kExact) return deliverExact(piece, t);
  if (!tiles_[t]) return;
  WorkRows work(TileFilter::workRows(plan(), block_));
  tiles_[t]->filter->push(piece.lanes(firstOf(t)), piece.samples, position_ + piece.samples == samples_, work);
  if (phase_ != Phase::kSearch) return;
  // limits are final: candidates become spikes at once
  for (size_t i = 0; i < kLanes; i++) {
    Channel* c = channelAt(t, i);
    if (c && c->again) verdict_.resolve(*c, tiles_[t]->detector->candidates(i), 0);
  }
}

void StreamDetector::endPiece(const TracesPiece& piece) {
  if (phase_ == Phase::kExact) return endExact(piece);
  position_ += advance(position_, position_ + piece.samples);
  if (phase_ == Phase::kNoise) relieve();
  if (position_ == samples_) endSweep();
}

// Keeps candidates and early spikes within their memory.
void StreamDetector::relieve() {
  const auto candidates = [&] {
    size_t bytes = 0;
    for (const auto& tile : tiles_) bytes += tile->detector->candidateBytes();
    return bytes;
  };
  const auto lists = [&] {
    size_t bytes = 0;
    for (const Channel& c : channels_) bytes += c.early.spikes().bytes();
    return bytes;
  };
  const auto settle = [&](double band) {
    for (const auto& tile : tiles_) tile->detector->settle(band);
  };
  if (candidates() > kCandidateBytes) {
    settle(kWidestBand);
    for (double band = kWidestBand / 2; candidates() > kCandidateBytes / 2 && band > 0;) {
      band = band > 1e-3 ? band / 2 : 0;
      settle(band);
    }
  }
  if (lists() > listBytes_) {
    settle(INFINITY);
    listBytes_ = std::max(kListBytes, 2 * lists());
  }
}

void StreamDetector::endTile(size_t t) {
  Tile& tile = *tiles_[t];
  for (size_t i = 0; i < kLanes; i++) {
    Channel* const at = channelAt(t, i);
    if (!at) continue;
    Channel& c = *at;
    if (phase_ == Phase::kSearch && c.again) verdict_.resolve(c, tile.detector->candidates(i), 0);
    if (phase_ != Phase::kNoise) continue;
    c.moments = tile.detector->moments(i);
    c.peak = tile.filter->peak()[i];
    c.limit = tile.detector->limit(i);
    if (median()) {
      c.finder.start(c.moments.mean, c.moments.deviation());
      continue;
    }
    verdict_.judge(c, tile.detector->candidates(i).size());
    if (!c.again) verdict_.resolve(c, tile.detector->candidates(i), 0);
  }
}

void StreamDetector::endSweep() {
  for (size_t t = 0; t < tiles_.size(); t++) {
    if (tiles_[t]) endTile(t);
  }
  if (phase_ == Phase::kSearch) return startExact();
  if (median()) {
    if (phase_ == Phase::kMedian) {
      for (Channel& c : channels_) c.finder.endSweep();
    }
    if (medianSweeps_++ < NoiseFinder::kSweeps) {
      phase_ = Phase::kMedian;
      return startSweep();
    }
    for (Channel& c : channels_) verdict_.judge(c);
  }
  if (std::none_of(channels_.begin(), channels_.end(), [](const Channel& c) { return c.again; })) return startExact();
  phase_ = Phase::kSearch;
  startSweep();
}

void StreamDetector::startExact() {
  for (auto& tile : tiles_) tile.reset();
  exact_.clear();
  if (phase_ != Phase::kExact) {
    for (size_t c = 0; c < channels_.size(); c++) {
      if (channels_[c].exact) members_.push_back(c);
    }
  }
  phase_ = member_ < members_.size() ? Phase::kExact : Phase::kDone;
  for (size_t first = member_; first < members_.size() && exact_.size() < kExactTiles; first += kLanes) {
    exact_.push_back(
        std::make_unique<ExactLanes>(kernels_, filters() ? &exactPlan_ : nullptr, samples_, searchFor(true), median()));
  }
}

void StreamDetector::deliverExact(const TracesPiece& piece, size_t index) {
  TileBuffer block(piece.samples);
  double peak[kLanes] = {};
  kernels_.stage(piece.lanes(index * kLanes), piece.samples, block.row(0), peak);
  for (size_t i = index * kLanes; i < std::min((index + 1) * kLanes, piece.channels()); i++) {
    Channel& c = channels_[members_[member_ + i]];
    c.peak = std::max(c.peak, peak[i % kLanes]);
  }
  exact_[index]->deliver(block.row(0));
}

void StreamDetector::endExact(const TracesPiece& piece) {
  size_t start = 0, count = 0;
  if (exact_[0]->next(start, count)) return;
  for (size_t i = 0; i < piece.channels(); i++) {
    takeExact(channels_[members_[member_ + i]], *exact_[i / kLanes], i % kLanes);
  }
  member_ += piece.channels();
  startExact();
}

std::vector<Channel> StreamDetector::takeChannels() {
  return std::move(channels_);
}

Detection StreamDetector::result() {
  return collect(channels_, options_, fastPlan_.gain);
}

}  // namespace spikelab
