// Spikes of one channel that were taken before its threshold was known, and what that threshold must be for them to be
// right.
#pragma once

#include <algorithm>
#include <limits>

#include "spike_list.h"

namespace spikelab {

// A sample above the limit of the search, in terms of the measure (|y|, y or -y).
struct Candidate {
  uint64_t sample;  // from the start of the tile
  double value, before;
};

class EarlySpikes {
 public:
  // Takes or drops a candidate if any threshold in [low, high] would, else returns false. Spikes beyond `cap` + 1 are
  // only counted.
  bool decide(const Candidate& found, double low, double high, uint64_t cap) {
    if (found.before > high) {
      above_ = std::min(above_, found.before);
      return true;
    }
    if (!(found.value > high) || !(found.before < low)) return false;
    below_ = std::max(below_, found.before);
    above_ = std::min(above_, found.value);
    if (spikes_.size() <= cap) spikes_.push(found.sample);
    return true;
  }

  // Whether all that was decided is what this threshold decides, with samples and threshold known to within `slack`.
  bool hold(double threshold, double slack) const { return below_ < threshold - slack && threshold + slack < above_; }

  const SpikeList& spikes() const { return spikes_; }
  SpikeList take() {
    SpikeList out = std::move(spikes_);
    *this = EarlySpikes();
    return out;
  }

 private:
  double below_ = -std::numeric_limits<double>::infinity(), above_ = std::numeric_limits<double>::infinity();
  SpikeList spikes_;
};

}  // namespace spikelab
