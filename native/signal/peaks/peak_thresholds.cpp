// What PeakDetector compares samples with, and candidates that are kept before that is known.
#include <algorithm>
#include <cmath>

#include "peak_detector.h"

namespace spikelab {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
// Of the noise that samples promise: what is hardly ever undercut, and lets few more candidates through.
constexpr double kEagerShare = 0.9;

}  // namespace

// Whether a sample is a maximum does not depend on the threshold: candidates can be kept before the noise is known,
// where samples say about what it will be. What was expected wrongly takes a sweep of its own.
void PeakDetector::beginEager() {
  if (!peaks_.inNoise) return;
  if (peaks_.method != PeakMethod::kByChannel && peaks_.method != PeakMethod::kLocallyExclusive) return;
  eagerThresholds_.assign(traces_.channels, kInfinity);
  for (size_t c = 0; c < traces_.channels; c++) {
    const double expected = meters_[c / kLanes].expected(c % kLanes);
    if (expected > 0 && !peaks_.bad[c]) eagerThresholds_[c] = kEagerShare * peaks_.thresholds[c] * expected;
  }
  eager_.resize(traces_.channels);
  seekIn(eagerThresholds_);
}

// They may take a quarter of the memory.
void PeakDetector::collectEager(bool last, Control& control) {
  for (const auto& search : searches_) {
    if (last) search->end();
    for (const PeakCandidate& candidate : search->found()) {
      eager_[candidate.channel].push_back(candidate);
      if (windows_) windows_->want(candidate.channel, candidate.sample);
    }
    eagerCount_ += search->found().size();
    search->found().clear();
  }
  cutWindows(control);
  if (eagerCount_ * sizeof(PeakCandidate) > traces_.memoryBytes / 4) {
    std::vector<std::vector<PeakCandidate>>().swap(eager_);
    searches_.clear();
    windows_.reset();
  }
  if (last) searches_.clear();
}

// True where the candidates are all that there are.
bool PeakDetector::settleEager() {
  if (eager_.empty()) return false;
  settleThresholds();
  for (size_t c = 0; c < traces_.channels; c++) {
    const double threshold = found_.threshold[c];
    if (threshold < kInfinity && !(threshold > eagerThresholds_[c])) return false;
  }
  const auto emit = [&](const PeakCandidate& candidate) { keep(candidate); };
  for (size_t c = 0; c < traces_.channels; c++) {
    const double threshold = found_.threshold[c];
    for (const PeakCandidate& candidate : eager_[c]) {
      const double size = std::abs(candidate.y);
      if (exclusion_) {
        // at the threshold counts
        if (size >= threshold && threshold < kInfinity)
          exclusion_->add({candidate.sample, candidate.channel, candidate.y, size / threshold});
      } else if (size > threshold) {
        keep(candidate);
      }
    }
    std::vector<PeakCandidate>().swap(eager_[c]);
  }
  if (exclusion_) exclusion_->end(emit);
  checkTotal();
  return true;
}

void PeakDetector::settleThresholds() {
  const size_t channels = traces_.channels;
  found_.silent.clear();
  found_.noise.assign(channels, kNaN);
  found_.threshold.assign(channels, kInfinity);
  for (size_t c = 0; c < channels; c++) {
    double& noise = found_.noise[c];
    if (measures()) noise = meters_[c / kLanes].noise(c % kLanes);
    if (!peaks_.givenNoise.empty()) noise = peaks_.givenNoise[c];
    if (tiles_->flat(c) && sweeps_ > 0) noise = measures() ? 0 : noise;
    const double threshold = peaks_.inNoise ? peaks_.thresholds[c] * noise : peaks_.thresholds[c];
    const bool none = peaks_.bad[c] || spoilt_[c] || (tiles_->flat(c) && sweeps_ > 0) ||
                      !(peaks_.method == PeakMethod::kCrossings ? threshold >= 0 : threshold > 0);
    if (!none) found_.threshold[c] = threshold;
    if (peaks_.inNoise && noise == 0 && !peaks_.bad[c] && !tiles_->flat(c))
      found_.silent.push_back(static_cast<double>(c));
  }
  if (peaks_.method == PeakMethod::kLocallyExclusive) {
    exclusion_ = std::make_unique<Exclusion>(peaks_.neighbours, peaks_.sweep);
  }
}

void PeakDetector::beginSearch() {
  std::vector<std::vector<PeakCandidate>>().swap(eager_);
  settleThresholds();
  seekIn(found_.threshold);
}

// Windows may take a share of the memory besides.
void PeakDetector::seekWindows() {
  windows_.reset();
  if (peaks_.windows.channels.empty()) return;
  if (peaks_.method != PeakMethod::kByChannel && peaks_.method != PeakMethod::kLocallyExclusive) return;
  windows_ =
      std::make_unique<CandidateWindows>(peaks_.windows, traces_.samples, peaks_.sweep, traces_.memoryBytes / 8 * 3);
}

void PeakDetector::cutWindows(Control& control) {
  if (!windows_) return;
  std::vector<double*> rows;
  for (size_t t = 0; t < tiles_->tiles(); t++) rows.push_back(tiles_->rows(t));
  windows_->add(rows.data(), rows.size(), tiles_->start(), tiles_->count(), traces_.threads, control);
}

void PeakDetector::seekIn(const std::vector<double>& thresholds) {
  seekWindows();
  searches_.clear();
  for (size_t t = 0; t < tiles_->tiles(); t++) {
    const double* first = thresholds.data() + t * kLanes;
    searches_.push_back(
        std::make_unique<TileSearch>(kernels_, peaks_, t * kLanes, std::vector<double>(first, first + lanesOf(t))));
  }
}

}  // namespace spikelab
