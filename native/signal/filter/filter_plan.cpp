#include "filter_plan.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <mutex>
#include <utility>

#include "rounding_bound.h"

namespace spikelab {
namespace {

std::vector<Coefficients> inGroups(const Sos& sos, Form form) {
  std::vector<Coefficients> groups;
  for (size_t i = 0; i < sos.size(); i++) {
    if (i % kMaxFused == 0) groups.emplace_back().form = form;
    Coefficients& c = groups.back();
    const int k = c.sections++;
    c.b0[k] = sos[i][0];
    c.b1[k] = sos[i][1];
    c.b2[k] = sos[i][2];
    c.a1[k] = sos[i][4];
    c.a2[k] = sos[i][5];
  }
  return groups;
}

// A Butterworth band-pass has as many zeros at 1 as at -1, however they are paired.
bool isBandpass(const Sos& sos) {
  double at1 = 0, atMinus1 = 0;
  for (const Section& s : sos) {
    const double b1 = s[1] / s[0], b2 = s[2] / s[0];
    if (b1 == 0 && b2 == -1) {
      at1++;
      atMinus1++;
    } else if (b1 == -2 && b2 == 1) {
      at1 += 2;
    } else if (b1 == 2 && b2 == 1) {
      atMinus1 += 2;
    } else {
      return false;
    }
  }
  return at1 == atMinus1;
}

double largestPole(const Sos& sos) {
  double radius = 0;
  for (const Section& s : sos) {
    const double discriminant = s[4] * s[4] - 4 * s[5];
    radius = std::max(radius, discriminant < 0 ? std::sqrt(s[5]) : (std::abs(s[4]) + std::sqrt(discriminant)) / 2);
  }
  return radius;
}

// 1.25 times the samples in which the slowest pole falls by 1e-12: measured to reach the floor of rounding.
size_t marginFor(const Sos& sos) {
  const double radius = largestPole(sos);
  if (!(radius < 1)) return kLongestMargin + 1;
  const double samples = radius > 0 ? 1.25 * std::log(1e-12) / std::log(radius) : 1;
  return samples > kLongestMargin ? kLongestMargin + 1 : static_cast<size_t>(std::ceil(samples / 16)) * 16;
}

}  // namespace

FilterPlan exactPlan(const Sos& sos) {
  FilterPlan plan;
  plan.groups = inGroups(sos, Form::kExact);
  plan.steady = steadyState(sos);
  plan.padding = defaultPadding(sos);
  return plan;
}

namespace {

// Sections without their gain; for a band-pass the numerators may be re-paired to [1, 0, -1].
FilterPlan barePlan(const Sos& sos, bool bandpass, double exactError) {
  Sos bare = sos;
  double gain = 1;
  for (Section& s : bare) {
    gain *= s[0];
    s = bandpass ? Section{1, 0, -1, 1, s[4], s[5]} : Section{1, s[1] / s[0], s[2] / s[0], 1, s[4], s[5]};
  }
  FilterPlan plan;
  plan.groups = inGroups(bare, bandpass ? Form::kBandpass : Form::kGeneral);
  plan.steady = steadyState(bare);
  plan.padding = defaultPadding(sos);
  plan.gain = gain * gain;
  plan.margin = marginFor(sos);
  plan.error = std::numeric_limits<double>::infinity();
  if (plan.margin <= kLongestMargin) plan.error = roundingBound(bare, plan.margin) + exactError / plan.gain;
  return plan;
}

FilterPlan makeFastPlan(const Sos& sos) {
  const size_t margin = marginFor(sos);
  const double exactError = margin <= kLongestMargin ? roundingBound(sos, margin) : 0;
  if (isBandpass(sos)) {
    FilterPlan plan = barePlan(sos, true, exactError);
    // in high orders the pairing matters: scipy's puts zeros near the poles
    if (plan.error * plan.gain < 8 * exactError) return plan;
  }
  return barePlan(sos, false, exactError);
}

// Bounding the rounding takes as long as filtering one channel of half a minute: the plans used last are kept.
struct RecentPlans {
  std::mutex mutex;
  std::vector<std::pair<Sos, FilterPlan>> plans;
};
// Filters that a program uses by turns.
constexpr size_t kRecentPlans = 8;

}  // namespace

FilterPlan fastPlan(const Sos& sos) {
  // never destroyed: threads may still run at exit
  static RecentPlans* const recent = new RecentPlans;
  std::lock_guard<std::mutex> lock(recent->mutex);
  auto& plans = recent->plans;
  auto found = std::find_if(plans.begin(), plans.end(), [&](const auto& plan) { return plan.first == sos; });
  if (found == plans.end()) {
    if (plans.size() == kRecentPlans) plans.erase(plans.begin());
    found = plans.insert(plans.end(), {sos, makeFastPlan(sos)});
  }
  return found->second;
}

}  // namespace spikelab
