// What is known of the samples of a channel, or of a stretch of them: noise, and crossings of thresholds to come.
#pragma once

#include <limits>

#include "../noise/constancy.h"
#include "../noise/running_moments.h"
#include "early_spikes.h"

namespace spikelab {

struct Findings {
  RunningMoments moments;
  // of the variances of runs among the first samples
  RunningMoments variances;
  // the largest |x| before filtering
  double peak = 0;
  Constancy constancy;
  // The highest limit that samples were searched by: every crossing of a higher threshold is among the early spikes and
  // the candidates. Infinite where that is not so for some.
  double limit = 0;
  // taken before the threshold is known; they become spikes where it turns out as expected
  EarlySpikes early;
  CandidateList candidates;

  // Adds what was found in a later stretch, whose samples are counted from `offset`; empties that.
  void add(Findings& later, uint64_t offset, uint64_t spikeCap);
  // Leaves fewer candidates: decides those that are further from the threshold so far than this part of it. Gives up
  // where the threshold has left what was decided by.
  void settle(double threshold, double band, uint64_t spikeCap);
  // No limit counts as searched any more.
  void giveUp();

  static constexpr double kGivenUp = std::numeric_limits<double>::infinity();
};

}  // namespace spikelab
