#include "lane_detector.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <limits>

namespace spikelab {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

// Samples after which the noise so far counts as that of the recording, but for slow drifts.
constexpr double kSettled = 200000;
// Samples of a channel from which on the scatter of its noise is known well enough to guess a limit: at 30 kHz, 0.7 s.
constexpr double kFirst = 20000;
// Parts of the threshold so far that candidates must reach, at least and at most. The final threshold may turn out
// lower: then the lane is searched again.
constexpr double kLeastLimit = 0.5, kMostLimit = 0.85;
// The band around the threshold so far in which no spike is decided early is at most this part of it wide: at a
// threshold of 50, candidates up to 75 wait.
constexpr double kWidestBand = 0.5;
// The noise measured so far is taken to be within so many standard errors of the final one. In a steady recording one
// channel in 1.7 million is not, and is searched again.
constexpr double kSafeErrors = 5;
// Runs of fewer samples are left out of the scatter of variances: that of 512 normal samples already scatters by 6 %
// for its shortness alone.
constexpr double kShortestRun = 512;

// The part by which the threshold may end up elsewhere than it is after these samples: from how much the variances of
// their runs scatter.
double uncertainty(const RunningMoments& samples, const RunningMoments& runs) {
  if (samples.count < kFirst) return kInfinity;
  if (samples.count >= kSettled) return 0;
  return kSafeErrors * runs.deviation() / std::sqrt(runs.count) / (2 * runs.mean);
}

}  // namespace

LaneDetector::LaneDetector(const Kernels& kernels, const Search& search, const LaneWindow* windows, size_t rows,
                           Control* control)
    : kernels_(kernels), search_(search), control_(control), masks_(search.wanted ? rows : 0) {
  std::copy(windows, windows + kLanes, windows_);
  std::fill(limits_, limits_ + kLanes, kInfinity);
  std::fill(last_, last_ + kLanes, 0.0);
  std::fill(low_, low_ + kLanes, -kInfinity);
  std::fill(high_, high_ + kLanes, kInfinity);
  std::fill(edges_.highest, edges_.highest + kLanes, kInfinity);
  edges_.measure = search.measure;
  for (LaneWindow& w : windows_) {
    writes_ = writes_ || w.filtered != nullptr;
    if (!w.found) w.found = &unused_;
    if (!search.wanted) w.found->limit = Findings::kGivenUp;
  }
}

void LaneDetector::fixLimits(const double* limits) {
  fixed_ = guessed_ = true;
  measures_ = false;
  std::copy(limits, limits + kLanes, limits_);
}

void LaneDetector::feed(NoiseFinder* const* finders) {
  measures_ = false;
  std::copy(finders, finders + kLanes, finders_);
}

void LaneDetector::decideEarly(uint64_t spikeCap) {
  early_ = true;
  spikeCap_ = spikeCap;
  guessed_ =
      search_.wanted && std::any_of(windows_, windows_ + kLanes, [](const LaneWindow& w) { return w.follows(); });
  if (guessed_) guessLimits();
}

void LaneDetector::show(size_t start, size_t end, const double* y) {
  for (size_t lane = 0; lane < kLanes; lane++) {
    const size_t from = std::max(start, windows_[lane].from), to = std::min(end, windows_[lane].to);
    if (finders_[lane] && from < to) finders_[lane]->add(y + (from - start) * kLanes + lane, to - from, kLanes);
  }
}

// The largest border of a window inside (start, end), else start: between borders a lane counts wholly or not at all.
size_t LaneDetector::cut(size_t start, size_t end) const {
  size_t at = start;
  for (const LaneWindow& w : windows_) {
    for (const size_t border : {w.from, w.to}) {
      if (border > at && border < end) at = border;
    }
  }
  return at;
}

void LaneDetector::begin(size_t start, size_t end) {
  if (control_) control_->check();
  blockStart_ = start;
  // lanes that begin in this block have no limit while it is filtered
  late_ = !guessed_ || std::any_of(windows_, windows_ + kLanes, [&](const LaneWindow& w) {
    return w.from < w.to && w.from >= start && w.from < end && !w.follows();
  });
  late_ = late_ && !fixed_;
}

size_t LaneDetector::observe(size_t start, size_t end, Observation& seen) {
  const size_t from = cut(start, end);
  seen.measure = search_.measure;
  for (size_t lane = 0; lane < kLanes; lane++) {
    const RunningMoments& own = found(lane).moments;
    seen.shift[lane] = own.count > 0 || !windows_[lane].before ? own.mean : windows_[lane].before->moments.mean;
    // given up since
    if (found(lane).limit == Findings::kGivenUp) limits_[lane] = kInfinity;
    seen.limit[lane] = limits_[lane];
  }
  if (search_.wanted && guessed_) seen.masks = masks_.data() + (from - blockStart_);
  return from;
}

void LaneDetector::observed(size_t start, size_t end, const double* y, const Observation& seen) {
  if (!measures_) return;
  const double n = static_cast<double>(end - start);
  Observation again;
  bool centred = false;
  for (size_t lane = 0; lane < kLanes; lane++) {
    if (windows_[lane].from > start || windows_[lane].to < end) continue;
    RunningMoments part = RunningMoments::ofSums(n, seen.shift[lane], seen.sum[lane], seen.squares[lane]);
    const double off = part.mean - seen.shift[lane];
    // far from the shift the squares cancel: sum once more around the mean that is now known
    if (off * off * n > 16 * part.squares) {
      if (!centred) {
        for (size_t k = 0; k < kLanes; k++) again.shift[k] = seen.shift[k] + seen.sum[k] / n;
        kernels_.observe(y, end - start, again);
        centred = true;
      }
      part = RunningMoments::ofSums(n, again.shift[lane], again.sum[lane], again.squares[lane]);
    }
    Findings& f = found(lane);
    f.moments.add(part);
    if (n >= kShortestRun && f.moments.count < kSettled) f.variances.add({1, part.squares / n, 0});
  }
}

void LaneDetector::guessLimits() {
  for (size_t lane = 0; lane < kLanes; lane++) {
    const LaneWindow& w = windows_[lane];
    RunningMoments samples, runs;
    if (w.before) samples = w.before->moments, runs = w.before->variances;
    samples.add(found(lane).moments);
    runs.add(found(lane).variances);
    double& highest = found(lane).limit;
    const double threshold = search_.sigma * samples.deviation(), unsure = uncertainty(samples, runs);
    // also where it is not a number: in silence
    const double part = unsure < 1 - kLeastLimit ? std::min(1 - unsure, kMostLimit) : kLeastLimit;
    // a lane whose window has not begun is not searched; one with NaN has no threshold
    const double guess = samples.count == 0 ? kInfinity : part * threshold;
    limits_[lane] = guess >= 0 && highest < Findings::kGivenUp ? guess : kInfinity;
    if (guess >= 0 && samples.count > 0) highest = std::max(highest, guess);
    if (!early_ || !(unsure < kWidestBand)) continue;
    const double band = std::max(unsure, 1 - kMostLimit);
    low_[lane] = threshold * (1 - band);
    high_[lane] = edges_.highest[lane] = threshold * (1 + band);
  }
}

void LaneDetector::take(size_t start, size_t end, const double* y) {
  if (search_.wanted) {
    if (late_) {
      guessLimits();
      guessed_ = true;
      Observation seen;
      seen.measure = search_.measure;
      std::copy(limits_, limits_ + kLanes, seen.limit);
      seen.masks = masks_.data() + (start - blockStart_);
      kernels_.observe(y, end - start, seen);
    }
    collect(start, end, y);
    if (!fixed_) guessLimits();
    std::memcpy(last_, y + (end - start - 1) * kLanes, sizeof last_);
  }
  show(start, end, y);
  if (writes_) write(start, end, y);
  if (control_) control_->advance(end - start);
}

// Lanes of which all these samples count, and the one before too.
unsigned LaneDetector::inside(size_t start, size_t end) const {
  unsigned lanes = 0;
  for (size_t lane = 0; lane < kLanes; lane++) {
    const LaneWindow& w = windows_[lane];
    lanes |= (w.from < start && end <= w.to ? 1u : 0u) << lane;
  }
  return lanes;
}

void LaneDetector::collect(size_t start, size_t end, const double* y) {
  const size_t count = end - start;
  uint16_t* const masks = masks_.data() + (start - blockStart_);
  if (search_.hysteresis) kernels_.edges(y, last_, count, edges_, masks);
  const unsigned whole = inside(start, end);
  EarlySpikes* early[kLanes];
  std::vector<Candidate>* candidates[kLanes];
  for (size_t lane = 0; lane < kLanes; lane++) {
    early[lane] = &found(lane).early;
    candidates[lane] = &found(lane).candidates.last();
  }
  for (size_t t = 0; t < count; t++) {
    uint64_t four;
    while (t + 4 <= count && (std::memcpy(&four, masks + t, sizeof four), four == 0)) t += 4;
    if (t == count) break;
    const double *row = y + t * kLanes, *before = t > 0 ? row - kLanes : last_;
    for (unsigned mask = masks[t]; mask != 0; mask &= mask - 1) {
      const size_t lane = static_cast<size_t>(std::countr_zero(mask));
      if ((whole >> lane & 1) == 0 && !counts(start + t, lane)) continue;
      const Candidate found{start + t, measured(row[lane]), search_.hysteresis ? measured(before[lane]) : -kInfinity};
      if (early_ && early[lane]->decide(found, low_[lane], high_[lane], spikeCap_)) continue;
      candidates[lane]->push_back(found);
    }
  }
  for (unsigned lanes = edges_.passed; lanes != 0; lanes &= lanes - 1) {
    const size_t lane = static_cast<size_t>(std::countr_zero(lanes));
    early[lane]->passOver(high_[lane]);
  }
  edges_.passed = 0;
}

bool LaneDetector::counts(size_t sample, size_t lane) const {
  const LaneWindow& w = windows_[lane];
  if (sample < w.from || sample >= w.to) return false;
  // the first of all has nothing before it to rise from
  return !(search_.hysteresis && sample == w.from && w.first);
}

void LaneDetector::write(size_t start, size_t end, const double* y) {
  double scale[kLanes];
  std::fill(scale, scale + kLanes, search_.gain);
  for (size_t stop = end; stop > start;) {
    const size_t from = cut(start, stop);
    double* rows[kLanes];
    for (size_t lane = 0; lane < kLanes; lane++) {
      const LaneWindow& w = windows_[lane];
      const bool inside = w.filtered != nullptr && w.from <= from && w.to >= stop;
      rows[lane] = inside ? w.filtered + (from - w.from) : nullptr;
    }
    kernels_.unstage(y + (from - start) * kLanes, stop - from, scale, rows);
    stop = from;
  }
}

}  // namespace spikelab
