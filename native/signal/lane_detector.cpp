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
  std::fill(highest_, highest_ + kLanes, -kInfinity);
  std::fill(last_, last_ + kLanes, 0.0);
  std::fill(low_, low_ + kLanes, -kInfinity);
  std::fill(high_, high_ + kLanes, kInfinity);
  std::fill(edges_.highest, edges_.highest + kLanes, kInfinity);
  edges_.measure = search.measure;
  edges_.rising = search.hysteresis;
  for (const LaneWindow& w : windows_) writes_ = writes_ || w.filtered != nullptr;
}

void LaneDetector::fixLimits(const double* limits) {
  fixed_ = guessed_ = true;
  std::copy(limits, limits + kLanes, limits_);
  std::copy(limits, limits + kLanes, highest_);
}

void LaneDetector::feed(NoiseFinder* const* finders) {
  std::copy(finders, finders + kLanes, finders_);
}

void LaneDetector::decideEarly(EarlySpikes* const* lanes, uint64_t spikeCap) {
  std::copy(lanes, lanes + kLanes, early_);
  spikeCap_ = spikeCap;
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

double LaneDetector::limit(size_t lane) const {
  return search_.wanted ? highest_[lane] : kInfinity;
}

size_t LaneDetector::candidateBytes() const {
  size_t bytes = 0;
  for (const auto& list : candidates_) bytes += list.capacity() * sizeof(Candidate);
  return bytes;
}

void LaneDetector::settle(double band) {
  for (size_t lane = 0; lane < kLanes; lane++) {
    const double now = threshold(lane);
    if (!early_[lane] || !early_[lane]->hold(now, 0)) {
      giveUp(lane);
      continue;
    }
    const double low = now * (1 - band), high = now * (1 + band);
    std::vector<Candidate> kept;
    for (const Candidate& c : candidates_[lane]) {
      // below a limit that was searched by is below every threshold that the search counts for
      if (c.value <= highest_[lane]) continue;
      if (c.before > high) {
        // as far as this one goes: a narrow band would hold for next to no threshold
        early_[lane]->passOver(c.before);
      } else if (c.value < low) {
        // kept, it would be looked at again with each piece to come
        early_[lane]->drop(c.value);
      } else if (!early_[lane]->decide(c, low, high, spikeCap_)) {
        kept.push_back(c);
      }
    }
    kept.shrink_to_fit();
    candidates_[lane].swap(kept);
  }
}

void LaneDetector::giveUp(size_t lane) {
  limits_[lane] = highest_[lane] = kInfinity;
  std::vector<Candidate>().swap(candidates_[lane]);
  if (early_[lane]) early_[lane]->take();
}

size_t LaneDetector::observe(size_t start, size_t end, Observation& seen) {
  const size_t from = cut(start, end);
  seen.measure = search_.measure;
  for (size_t lane = 0; lane < kLanes; lane++) {
    seen.shift[lane] = moments_[lane].mean;
    seen.limit[lane] = limits_[lane];
  }
  if (search_.wanted && guessed_) seen.masks = masks_.data() + (from - blockStart_);
  return from;
}

void LaneDetector::observed(size_t start, size_t end, const double* y, const Observation& seen) {
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
    moments_[lane].add(part);
  }
}

void LaneDetector::guessLimits() {
  for (size_t lane = 0; lane < kLanes; lane++) {
    const RunningMoments& m = moments_[lane];
    // a lane whose window has not begun is not searched; one with NaN has no threshold
    const double guess = m.count == 0 ? kInfinity : caution(m.count) * search_.sigma * m.deviation();
    limits_[lane] = guess >= 0 && highest_[lane] < kInfinity ? guess : kInfinity;
    if (guess >= 0 && m.count > 0) highest_[lane] = std::max(highest_[lane], guess);
    const double band = drift(m.count);
    if (!early_[lane] || !(band < 1)) continue;
    low_[lane] = threshold(lane) * (1 - band);
    high_[lane] = edges_.highest[lane] = threshold(lane) * (1 + band);
  }
}

void LaneDetector::take(size_t start, size_t end, const double* y) {
  if (control_) control_->check();
  if (search_.wanted) {
    if (!fixed_) {
      // lanes that begin in this block had no limit while it was filtered
      const bool late = !guessed_ || std::any_of(windows_, windows_ + kLanes, [&](const LaneWindow& w) {
        return w.from < w.to && w.from >= start && w.from < end;
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
    early_[lane]->passOver(high_[lane]);
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
  const Candidate found{sample, value, search_.hysteresis ? before : -kInfinity};
  if (early_[lane] && early_[lane]->decide(found, low_[lane], high_[lane], spikeCap_)) return;
  candidates_[lane].push_back(found);
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
