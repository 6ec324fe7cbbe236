// SpikeInterface's locally exclusive peaks: of candidates near each other in time and space the strongest stay.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <vector>

namespace spikelab {

struct PeakCandidate {
  uint64_t sample;
  uint32_t channel;
  double y;
  // |y| in thresholds of its channel
  double ratio;
};

class Exclusion {
 public:
  // neighbours[c]: the channels that c competes with, itself among them.
  Exclusion(std::vector<std::vector<uint32_t>> neighbours, uint64_t sweep);

  // Of one channel, in falling order of samples, all earlier than those added before.
  void add(const PeakCandidate& candidate) { channels_[candidate.channel].push_back(candidate); }
  // All candidates from sample `floor` on are known: hands over those that stay and that no other can change any more.
  template <typename Emit>
  void settle(uint64_t floor, const Emit& emit) {
    for (size_t c = 0; c < channels_.size(); c++) {
      size_t& next = undecided_[c];
      for (; next < channels_[c].size(); next++) {
        const PeakCandidate& candidate = channels_[c][next];
        if (candidate.sample < floor + sweep_) break;
        if (stays(candidate)) emit(candidate);
      }
    }
    forget(floor);
  }
  // There are none before.
  template <typename Emit>
  void end(const Emit& emit) {
    for (size_t c = 0; c < channels_.size(); c++) {
      for (; undecided_[c] < channels_[c].size(); undecided_[c]++) {
        if (stays(channels_[c][undecided_[c]])) emit(channels_[c][undecided_[c]]);
      }
    }
  }

 private:
  bool stays(const PeakCandidate& candidate) const;
  void forget(uint64_t floor);

  std::vector<std::vector<uint32_t>> neighbours_;
  uint64_t sweep_;
  // of each channel, the last in time first; the first that is undecided
  std::vector<std::deque<PeakCandidate>> channels_;
  std::vector<size_t> undecided_;
};

}  // namespace spikelab
