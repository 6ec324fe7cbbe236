// Watches a filtered tile: noise of each lane, crossings of the threshold, and the filtered traces where they are
// wanted.
#pragma once

#include <bit>
#include <vector>

#include "../../parallel/control.h"
#include "../filter/tile_filter.h"
#include "../noise/noise_finder.h"
#include "findings.h"

namespace spikelab {

// Samples of a tile that count for a lane: [from, to). The others only let the filter settle.
struct LaneWindow {
  size_t from = 0, to = 0;
  // sample `from` is the first of the recording: it has none before it
  bool first = false;
  // where filtered sample `from` is written; null where it is not wanted
  double* filtered = nullptr;
  // what is known of the channel's samples that came earlier; null where nothing is
  const Findings* before = nullptr;
  // receives what is found; null where the lane is not needed
  Findings* found = nullptr;

  // Whether some noise of the channel is known already.
  bool follows() const { return before && before->moments.count > 0; }
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
  // Decides what is far from the threshold so far at once; it may be known from samples that came earlier.
  void decideEarly(uint64_t spikeCap);

  void begin(size_t start, size_t end) override;
  size_t observe(size_t start, size_t end, Observation& seen) override;
  void observed(size_t start, size_t end, const double* y, const Observation& seen) override;
  void take(size_t start, size_t end, const double* y) override;

 private:
  size_t cut(size_t start, size_t end) const;
  void guessLimits();
  void collect(size_t start, size_t end, const double* y);
  unsigned inside(size_t start, size_t end) const;
  bool counts(size_t sample, size_t lane) const;
  void write(size_t start, size_t end, const double* y);
  void show(size_t start, size_t end, const double* y);
  double measured(double y) const {
    return std::bit_cast<double>((std::bit_cast<uint64_t>(y) & search_.measure.keep) ^ search_.measure.flip);
  }
  Findings& found(size_t lane) { return *windows_[lane].found; }

  const Kernels& kernels_;
  Search search_;
  LaneWindow windows_[kLanes];
  Control* control_;
  Findings unused_;
  bool fixed_ = false, early_ = false, guessed_ = false, late_ = false, writes_ = false, measures_ = true;
  size_t blockStart_ = 0;
  std::vector<uint16_t> masks_;
  EdgeSearch edges_;
  double limits_[kLanes], last_[kLanes];
  // thresholds between these are plausible
  double low_[kLanes], high_[kLanes];
  uint64_t spikeCap_ = 0;
  NoiseFinder* finders_[kLanes] = {};
};

}  // namespace spikelab
