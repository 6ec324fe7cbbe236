// From noise and candidates to spikes: what is certain, and which channels rounding could decide.
#pragma once

#include "../detect/detect.h"
#include "../exact/exact_lanes.h"
#include "../filter/filter_plan.h"
#include "findings.h"
#include "lane_detector.h"

namespace spikelab {

// What one channel came to.
struct Channel : Findings {
  double noise = 0;
  NoiseFinder finder;
  // to be computed again in scipy's order; to be searched again with a lower limit
  bool exact = false, again = false;
  SpikeList spikes;
};

// Of a sample that is not filtered: the mean is subtracted, with one rounding.
constexpr double kUnfilteredError = 1e-15;

struct Verdict {
  double sigma;
  // bound on the rounding error of a sample for input of 1
  double error;
  uint64_t spikeCap;
  // What the noise of a channel that is not exact is multiplied by.
  double gain;
  // searched at all; filtered traces wanted; noise by finders instead of by moments; there is a filter
  bool search, filtered, median, filters;

  // Constant before the filter: what is left of it is rounding. It has no noise and no spikes.
  bool dead(const Channel& c) const { return filters && c.constancy.holds(); }
  // How far a sample, compared with the threshold, may be from what scipy and numpy would have.
  double tolerance(const Channel& c) const;
  // Has the finder look for the median deviation, from the moments.
  void startFinder(Channel& c) const;
  // From the moments or the finder: noise, and what must be done again.
  void judge(Channel& c) const;
  // Turns the candidates into spikes.
  void resolve(Channel& c) const;
};

// The channel as it was computed in one of the exact lanes.
void takeExact(Channel& c, ExactLanes& exact, size_t lane);

// How samples are compared.
Measure measureOf(Direction direction);

// There may be nearly as many candidates as samples.
bool manyCandidates(const DetectOptions& options);

// Fewer candidates than samples are expected: one pass will do.
bool worthOnePass(const DetectOptions& options);

// Times that the recording is gone through, as far as that is known before: channels whose noise falls later take one
// more, and medians of very many values.
int plannedSweeps(const DetectOptions& options);

// The channels' spikes as times; empties them. `gain` is what the noise of channels that are not exact is multiplied
// by.
Detection collect(std::vector<Channel>& channels, const DetectOptions& options, double gain);

}  // namespace spikelab
