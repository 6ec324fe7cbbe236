#include "verdict.h"

#include <algorithm>
#include <cmath>

#include "../../core/error.h"

namespace spikelab {
namespace {

// Below this the candidates of one pass outnumber the spikes too far; the noise is measured first, then searched.
constexpr double kOnePassSigma = 3;
// Within this of the threshold, relative to it, the summation of the noise could decide.
constexpr double kSummation = 1e-11;
// Slack relative to the threshold above which a channel is computed exactly at once, as some sample would probably lie
// within it. At this much, with a threshold of 5 standard deviations and 2,000 spikes that are 5 to 15 high, one
// channel in 50 has such a sample. 16-bit samples around 32,768 with noise of 20 are above 1e-7 after a filter of
// order 5.
constexpr double kMostSlack = 1e-5;
// Worst-case bounds are at least that much above the errors that were measured; used only to choose the exact path for
// filtered traces, never for spikes.
constexpr double kPessimism = 2000;
// Standard deviation after filtering, relative to the largest sample before it, below which there is nothing but
// rounding error.
constexpr double kFlat = 1e-14;
// Noise whose square is far from underflow, and from overflow in a sum of any length: outside, no bound holds.
constexpr double kLeastNoise = 1e-140, kMostNoise = 1e140;

bool bounded(double noise) {
  return noise > kLeastNoise && noise < kMostNoise;
}

}  // namespace

double Verdict::tolerance(const Channel& c) const {
  return kSummation * sigma * c.noise + (1 + 2 * sigma) * error * c.peak;
}

void Verdict::startFinder(Channel& c) const {
  // zeros throughout have no noise
  const bool zeros = c.peak == 0 && c.moments.mean == 0;
  if (!dead(c) && !zeros) c.finder.start(c.moments.mean, c.moments.deviation());
}

void Verdict::judge(Channel& c) const {
  c.noise = dead(c) ? 0 : median ? c.finder.noise() : c.moments.deviation();
  const double threshold = sigma * c.noise, slack = tolerance(c);
  // zeros throughout have no spikes, and no rounding either
  const bool zeros = c.peak == 0 && c.noise == 0, silent = zeros || dead(c);
  // here, and where numpy adds up
  const bool right = bounded(c.noise) && bounded(gain * c.noise);
  // also where NaN or an overflow makes the comparison false
  c.exact = search && !silent && !(right && slack < kMostSlack * threshold);
  if (filtered && !zeros && !(right && error * c.peak / kPessimism < 1e-12 * c.noise)) c.exact = true;
  // early spikes and candidates are not in order together, which the cap needs
  const size_t early = c.early.spikes().size();
  const bool ordered = early == 0 || early + c.candidates.size() <= spikeCap;
  const bool found = !silent && ordered && c.limit < threshold - slack && c.early.hold(threshold, slack);
  c.again = search && !c.exact && !silent && !found;
  if (c.again) {
    c.limit = threshold - slack;
    c.candidates.clear();
  }
  SpikeList taken = c.early.take();
  if (found && !c.exact) c.spikes = std::move(taken);
}

void Verdict::resolve(Channel& c) const {
  if (dead(c)) return c.candidates.clear();
  const double threshold = sigma * c.noise, slack = tolerance(c);
  c.candidates.each([&](const Candidate& found) {
    if (std::abs(found.value - threshold) <= slack || std::abs(found.before - threshold) <= slack) c.exact = true;
    const bool edge = found.value > threshold && !(found.before > threshold);
    // one more than the cap: then it is known that there are more
    if (edge && c.spikes.size() <= spikeCap) c.spikes.push(found.sample);
  });
  c.candidates.clear();
}

void takeExact(Channel& c, ExactLanes& exact, size_t lane) {
  const bool dead = exact.filters() && c.constancy.holds();
  c.noise = dead ? 0 : exact.noise(lane);
  c.spikes.clear();
  // nothing in the pass band: what is left of it is rounding, and so would its spikes be
  const bool flat = exact.filters() && exact.deviation(lane) < kFlat * c.peak && c.peak > kLeastNoise / kFlat;
  std::deque<uint64_t>& spikes = exact.spikes(lane);
  if (dead || flat) spikes.clear();
  for (; !spikes.empty(); spikes.pop_back()) c.spikes.push(spikes.back());
}

Measure measureOf(Direction direction) {
  const uint64_t sign = uint64_t{1} << 63;
  if (direction == Direction::kBoth) return {~sign, 0};
  return direction == Direction::kUp ? Measure{~uint64_t{0}, 0} : Measure{~uint64_t{0}, sign};
}

bool manyCandidates(const DetectOptions& options) {
  return !(options.sigma >= kOnePassSigma && options.hysteresis);
}

bool worthOnePass(const DetectOptions& options) {
  return !manyCandidates(options) && options.noise == Noise::kDeviation;
}

int plannedSweeps(const DetectOptions& options) {
  if (options.noise == Noise::kMedian) return 1 + NoiseFinder::kUsualSweeps + 1;
  return worthOnePass(options) ? 1 : 2;
}

Detection collect(std::vector<Channel>& channels, const DetectOptions& options, double gain) {
  Detection out;
  out.offsets.push_back(0);
  for (size_t index = 0; index < channels.size(); index++) {
    const Channel& c = channels[index];
    const size_t kept = std::min<size_t>(c.spikes.size(), options.spikeCap);
    if (kept < c.spikes.size()) out.capped.push_back(static_cast<double>(index));
    out.offsets.push_back(out.offsets.back() + static_cast<double>(kept));
    out.noise.push_back(c.exact ? c.noise : c.noise * gain);
    out.recomputed += c.exact ? 1 : 0;
  }
  if (out.offsets.back() > options.maxSpikes) {
    throw Error(Code::kLimit, "detection",
                {{"limit", std::string("maxSpikes")}, {"allowed", options.maxSpikes}, {"found", out.offsets.back()}});
  }
  out.times = OwnedArray<double>(static_cast<size_t>(out.offsets.back()));
  double* at = out.times.data();
  for (Channel& c : channels) {
    double* const first = at;
    const bool ordered = c.spikes.ordered();
    c.spikes.drain(options.spikeCap, [&](uint64_t sample) {
      *at++ = (static_cast<double>(sample) + 0.5) * 1000 / options.fsHz + options.startTimeMs;
    });
    if (ordered) continue;
    // mostly two runs in order: early spikes, then those of the candidates
    double* const second = std::is_sorted_until(first, at);
    if (!std::is_sorted(second, at)) std::sort(second, at);
    std::inplace_merge(first, second, at);
  }
  return out;
}

}  // namespace spikelab
