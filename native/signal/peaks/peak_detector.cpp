#include "peak_detector.h"

#include <algorithm>
#include <cmath>

#include "../../parallel/pool.h"
#include "periods.h"

namespace spikelab {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
// Samples of a piece that is only looked at for saturation.
constexpr size_t kRawSamples = 8192;

}  // namespace

PeakDetector::PeakDetector(const TraceTask& traces, const PeakTask& peaks, PieceShape shape)
    : kernels_(kernels()), traces_(traces), peaks_(peaks), shape_(shape), spoilt_(traces.channels, 0) {
  kept_.resize(traces.channels);
  if (traces.saturation.wanted) {
    saturation_ = std::make_unique<SaturationFinder>(traces_);
    phase_ = Phase::kSaturation;
  } else {
    begin();
  }
}

PeakDetector::~PeakDetector() = default;

// The blanked periods are known.
void PeakDetector::begin() {
  tiles_ = std::make_unique<TraceTiles>(kernels_, traces_, shape_.unit, shape_.frameBytes);
  found_.blanked = traces_.blanked;
  const size_t bytes = traces_.memoryBytes * 3 / 8 / traces_.channels;
  for (size_t t = 0; measures() && t < tiles_->tiles(); t++) {
    meters_.emplace_back(kernels_, peaks_.noise, lanesOf(t), bytes);
  }
  if (!traces_.sos.empty()) return enter(Phase::kForward);
  enter(consumer_ ? Phase::kShow : measures() ? Phase::kNoise : looksFirst() ? Phase::kLook : Phase::kSearch);
}

// Flat channels, and such as are not finite, must be known before channels compete.
bool PeakDetector::looksFirst() const {
  return peaks_.method == PeakMethod::kLocallyExclusive && !measures() && phase_ != Phase::kLook;
}

void PeakDetector::enter(Phase phase) {
  const Phase before = phase_;
  phase_ = phase;
  if (phase == Phase::kIdle) return;
  if (phase == Phase::kNoise && before == Phase::kForward) beginEager();
  if (phase == Phase::kForward) return tiles_->enter(TraceTiles::Step::kForward);
  if (phase == Phase::kSearch) beginSearch();
  tiles_->enter(phase == Phase::kSearch || phase == Phase::kShow ? TraceTiles::Step::kSearch
                                                                 : TraceTiles::Step::kNoise);
}

bool PeakDetector::next(Stretch& wanted) const {
  wanted.channels.clear();
  if (phase_ == Phase::kIdle) return false;
  if (phase_ != Phase::kSaturation) return tiles_->next(wanted.start, wanted.count);
  wanted.start = position_;
  wanted.count = std::min<uint64_t>(std::max(kRawSamples, shape_.unit), traces_.samples - position_);
  return true;
}

bool PeakDetector::following(Stretch& wanted) const {
  wanted = {0, 0, {}, phase_ != Phase::kForward};
  return phase_ != Phase::kIdle && phase_ != Phase::kSaturation && tiles_->following(wanted.start, wanted.count);
}

void PeakDetector::deliver(const TracesPiece& piece, Control& control, const SideWork& side) {
  if (phase_ == Phase::kSaturation) {
    parallelFor(side.count, traces_.threads, control, side.body);
    saturation_->add(piece, position_, control);
    position_ += piece.samples;
    if (position_ < traces_.samples) return;
    std::vector<Period> periods = widened(saturation_->periods(), traces_.margin, traces_.samples);
    periods.insert(periods.end(), traces_.blanked.begin(), traces_.blanked.end());
    traces_.blanked = merged(std::move(periods), 0);
    saturation_.reset();
    return begin();
  }
  const TraceTiles::Got got = tiles_->deliver(piece, control, side);
  if (got == TraceTiles::Got::kTraces) takeTraces(control);
  if (got == TraceTiles::Got::kGuess && measures()) {
    parallelFor(tiles_->tiles(), traces_.threads, control, [&](size_t tile, size_t) { measure(tile, true); });
  }
  if (tiles_->advance()) endSweep(control);
}

void PeakDetector::takeTraces(Control& control) {
  if (phase_ == Phase::kShow) {
    std::vector<double*> rows;
    for (size_t t = 0; t < tiles_->tiles(); t++) rows.push_back(tiles_->rows(t));
    return consumer_->add(rows.data(), tiles_->start(), tiles_->count(), traces_.threads, control);
  }
  parallelFor(tiles_->tiles(), traces_.threads, control, [&](size_t tile, size_t) {
    if (phase_ == Phase::kSearch) {
      searches_[tile]->add(tiles_->rows(tile), tiles_->start(), tiles_->count());
    } else {
      measure(tile, false);
    }
  });
  if (phase_ == Phase::kSearch) collect(false, control);
  if (phase_ == Phase::kNoise && !searches_.empty()) collectEager(false, control);
}

void PeakDetector::measure(size_t tile, bool guess) {
  const double* rows = tiles_->rows(tile);
  Observation seen;
  const bool eager = !guess && !searches_.empty();
  if (eager) {
    searches_[tile]->add(rows, tiles_->start(), tiles_->count());
  } else if (!guess) {
    kernels_.observe(rows, tiles_->count(), seen);
  }
  for (size_t lane = 0; lane < lanesOf(tile); lane++) {
    if (eager ? !searches_[tile]->spoilt(lane) : std::isfinite(seen.sum[lane])) continue;
    spoilt_[tile * kLanes + lane] = 1;
    if (measures()) meters_[tile].spoil(lane);
  }
  if (!measures()) return;
  // what comes last in time goes by first
  std::vector<Period> runs;
  const uint64_t start = tiles_->start();
  outsidePeriods(traces_.blanked, start, start + tiles_->count(), [&](uint64_t from, uint64_t to) {
    runs.push_back({from - start, to - start});
  });
  for (size_t i = runs.size(); i-- > 0;) {
    const auto take = guess ? &NoiseMeter::guess : &NoiseMeter::add;
    (meters_[tile].*take)(rows + runs[i].start * kLanes, runs[i].end - runs[i].start);
  }
}

void PeakDetector::endSweep(Control& control) {
  sweeps_++;
  const auto eachMeter = [&](const auto& body) {
    parallelFor(meters_.size(), traces_.threads, control, [&](size_t tile, size_t) { body(tile); });
  };
  if (phase_ == Phase::kForward) {
    eachMeter([&](size_t tile) { meters_[tile].endGuesses(); });
    enter(consumer_ ? Phase::kShow : measures() ? Phase::kNoise : looksFirst() ? Phase::kLook : Phase::kSearch);
  } else if (phase_ == Phase::kLook) {
    enter(Phase::kSearch);
  } else if (phase_ == Phase::kNoise) {
    std::vector<char> ended(meters_.size());
    eachMeter([&](size_t tile) { ended[tile] = meters_[tile].endSweep(); });
    const bool known = std::all_of(ended.begin(), ended.end(), [](char is) { return is != 0; });
    if (!searches_.empty()) collectEager(true, control);
    if (!known || !settleEager()) return enter(known ? Phase::kSearch : Phase::kNoise);
    finish();
    enter(Phase::kIdle);
  } else {
    if (phase_ == Phase::kSearch) {
      for (const auto& search : searches_) search->end();
      collect(true, control);
      finish();
    }
    enter(Phase::kIdle);
  }
}

void PeakDetector::keep(const PeakCandidate& candidate) {
  if (peaks_.maxAmplitudeUv < kInfinity &&
      std::abs(candidate.y * traces_.gains[candidate.channel]) >= peaks_.maxAmplitudeUv) {
    return;
  }
  kept_[candidate.channel].push_back({candidate.sample, candidate.channel, static_cast<float>(candidate.y)});
}

void PeakDetector::collect(bool last, Control& control) {
  const auto emit = [&](const PeakCandidate& candidate) { keep(candidate); };
  for (const auto& search : searches_) {
    for (const PeakCandidate& candidate : search->found()) {
      if (windows_) windows_->want(candidate.channel, candidate.sample);
      if (exclusion_) {
        exclusion_->add(candidate);
      } else {
        keep(candidate);
      }
    }
    search->found().clear();
  }
  cutWindows(control);
  // the first sample of a block waits for the one before it
  if (exclusion_ && !last) exclusion_->settle(tiles_->start() + 1, emit);
  if (exclusion_ && last) exclusion_->end(emit);
  checkTotal();
}

void PeakDetector::checkTotal() {
  double total = 0;
  for (std::vector<FoundPeak>& peaks : kept_) {
    total += static_cast<double>(std::min<uint64_t>(peaks.size(), peaks_.channelCap));
    // one more says that there were more; later ones are at the front, but for those of two signs
    if (peaks.size() / 2 > peaks_.channelCap + 1) {
      std::sort(peaks.begin(), peaks.end(), [](const FoundPeak& a, const FoundPeak& b) { return a.sample > b.sample; });
      peaks.erase(peaks.begin(), peaks.end() - static_cast<std::ptrdiff_t>(peaks_.channelCap + 1));
    }
  }
  if (total > peaks_.maxPeaks) {
    throw Error(Code::kLimit, "more peaks were found than limits.maxSpikes allows; raise the threshold or the limit");
  }
}

void PeakDetector::finish() {
  if (windows_ && !windows_->end()) windows_.reset();
  for (size_t c = 0; c < traces_.channels; c++) {
    const auto channel = static_cast<double>(c);
    spoilt_[c] = spoilt_[c] || (!searches_.empty() && searches_[c / kLanes]->spoilt(c % kLanes));
    if (spoilt_[c]) found_.spoilt.push_back(channel);
    if (tiles_->flat(c)) found_.flat.push_back(channel);
    std::vector<FoundPeak>& peaks = kept_[c];
    if (spoilt_[c] || tiles_->flat(c)) {
      peaks.clear();
      found_.threshold[c] = kInfinity;
      if (spoilt_[c]) found_.noise[c] = kNaN;
    }
    std::sort(peaks.begin(), peaks.end(), [](const FoundPeak& a, const FoundPeak& b) { return a.sample < b.sample; });
    if (peaks.size() > peaks_.channelCap) {
      peaks.resize(peaks_.channelCap);
      found_.capped.push_back(channel);
    }
    found_.peaks.insert(found_.peaks.end(), peaks.begin(), peaks.end());
  }
  std::sort(found_.peaks.begin(), found_.peaks.end(), [](const FoundPeak& a, const FoundPeak& b) {
    return a.sample < b.sample || (a.sample == b.sample && a.channel < b.channel);
  });
  searches_.clear();
  exclusion_.reset();
}

void PeakDetector::show(std::shared_ptr<TraceConsumer> consumer) {
  if (windows_ && phase_ == Phase::kIdle && consumer->takeFrom(*windows_)) return windows_.reset();
  windows_.reset();
  consumer_ = std::move(consumer);
  // else it comes after these
  if (phase_ != Phase::kSaturation && phase_ != Phase::kForward) enter(Phase::kShow);
}

// Forward, four for the noise, the search.
double PeakDetector::progress() const {
  const int expected = (traces_.sos.empty() ? 0 : 1) + (measures() ? 4 : 0) + 1;
  return std::min(1.0, static_cast<double>(sweeps_) / std::max(1, expected));
}

}  // namespace spikelab
