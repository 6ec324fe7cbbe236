#include "stream_detector.h"

#include <algorithm>
#include <cmath>

#include "../parallel/pool.h"

namespace spikelab {
namespace {

// Early spikes of more than this are looked through for channels whose threshold has moved away since.
constexpr size_t kListBytes = size_t{16} << 20;
// Widest part of the threshold so far within which candidates stay undecided.
constexpr double kWidestBand = 0.15;
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
    : kernels_(kernels()),
      options_(options),
      samples_(samples),
      channels_(channels),
      candidateBytes_(pieces.candidateBytes),
      listBytes_(kListBytes),
      exactBytes_(pieces.exactBytes) {
  if (filters()) {
    exactPlan_ = exactPlan(options.sos);
    fastPlan_ = fastPlan(options.sos);
  }
  verdict_ = {options.sigma, filters() ? fastPlan_.error : 1e-15, options.spikeCap, true, false, median(), filters()};
  schedule_ = PieceSchedule(pieces, TileFilter::ahead(plan()), samples);
  tiles_.resize((channels + kLanes - 1) / kLanes);
  if (filters() && !std::isfinite(fastPlan_.error)) {
    for (Channel& c : channels_) c.exact = true;
    startExact();
    return;
  }
  startSweep();
}

StreamDetector::~StreamDetector() = default;

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
  const int planned = plannedSweeps(options_);
  // medians may take fewer sweeps than planned, or more
  const int most = phase_ == Phase::kMedian ? planned - 1 : planned;
  const int before = phase_ == Phase::kNoise ? 0 : phase_ == Phase::kMedian ? medianSweeps_ : std::max(1, planned - 1);
  const double done = before + static_cast<double>(position_) / static_cast<double>(samples_);
  return std::min<double>(most, done) / planned;
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
  bool needed = phase_ == Phase::kNoise;
  for (size_t i = 0; i < kLanes; i++) {
    limits[i] = INFINITY;
    Channel* c = channelAt(t, i);
    if (!c) continue;
    windows[i] = {0, samples_, true, nullptr};
    if (second && c->again) limits[i] = c->limit;
    needed = needed || (phase_ == Phase::kMedian ? !c->finder.known() : c->again);
    early[i] = &c->early;
    if (phase_ == Phase::kMedian) finders[i] = &c->finder;
  }
  tiles_[t].reset();
  if (!needed) return;
  tiles_[t] = std::make_unique<Tile>();
  Tile& tile = *tiles_[t];
  const Search search = searchFor(second || (phase_ == Phase::kNoise && worthOnePass(options_)));
  tile.detector =
      std::make_unique<LaneDetector>(kernels_, search, windows, TileFilter::longestTake(plan(), schedule_.block()));
  if (second) tile.detector->fixLimits(limits);
  if (phase_ == Phase::kNoise) tile.detector->decideEarly(early, options_.spikeCap);
  tile.detector->feed(finders);
  tile.filter = std::make_unique<TileFilter>(kernels_, plan(), schedule_.block(), *tile.detector);
}

bool StreamDetector::next(Stretch& wanted) const {
  wanted.channels.clear();
  if (phase_ == Phase::kDone) return false;
  if (phase_ != Phase::kExact) {
    wanted.start = position_;
    wanted.count = static_cast<size_t>(schedule_.end(position_) - position_);
    return true;
  }
  size_t start = 0;
  exact_->next(start, wanted.count);
  wanted.start = start;
  const auto first = members_.begin() + static_cast<std::ptrdiff_t>(member_);
  wanted.channels.assign(first, first + static_cast<std::ptrdiff_t>(exact_->lanes()));
  return true;
}

bool StreamDetector::following(Stretch& wanted) const {
  if (phase_ == Phase::kExact || phase_ == Phase::kDone || schedule_.end(position_) == samples_) return false;
  const uint64_t start = schedule_.next(position_);
  wanted = {start, static_cast<size_t>(schedule_.end(start) - start), {}};
  return true;
}

void StreamDetector::deliver(const TracesPiece& piece, Control& control) {
  parallelFor(parts(), options_.threads, control, [&](size_t part, size_t) { deliverPart(piece, part); });
  endPiece();
}

void StreamDetector::deliverPart(const TracesPiece& piece, size_t t) {
  if (phase_ == Phase::kExact) return deliverExact(piece, t);
  if (!tiles_[t]) return;
  WorkRows work(TileFilter::workRows(plan(), schedule_.block()));
  tiles_[t]->filter->push(piece.lanes(firstOf(t)), piece.samples, position_ + piece.samples == samples_, work);
  if (phase_ != Phase::kSearch) return;
  // limits are final: candidates become spikes at once
  for (size_t i = 0; i < kLanes; i++) {
    Channel* c = channelAt(t, i);
    if (c && c->again) verdict_.resolve(*c, tiles_[t]->detector->candidates(i), 0);
  }
}

void StreamDetector::endPiece() {
  if (phase_ == Phase::kExact) return endExact();
  position_ = schedule_.next(position_);
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
  if (candidates() > candidateBytes_) {
    settle(kWidestBand);
    for (double band = kWidestBand / 2; candidates() > candidateBytes_ / 2 && band > 0;) {
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
    c.constancy = tile.filter->constancy()[i];
    c.limit = tile.detector->limit(i);
    if (median()) {
      if (!verdict_.dead(c)) c.finder.start(c.moments.mean, c.moments.deviation());
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
    if (std::any_of(channels_.begin(), channels_.end(), [](const Channel& c) { return !c.finder.known(); })) {
      phase_ = Phase::kMedian;
      medianSweeps_++;
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
  exact_.reset();
  if (phase_ != Phase::kExact) {
    for (size_t c = 0; c < channels_.size(); c++) {
      if (channels_[c].exact) members_.push_back(c);
    }
  }
  phase_ = member_ < members_.size() ? Phase::kExact : Phase::kDone;
  if (phase_ == Phase::kDone) return;
  const size_t most = std::min(members_.size() - member_, kExactTiles * kLanes);
  const ExactTask task{filters() ? &exactPlan_ : nullptr, samples_, searchFor(true), median(), options_.spikeCap};
  exact_ = std::make_unique<ExactLanes>(kernels_, task, exactSize(samples_, exactPlan_.sections(), most, exactBytes_));
}

void StreamDetector::deliverExact(const TracesPiece& piece, size_t index) {
  TileBuffer block(piece.samples);
  double peak[kLanes] = {};
  const Lanes lanes = piece.lanes(index * kLanes);
  kernels_.stage(lanes, piece.samples, block.row(0), peak);
  for (size_t i = index * kLanes; i < std::min((index + 1) * kLanes, piece.channels()); i++) {
    Channel& c = channels_[members_[member_ + i]];
    c.peak = std::max(c.peak, peak[i % kLanes]);
    c.constancy.see(lanes, i % kLanes, piece.samples);
  }
  exact_->deliver(index, block.row(0));
}

void StreamDetector::endExact() {
  exact_->endBlock();
  size_t start = 0, count = 0;
  if (exact_->next(start, count)) return;
  for (size_t i = 0; i < exact_->lanes(); i++) takeExact(channels_[members_[member_ + i]], *exact_, i);
  member_ += exact_->lanes();
  startExact();
}

std::vector<Channel> StreamDetector::takeChannels() {
  return std::move(channels_);
}

Detection StreamDetector::result() {
  return collect(channels_, options_, fastPlan_.gain);
}

}  // namespace spikelab
