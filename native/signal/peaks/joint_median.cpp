#include "joint_median.h"

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace spikelab {
namespace {

// Neighbouring values are alike, so a sample of n says as much as fewer: the rank of a quantile is off by some
// 1 / sqrt(n), and hardly ever by four times that.
constexpr double kReach = 4;
// What differences are rounded by, with room.
constexpr double kRounding = 1e-14;
// Bands are wider than expected by this share, so that values which repeat lie inside of their edges.
constexpr double kWider = 1e-9;
constexpr size_t kLeastSample = 256;

// Where ranks lie, as far as bins of equal width say: 8 mean deviations on each side of `from`, in 4096 parts. The bins
// at the ends also have what lies beyond.
class Quantiles {
 public:
  Quantiles(const std::vector<double>& values, double from, double width)
      : from_(from), step_(width / kBins), counts_(kBins) {
    const double scale = 1 / step_;
    for (const double v : values) counts_[static_cast<size_t>(std::clamp((v - from) * scale, 0.0, kBins - 1.0))]++;
  }
  // At most, and at least, the value of this rank, unless it lies at an end.
  double below(double rank) const { return from_ + step_ * static_cast<double>(binOf(rank)); }
  double above(double rank) const { return from_ + step_ * static_cast<double>(binOf(rank) + 1); }

 private:
  static constexpr size_t kBins = 4096;
  size_t binOf(double rank) const {
    double before = 0;
    for (size_t bin = 0; bin + 1 < kBins; bin++) {
      before += counts_[bin];
      if (before > rank) return bin;
    }
    return kBins - 1;
  }

  double from_, step_;
  std::vector<uint32_t> counts_;
};

double meanOf(const std::vector<double>& values) {
  double sum = 0;
  for (const double v : values) sum += v;
  return sum / static_cast<double>(values.size());
}

std::vector<double> distances(std::vector<double> values, double centre) {
  for (double& v : values) v = std::abs(v - centre);
  return values;
}

}  // namespace

JointMedian::JointMedian(std::vector<double> sample, bool centred) : centred_(centred) {
  const double half = static_cast<double>(sample.size()) / 2;
  const double reach = kReach * std::sqrt(static_cast<double>(sample.size()) / 4);
  const double mean = centred || sample.empty() ? 0 : meanOf(sample);
  const double spread = sample.empty() ? 0 : meanOf(distances(sample, mean));
  // few samples say nothing, what is not finite has no order, and what is all the same has no width
  failed_ = sample.size() < kLeastSample || !std::isfinite(mean) || !(spread > 1e-100 && spread < 1e100) ||
            spread < kWider * std::abs(mean);
  if (failed_) return;
  if (!centred) {
    const Quantiles values(sample, mean - 8 * spread, 16 * spread);
    const double low = values.below(half - reach), high = values.above(half + reach);
    centre_ = (low + high) / 2;
    middle_ = (high - low) / 2 + kWider * spread;
  }
  const Quantiles sizes(distances(std::move(sample), centre_), 0, 8 * spread);
  const double off = centred ? 0 : middle_;
  const double near = sizes.below(half - reach), far = sizes.above(half + reach);
  expected_ = (near + far) / 2;
  inner_ = near - off - kWider * spread;
  outer_ = far + off + kWider * spread;
}

void JointMedian::describe(Bands& bands, size_t lane) const {
  bands.centre[lane] = centre_;
  bands.middle[lane] = failed_ ? -1 : middle_;
  bands.inner[lane] = failed_ ? -1 : inner_;
  bands.outer[lane] = failed_ ? -1 : outer_;
}

void JointMedian::giveUp() {
  failed_ = true;
  std::vector<double>().swap(kept_);
}

// The one or two in the middle of `total` values, where `before` lie before these; nothing where they are not among
// these.
std::optional<JointMedian::Middle> JointMedian::middleOf(std::vector<double>& values, size_t total, size_t before) {
  const size_t lower = (total - 1) / 2, upper = total / 2;
  if (lower < before || upper >= before + values.size()) return std::nullopt;
  const auto at = [&](size_t rank) { return values.begin() + static_cast<std::ptrdiff_t>(rank - before); };
  std::nth_element(values.begin(), at(lower), values.end());
  const double first = *at(lower);
  const double second = upper > lower ? *std::min_element(at(upper), values.end()) : first;
  return Middle{first, second, upper > lower ? (first + second) / 2 : first};
}

std::optional<double> JointMedian::median(size_t total, size_t below) const {
  if (centred_) return 0;
  std::vector<double> values;
  for (const double v : kept_) {
    if (std::abs(v - centre_) <= middle_) values.push_back(v);
  }
  const std::optional<Middle> middle = middleOf(values, total, below);
  return middle ? std::optional(middle->mean) : std::nullopt;
}

bool JointMedian::end(size_t total, double below, double nearer, double& deviation) {
  if (failed_ || total == 0) return false;
  const std::optional<double> found = median(total, static_cast<size_t>(below));
  if (!found) return false;
  size_t around = 0;
  for (const double v : kept_) {
    const double d = std::abs(v - centre_);
    if (!(inner_ > d) && !(d > outer_)) kept_[around++] = std::abs(v - *found);
  }
  kept_.resize(around);
  const std::optional<Middle> middle = middleOf(kept_, total, static_cast<size_t>(nearer));
  giveUp();
  if (!middle) return false;
  deviation = middle->mean;
  // what was not kept lies surely nearer or farther, but for rounding
  const double off = std::abs(*found - centre_);
  const double slack = kRounding * (std::abs(*found) + std::abs(centre_) + outer_);
  return middle->lower > inner_ + off + slack && middle->upper < outer_ - off - slack;
}

}  // namespace spikelab
