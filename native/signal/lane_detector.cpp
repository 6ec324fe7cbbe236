#include "lane_detector.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <limits>

namespace spikelab {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

// The part of the threshold so far that candidates must reach. The final threshold may turn out lower: then the lane is
// searched again.
double caution(double samples) {
  return samples < 20000 ? 0.5 : samples < 200000 ? 0.7 : 0.85;
}

// The part by which a threshold is unlikely to end further from what it is after so many samples.
double drift(double samples) {
  return samples < 20000 ? kInfinity : samples < 200000 ? 0.3 : 0.15;
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
  edges_.rising = search.hysteresis;
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
  guessed_ = search_.wanted &&
             std::any_of(windows_, windows_ + kLanes, [](const LaneWindow& w) { return w.before.count > 0; });
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

size_t LaneDetector::observe(size_t start, size_t end, Observation& seen) {
  const size_t from = cut(start, end);
  seen.measure = search_.measure;
  for (size_t lane = 0; lane < kLanes; lane++) {
    const RunningMoments& own = found(lane).moments;
    seen.shift[lane] = own.count > 0 ? own.mean : windows_[lane].before.mean;
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
    found(lane).moments.add(part);
  }
}

void LaneDetector::guessLimits() {
  for (size_t lane = 0; lane < kLanes; lane++) {
    RunningMoments m = windows_[lane].before;
    m.add(found(lane).moments);
    double& highest = found(lane).limit;
    const double threshold = search_.sigma * m.deviation();
    // a lane whose window has not begun is not searched; one with NaN has no threshold
    const double guess = m.count == 0 ? kInfinity : caution(m.count) * threshold;
    limits_[lane] = guess >= 0 && highest < Findings::kGivenUp ? guess : kInfinity;
    if (guess >= 0 && m.count > 0) highest = std::max(highest, guess);
    const double band = drift(m.count);
    if (!early_ || !(band < 1)) continue;
    low_[lane] = threshold * (1 - band);
    high_[lane] = edges_.highest[lane] = threshold * (1 + band);
  }
}

void LaneDetector::take(size_t start, size_t end, const double* y) {
  if (control_) control_->check();
  if (search_.wanted) {
    if (!fixed_) {
      // lanes that begin in this block had no limit while it was filtered
      const bool late = !guessed_ || std::any_of(windows_, windows_ + kLanes, [&](const LaneWindow& w) {
        return w.from < w.to && w.from >= start && w.from < end && w.before.count == 0;
      });
      if (late) guessLimits();
      guessed_ = true;
      if (late) {
        Observation seen;
        seen.measure = search_.measure;
        std::copy(limits_, limits_ + kLanes, seen.limit);
        seen.masks = masks_.data();
        kernels_.observe(y, end - start, seen);
      }
    }
    collect(start, end, y);
    if (!fixed_) guessLimits();
    std::memcpy(last_, y + (end - start - 1) * kLanes, sizeof last_);
  }
  show(start, end, y);
  if (writes_) write(start, end, y);
  blockStart_ = end;
  if (control_) control_->advance(end - start);
}

void LaneDetector::collect(size_t start, size_t end, const double* y) {
  std::copy(limits_, limits_ + kLanes, edges_.limit);
  const size_t count = end - start;
  uint16_t* const masks = masks_.data();
  for (size_t t = 0; t < count; t++) {
    if (t % 4 == 0 && t + 4 <= count) {
      uint64_t four;
      std::memcpy(&four, masks + t, sizeof four);
      if (four == 0) {
        t += 3;
        continue;
      }
    }
    if (masks[t] == 0) continue;
    const double *row = y + t * kLanes, *before = t > 0 ? row - kLanes : last_;
    kernels_.edges(row, before, 1, edges_, masks + t);
    for (unsigned mask = masks[t]; mask != 0; mask &= mask - 1) {
      const size_t lane = static_cast<size_t>(std::countr_zero(mask));
      add(start + t, lane, measured(row[lane]), measured(before[lane]));
    }
  }
  for (unsigned lanes = edges_.passed; lanes != 0; lanes &= lanes - 1) {
    const size_t lane = static_cast<size_t>(std::countr_zero(lanes));
    found(lane).early.passOver(high_[lane]);
  }
  edges_.passed = 0;
}

double LaneDetector::measured(double y) const {
  return std::bit_cast<double>((std::bit_cast<uint64_t>(y) & search_.measure.keep) ^ search_.measure.flip);
}

void LaneDetector::add(size_t sample, size_t lane, double value, double before) {
  const LaneWindow& w = windows_[lane];
  if (sample < w.from || sample >= w.to) return;
  // nothing before it to rise from
  if (search_.hysteresis && sample == w.from && w.first) return;
  const Candidate crossing{sample, value, search_.hysteresis ? before : -kInfinity};
  if (early_ && found(lane).early.decide(crossing, low_[lane], high_[lane], spikeCap_)) return;
  found(lane).candidates.push_back(crossing);
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
