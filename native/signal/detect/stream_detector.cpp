#include "stream_detector.h"

#include <algorithm>
#include <cmath>

#include "../../parallel/pool.h"

namespace spikelab {
namespace {

// Samples of a piece that is cut, where all of them may be candidates.
constexpr size_t kMostCandidates = size_t{1} << 18;
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
      relief_(pieces.candidateBytes),
      exactBytes_(pieces.exactBytes) {
  if (filters()) {
    exactPlan_ = exactPlan(options.sos);
    fastPlan_ = fastPlan(options.sos);
  }
  verdict_ = {.sigma = options.sigma,
              .error = filters() ? fastPlan_.error : kUnfilteredError,
              .spikeCap = options.spikeCap,
              .gain = fastPlan_.gain,
              .search = true,
              .filtered = false,
              .median = median(),
              .filters = filters()};
  StreamPieces wanted = pieces;
  // those of a whole piece are held at a time
  if (manyCandidates(options)) wanted.mostCut = std::min(wanted.mostCut, kMostCandidates);
  schedule_ = PieceSchedule::choose(wanted, channels, TileFilter::ahead(plan()), margin(), samples);
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
  position_ = 0;
  if (cuts()) return startSpans();
  for (size_t t = 0; t < tiles_.size(); t++) startTile(t);
}

void StreamDetector::startSpans() {
  const uint64_t start = schedule_.start(position_);
  const PlannedSamples samples{static_cast<size_t>(schedule_.end(position_) - start),
                               static_cast<size_t>(position_ - start),
                               static_cast<size_t>(schedule_.next(position_) - start)};
  const SweepGoal goal{phase_, searchFor(searches()), options_.spikeCap, start, nullptr};
  spans_ = std::make_unique<SpanSweep>(kernels_, plan(), planLanes(channels_.size(), samples, schedule_.behind()), goal,
                                       channels_);
}

void StreamDetector::startTile(size_t t) {
  const bool second = phase_ == Phase::kSearch;
  LaneWindow windows[kLanes];
  double limits[kLanes];
  NoiseFinder* finders[kLanes] = {};
  bool needed = phase_ == Phase::kNoise;
  for (size_t i = 0; i < kLanes; i++) {
    limits[i] = INFINITY;
    Channel* c = channelAt(t, i);
    if (!c) continue;
    windows[i] = {0, samples_, true, nullptr, nullptr, c};
    if (second && c->again) limits[i] = c->limit;
    needed = needed || (phase_ == Phase::kMedian ? !c->finder.known() : c->again);
    if (phase_ == Phase::kMedian) finders[i] = &c->finder;
  }
  tiles_[t].reset();
  if (!needed) return;
  tiles_[t] = std::make_unique<Tile>();
  Tile& tile = *tiles_[t];
  tile.detector = std::make_unique<LaneDetector>(kernels_, searchFor(searches()), windows,
                                                 TileFilter::longestTake(plan(), schedule_.block()));
  if (second) tile.detector->fixLimits(limits);
  if (phase_ == Phase::kNoise) tile.detector->decideEarly(options_.spikeCap);
  if (phase_ == Phase::kMedian) tile.detector->feed(finders);
  tile.filter = std::make_unique<TileFilter>(kernels_, plan(), schedule_.block(), *tile.detector);
}

void StreamDetector::stretchAt(uint64_t position, Stretch& wanted) const {
  wanted.start = schedule_.start(position);
  wanted.count = static_cast<size_t>(schedule_.end(position) - wanted.start);
  wanted.channels.clear();
}

bool StreamDetector::next(Stretch& wanted) const {
  if (phase_ == Phase::kDone) return false;
  if (phase_ != Phase::kExact) {
    stretchAt(position_, wanted);
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
  stretchAt(schedule_.next(position_), wanted);
  return true;
}

void StreamDetector::deliver(const TracesPiece& piece, Control& control) {
  parallelFor(parts(), options_.threads, control, [&](size_t part, size_t) { deliverPart(piece, part); });
  endPiece();
}

size_t StreamDetector::parts() const {
  if (phase_ == Phase::kExact) return exact_->tiles();
  return cuts() ? spans_->tiles() : tiles_.size();
}

void StreamDetector::deliverPart(const TracesPiece& piece, size_t t) {
  if (phase_ == Phase::kExact) return deliverExact(piece, t);
  if (cuts()) return spans_->tile(t, piece, nullptr);
  if (!tiles_[t]) return;
  WorkRows work(TileFilter::workRows(plan(), schedule_.block()));
  tiles_[t]->filter->push(piece.lanes(firstOf(t)), piece.samples, position_ + piece.samples == samples_, work);
  if (phase_ != Phase::kSearch) return;
  // limits are final: candidates become spikes at once
  for (size_t i = 0; i < kLanes; i++) {
    Channel* c = channelAt(t, i);
    if (c && c->again) verdict_.resolve(*c);
  }
}

void StreamDetector::endPiece() {
  if (phase_ == Phase::kExact) return endExact();
  if (cuts()) endSpans();
  position_ = schedule_.next(position_);
  if (phase_ == Phase::kNoise) relief_.relieve(channels_, verdict_);
  if (position_ == samples_) return endSweep();
  if (cuts()) startSpans();
}

void StreamDetector::endSpans() {
  for (size_t i = 0; i < channels_.size(); i++) {
    spans_->endChannel(i);
    // as deliverPart() does with whole channels
    if (phase_ == Phase::kSearch && channels_[i].again) verdict_.resolve(channels_[i]);
  }
}

void StreamDetector::endSweep() {
  for (size_t t = 0; t < tiles_.size(); t++) {
    if (phase_ != Phase::kNoise || !tiles_[t]) continue;
    for (size_t i = 0; i < kLanes; i++) {
      Channel* c = channelAt(t, i);
      if (!c) continue;
      c->peak = tiles_[t]->filter->peak()[i];
      c->constancy = tiles_[t]->filter->constancy()[i];
    }
  }
  if (phase_ == Phase::kSearch) return startExact();
  if (median()) {
    for (Channel& c : channels_) {
      if (phase_ == Phase::kNoise) verdict_.startFinder(c);
      if (phase_ == Phase::kMedian) c.finder.endSweep();
    }
    if (std::any_of(channels_.begin(), channels_.end(), [](const Channel& c) { return !c.finder.known(); })) {
      phase_ = Phase::kMedian;
      medianSweeps_++;
      return startSweep();
    }
  }
  for (Channel& c : channels_) {
    verdict_.judge(c);
    if (!c.again) verdict_.resolve(c);
  }
  if (std::none_of(channels_.begin(), channels_.end(), [](const Channel& c) { return c.again; })) return startExact();
  phase_ = Phase::kSearch;
  startSweep();
}

void StreamDetector::startExact() {
  for (auto& tile : tiles_) tile.reset();
  spans_.reset();
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
  WorkRows block(ExactLanes::kBlock);
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
