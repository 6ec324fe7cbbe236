// Watches a filtered tile: noise of each lane, crossings of the threshold, and the filtered traces where they are
// wanted.
#pragma once

#include <vector>

#include "../parallel/control.h"
#include "early_spikes.h"
#include "noise_finder.h"
#include "running_moments.h"
#include "tile_filter.h"

namespace spikelab {

// Samples of a tile that count for a lane: [from, to). The others only let the filter settle.
struct LaneWindow {
  size_t from = 0, to = 0;
  // sample `from` is the first of the recording: it has none before it
  bool first = false;
  // where filtered sample `from` is written; null where it is not wanted
  double* filtered = nullptr;
};

// What to look for.
struct Search {
  double sigma = 5;
  Measure measure = {INT64_MAX, 0};
  bool hysteresis = true;
  // false: noise and filtered traces only
  bool wanted = true;
  // the filter's gain, by which filtered traces are scaled
  double gain = 1;
};

class LaneDetector : public TileSink {
 public:
  // `rows`: the most samples that a block can have. `control`, where given, is checked and advanced block by block.
  LaneDetector(const Kernels& kernels, const Search& search, const LaneWindow* windows, size_t rows,
               Control* control = nullptr);

  // Search by these limits instead of by a guess from the noise so far. Infinity: not this lane.
  void fixLimits(const double* limits);
  // Shows the samples of each lane to finders[lane] where that is not null.
  void feed(NoiseFinder* const* finders);
  // Decides what is far from the threshold so far at once, into lanes[lane] where that is not null.
  void decideEarly(EarlySpikes* const* lanes, uint64_t spikeCap);

  size_t observe(size_t start, size_t end, Observation& seen) override;
  void observed(size_t start, size_t end, const double* y, const Observation& seen) override;
  void take(size_t start, size_t end, const double* y) override;

  const RunningMoments& moments(size_t lane) const { return moments_[lane]; }
  // The highest limit that lane was searched by: every crossing of a higher threshold is among the candidates. Infinite
  // where nothing was searched.
  double limit(size_t lane) const;
  std::vector<Candidate>& candidates(size_t lane) { return candidates_[lane]; }
  size_t candidateBytes() const;
  // Leaves fewer candidates: decides those that are further from the threshold so far than this part of it. Lanes whose
  // threshold has left what was decided by are given up: no limit counts as searched.
  void settle(double band);

 private:
  size_t cut(size_t start, size_t end) const;
  void guessLimits();
  void collect(size_t start, size_t end, const double* y);
  void add(size_t sample, size_t lane, double value, double before);
  void write(size_t start, size_t end, const double* y);
  void show(size_t start, size_t end, const double* y);
  double measured(double y) const;
  double threshold(size_t lane) const { return search_.sigma * moments_[lane].deviation(); }
  void giveUp(size_t lane);

  const Kernels& kernels_;
  Search search_;
  LaneWindow windows_[kLanes];
  Control* control_;
  bool fixed_ = false, guessed_ = false, writes_ = false;
  size_t blockStart_ = 0;
  std::vector<uint16_t> masks_;
  EdgeSearch edges_;
  double limits_[kLanes], highest_[kLanes], last_[kLanes];
  // thresholds between these are plausible
  double low_[kLanes], high_[kLanes];
  EarlySpikes* early_[kLanes] = {};
  uint64_t spikeCap_ = 0;
  RunningMoments moments_[kLanes];
  NoiseFinder* finders_[kLanes] = {};
  std::vector<Candidate> candidates_[kLanes];
};

}  // namespace spikelab
