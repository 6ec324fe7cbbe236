#include "findings.h"

namespace spikelab {

void Findings::add(Findings& later, uint64_t offset, uint64_t spikeCap) {
  moments.add(later.moments);
  variances.add(later.variances);
  peak = std::max(peak, later.peak);
  constancy.merge(later.constancy);
  limit = std::max(limit, later.limit);
  early.add(later.early, offset, spikeCap);
  candidates.append(later.candidates, offset);
  later = Findings();
}

void Findings::settle(double threshold, double band, uint64_t spikeCap) {
  if (!early.hold(threshold, 0)) return giveUp();
  const double low = threshold * (1 - band), high = threshold * (1 + band);
  CandidateList kept;
  candidates.each([&](const Candidate& c) {
    // below a limit that was searched by is below every threshold that the search counts for
    if (c.value <= limit) return;
    if (c.before > high) {
      // as far as this one goes: a narrow band would hold for next to no threshold
      early.passOver(c.before);
    } else if (c.value < low) {
      // kept, it would be looked at again with each piece to come
      early.drop(c.value);
    } else if (!early.decide(c, low, high, spikeCap)) {
      kept.last().push_back(c);
    }
  });
  candidates = std::move(kept);
}

void Findings::giveUp() {
  limit = kGivenUp;
  candidates.clear();
  early.take();
}

}  // namespace spikelab
