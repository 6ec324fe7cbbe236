#include "relief.h"

#include <algorithm>
#include <cmath>

namespace spikelab {
namespace {

// Widest part of the threshold so far within which candidates stay undecided.
constexpr double kWidestBand = 0.15;

}  // namespace

void Relief::relieve(std::vector<Channel>& channels, const Verdict& verdict) {
  const auto candidates = [&] {
    size_t bytes = 0;
    for (const Channel& c : channels) bytes += c.candidates.bytes();
    return bytes;
  };
  const auto lists = [&] {
    size_t bytes = 0;
    for (const Channel& c : channels) bytes += c.early.spikes().bytes();
    return bytes;
  };
  const auto settle = [&](double band) {
    for (Channel& c : channels) c.settle(verdict.sigma * c.moments.deviation(), band, verdict.spikeCap);
  };
  if (candidates() > candidateBytes_) {
    settle(kWidestBand);
    for (double band = kWidestBand / 2; candidates() > candidateBytes_ / 2 && band > 0;) {
      band = band > 1e-3 ? band / 2 : 0;
      settle(band);
    }
  }
  if (lists() > listBytes_) {
    settle(INFINITY);
    listBytes_ = std::max(kListBytes, 2 * lists());
  }
}

}  // namespace spikelab
