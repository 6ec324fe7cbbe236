// Spikes of one channel that were taken before its threshold was known, and what that threshold must be for them to be
// right.
#pragma once

#include <algorithm>
#include <limits>

#include "candidate_list.h"
#include "spike_list.h"

namespace spikelab {

class EarlySpikes {
 public:
  // Takes a candidate as a spike if every threshold in [low, high] would, else returns false. Spikes beyond `cap` + 1
  // are only counted.
  bool decide(const Candidate& found, double low, double high, uint64_t cap) {
    if (!(found.value > high) || !(found.before < low)) return false;
    below_ = std::max(below_, found.before);
    above_ = std::min(above_, found.value);
    if (spikes_.size() <= cap) spikes_.push(found.sample);
    return true;
  }
  // Samples were passed over because the ones before them are above `high`: no threshold up to that is first crossed
  // there.
  void passOver(double high) { above_ = std::min(above_, high); }
  // A sample of this value was dropped: no threshold above it is crossed there.
  void drop(double value) { below_ = std::max(below_, value); }
  // Adds what was decided in a later stretch, whose samples are counted from `offset`.
  void add(EarlySpikes& later, uint64_t offset, uint64_t cap) {
    below_ = std::max(below_, later.below_);
    above_ = std::min(above_, later.above_);
    const size_t room = spikes_.size() <= cap ? static_cast<size_t>(cap + 1 - spikes_.size()) : 0;
    later.spikes_.drain(room, [&](uint64_t sample) { spikes_.push(offset + sample); });
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
