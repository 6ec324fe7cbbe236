#include "joint_median.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <numeric>
#include <utility>

namespace spikelab {
namespace {

// Neighbouring values are alike, so a sample of n says as much as fewer: the rank of a quantile is off by some
// 1 / sqrt(n), and hardly ever by four times that.
constexpr double kReach = 4;
// What differences are rounded by, with room.
constexpr double kRounding = 1e-14;
constexpr size_t kLeastSample = 256;

// Where ranks lie, as far as bins of equal width say: 8 mean deviations on each side of `from`, in 4096 parts. The bins
// at the ends also have what lies beyond.
class Quantiles {
 public:
  template <typename Number>
  Quantiles(const std::vector<float>& sample, const Number& number, double from, double width)
      : from_(from), step_(width / kBins), counts_(kBins) {
    const double scale = 1 / step_;
    for (const float v : sample) {
      counts_[static_cast<size_t>(std::clamp((number(v) - from) * scale, 0.0, kBins - 1.0))]++;
    }
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

// In any order: one sum after the other would wait for each addition.
template <typename Number>
double meanOf(const std::vector<float>& sample, const Number& number) {
  constexpr size_t kSums = 8;
  double sums[kSums] = {};
  size_t i = 0;
  for (; i + kSums <= sample.size(); i += kSums) {
    for (size_t k = 0; k < kSums; k++) sums[k] += number(sample[i + k]);
  }
  for (; i < sample.size(); i++) sums[0] += number(sample[i]);
  return std::accumulate(sums, sums + kSums, 0.0) / static_cast<double>(sample.size());
}

}  // namespace

JointMedian::JointMedian(const std::vector<float>& sample, bool centred) : centred_(centred) {
  const double half = static_cast<double>(sample.size()) / 2;
  const double reach = kReach * std::sqrt(static_cast<double>(sample.size()) / 4);
  const auto self = [](float v) { return static_cast<double>(v); };
  const double mean = centred || sample.empty() ? 0 : meanOf(sample, self);
  const double spread = sample.empty() ? 0 : meanOf(sample, [mean](float v) { return std::abs(v - mean); });
  // few samples say nothing, what is not finite has no order, and what is all the same has no width
  failed_ = sample.size() < kLeastSample || !std::isfinite(mean) || !(spread > 1e-100 && spread < 1e100) ||
            spread < kWider * std::abs(mean);
  if (failed_) return;
  if (!centred) {
    const Quantiles values(sample, self, mean - 8 * spread, 16 * spread);
    const double low = values.below(half - reach), high = values.above(half + reach);
    centre_ = (low + high) / 2;
    middle_ = (high - low) / 2 + kWider * spread;
  }
  const double centre = centre_;
  const Quantiles sizes(
      sample, [centre](float v) { return std::abs(v - centre); }, 0, 8 * spread);
  const double off = centred ? 0 : middle_;
  const double near = sizes.below(half - reach), far = sizes.above(half + reach);
  expected_ = (near + far) / 2;
  // so much more that counts in parts of the band, each of which may be off, tell what few distinct values have in its
  // middle
  const double more = (far - near + 2 * off) / 64 + kWider * spread;
  inner_ = near - off - more;
  outer_ = far + off + more;
}

void JointMedian::describe(Bands& bands, size_t lane) const {
  bands.centre[lane] = centre_;
  bands.middle[lane] = failed_ ? -1 : middle_;
  bands.inner[lane] = failed_ ? -1 : inner_;
  bands.outer[lane] = failed_ ? -1 : outer_;
}

double* JointMedian::room(size_t count) {
  // hundreds of channels grow at once: room that is not used would be as much as all that is kept
  if (count_ + count > kept_.size()) kept_.resize(std::max(count_ + count, kept_.size() + kept_.size() / 4));
  return kept_.data() + count_;
}

void JointMedian::keepUntil(const double* end) {
  const double* const begin = kept_.data() + count_;
  double* to = kept_.data() + count_;
  for (const double* from = begin; from < end; from++) {
    *to = *from;
    to += *from != 0 ? 1 : 0;
  }
  zeros_ += static_cast<uint32_t>(end - to);
  count_ = static_cast<size_t>(to - kept_.data());
}

void JointMedian::giveUp() {
  failed_ = true;
  count_ = zeros_ = 0;
  std::vector<uint32_t>().swap(parts_);
  std::vector<double>().swap(kept_);
}

// The one or two in the middle of `total` values, where `before` lie before these; nothing where they are not among
// these.
std::optional<JointMedian::Middle> JointMedian::middleOf(const Ranged& ranged, size_t total, size_t before) {
  const size_t lower = (total - 1) / 2, upper = total / 2;
  if (lower < before || upper >= before + ranged.count) return std::nullopt;
  const Middle found = JointMedian::ranked(ranged, lower - before);
  return upper > lower ? found : Middle{found.lower, found.lower, found.lower};
}

// The value of a rank, the next and their mean: only what lies in the rank's part of the range is put in order.
JointMedian::Middle JointMedian::ranked(const Ranged& ranged, size_t rank) {
  constexpr size_t kParts = 1024;
  const auto [values, count, from, to] = ranged;
  const double scale = to > from ? kParts / (to - from) : 0, last = kParts - 1;
  std::vector<uint32_t> counts(kParts);
  std::vector<uint16_t> parts(count);
  for (size_t i = 0; i < count; i++) {
    const double part = (values[i] - from) * scale;
    parts[i] = static_cast<uint16_t>(part < 0 ? 0 : part > last ? last : part);
    counts[parts[i]]++;
  }
  size_t part = 0, before = 0;
  while (before + counts[part] <= rank) before += counts[part++];
  std::vector<double> inside(counts[part] + 1);
  for (size_t i = 0, n = 0; n < counts[part]; i++) {
    inside[n] = values[i];
    n += parts[i] == part ? 1 : 0;
  }
  inside.pop_back();
  const auto at = inside.begin() + static_cast<std::ptrdiff_t>(rank - before);
  std::nth_element(inside.begin(), at, inside.end());
  double next = std::numeric_limits<double>::infinity();
  if (at + 1 < inside.end()) {
    next = *std::min_element(at + 1, inside.end());
  } else {
    for (size_t i = 0; i < count; i++) next = parts[i] > part ? std::min(next, values[i]) : next;
  }
  return {*at, next, (*at + next) / 2};
}

std::optional<double> JointMedian::median(size_t total, size_t below) const {
  if (centred_) return 0;
  std::vector<double> values(count_ + 1);
  size_t around = 0;
  // without branches, which nobody could foretell
  for (size_t i = 0; i < count_; i++) {
    values[around] = kept_[i];
    around += std::abs(kept_[i] - centre_) <= middle_ ? 1 : 0;
  }
  const std::optional<Middle> middle =
      middleOf({values.data(), around, centre_ - middle_, centre_ + middle_}, total, below);
  return middle ? std::optional(middle->mean) : std::nullopt;
}

bool JointMedian::end(size_t total, double below, double nearer, double& deviation) {
  if (failed_ || total == 0) return false;
  kept_.resize(std::max(kept_.size(), count_ + zeros_));
  std::fill_n(kept_.begin() + static_cast<std::ptrdiff_t>(count_), zeros_, 0.0);
  count_ += std::exchange(zeros_, 0);
  const std::optional<double> found = median(total, static_cast<size_t>(below));
  if (!found) return false;
  size_t around = 0;
  for (size_t i = 0; i < count_; i++) {
    const double value = kept_[i], d = std::abs(value - centre_);
    kept_[around] = std::abs(value - *found);
    around += !(inner_ > d) && !(d > outer_) ? 1 : 0;
  }
  const double shift = std::abs(*found - centre_);
  const std::optional<Middle> middle =
      middleOf({kept_.data(), around, inner_ - shift, outer_ + shift}, total, static_cast<size_t>(nearer));
  giveUp();
  if (!middle) return false;
  deviation = middle->mean;
  // what was not kept lies surely nearer or farther, but for rounding
  const double off = std::abs(*found - centre_);
  const double slack = kRounding * (std::abs(*found) + std::abs(centre_) + outer_);
  return middle->lower > inner_ + off + slack && middle->upper < outer_ - off - slack;
}

}  // namespace spikelab
