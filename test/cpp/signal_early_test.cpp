// Spikes that are taken before the threshold is known: with those that were left open they are the spikes of any
// threshold that they claim to hold for, and what is left open after a narrow band is little.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <random>
#include <vector>

#include "check.h"
#include "signal/search/early_spikes.h"

using namespace spikelab;

namespace {

using Random = std::mt19937;

std::vector<Candidate> randomCandidates(Random& random) {
  std::uniform_real_distribution<double> around(0.6, 1.8);
  std::vector<Candidate> out;
  for (uint64_t sample = 0; out.size() < 50; sample += 1 + random() % 9) {
    const double value = around(random);
    // rising, as all candidates are, but for rounding
    out.push_back({sample, value, value * std::min(1.0, around(random))});
  }
  return out;
}

std::vector<uint64_t> spikesAt(const std::vector<Candidate>& candidates, double threshold) {
  std::vector<uint64_t> out;
  for (const Candidate& c : candidates) {
    if (c.value > threshold && !(c.before > threshold)) out.push_back(c.sample);
  }
  return out;
}

// Decides by bands that narrow around a threshold, as a stream does; returns whether the final one held.
bool holdsAndIsRight(Random& random) {
  const std::vector<Candidate> all = randomCandidates(random);
  std::normal_distribution<double> off(0, 0.02);
  EarlySpikes early;
  std::vector<Candidate> open = all;
  for (double band = 0.15; band > 0.001; band /= 2) {
    const double now = 1 + off(random) * band;
    const double low = now * (1 - band), high = now * (1 + band);
    std::erase_if(open, [&](const Candidate& c) {
      if (c.before > high) early.passOver(c.before);
      if (c.value < low) early.drop(c.value);
      return c.before > high || c.value < low || early.decide(c, low, high, 1000);
    });
    for (const Candidate& c : open) {
      const bool inside = std::abs(c.value / now - 1) <= band || std::abs(c.before / now - 1) <= band;
      CHECK(inside);
    }
  }
  const double threshold = 1 + off(random) * 0.05;
  if (!early.hold(threshold, 1e-9)) return false;
  std::vector<uint64_t> found = spikesAt(open, threshold);
  SpikeList taken = early.take();
  taken.drain(taken.size(), [&](uint64_t sample) { found.push_back(sample); });
  std::sort(found.begin(), found.end());
  CHECK(found == spikesAt(all, threshold));
  return true;
}

}  // namespace

int main() {
  Random random(1);
  int held = 0;
  for (int i = 0; i < 2000; i++) held += holdsAndIsRight(random) ? 1 : 0;
  CHECK(held > 100 && held < 2000);
  std::printf("early spikes: held for %d of 2000 thresholds\n", held);
}
