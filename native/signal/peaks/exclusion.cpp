#include "exclusion.h"

#include <algorithm>

namespace spikelab {

Exclusion::Exclusion(std::vector<std::vector<uint32_t>> neighbours, uint64_t sweep)
    : neighbours_(std::move(neighbours)),
      sweep_(sweep),
      channels_(neighbours_.size()),
      undecided_(neighbours_.size(), 0) {}

// Whether the others stay themselves does not matter. Of equal ones at the same sample all stay.
bool Exclusion::stays(const PeakCandidate& mine) const {
  for (const uint32_t c : neighbours_[mine.channel]) {
    const std::deque<PeakCandidate>& others = channels_[c];
    const uint64_t last = mine.sample + sweep_;
    auto other = std::lower_bound(others.begin(), others.end(), last,
                                  [](const PeakCandidate& a, uint64_t sample) { return a.sample > sample; });
    for (; other != others.end() && other->sample + sweep_ >= mine.sample; ++other) {
      if (other->ratio > mine.ratio || (other->ratio == mine.ratio && other->sample < mine.sample)) return false;
    }
  }
  return true;
}

// Those that no undecided candidate can reach: all undecided ones lie before floor + sweep.
void Exclusion::forget(uint64_t floor) {
  for (size_t c = 0; c < channels_.size(); c++) {
    while (undecided_[c] > 0 && channels_[c].front().sample > floor + 2 * sweep_) {
      channels_[c].pop_front();
      undecided_[c]--;
    }
  }
}

}  // namespace spikelab
