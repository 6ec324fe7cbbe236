#include "value_bins.h"

#include <bit>
#include <cmath>
#include <limits>

namespace spikelab {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr uint64_t kSign = uint64_t{1} << 63;

}  // namespace

// All numbers in order: consecutive ones differ by 1, and -0 is 0.
uint64_t ValueBins::orderOf(double value) {
  const uint64_t bits = std::bit_cast<uint64_t>(value + 0.0);
  return bits & kSign ? ~bits : bits | kSign;
}

double ValueBins::atOrder(uint64_t order) {
  return std::bit_cast<double>(order & kSign ? order ^ kSign : ~order);
}

ValueBins::Piece ValueBins::piece(double low, double high, size_t first, size_t count) {
  return {low, static_cast<double>(count) / (high - low), first, count};
}

ValueBins ValueBins::fineInTheMiddle(double low, double high) {
  constexpr size_t kOuter = kBins / 8;
  ValueBins out = even(low, high);
  const double middle = low + (high - low) / 2, reach = (high - low) / 32;
  const double from = middle - reach, to = middle + reach;
  // too narrow for that
  if (out.step_ > 0 || !(low < from && from < to && to < high && 64 * out.pieces_[1].scale < kInfinity)) return out;
  out.edges_[0] = from;
  out.edges_[1] = to;
  out.pieces_[0] = piece(low, from, 0, kOuter);
  out.pieces_[1] = piece(from, to, kOuter, kBins - 2 * kOuter);
  out.pieces_[2] = piece(to, high, kBins - kOuter, kOuter);
  return out;
}

ValueBins ValueBins::even(double low, double high) {
  ValueBins out;
  out.low_ = low;
  out.high_ = high;
  out.edges_[0] = -kInfinity;
  out.edges_[1] = kInfinity;
  out.pieces_[1] = piece(low, high, 0, kBins);
  const double scale = out.pieces_[1].scale;
  // no width, or widths that are not normal numbers
  return scale >= std::numeric_limits<double>::min() && scale < kInfinity ? out : byOrder(low, high);
}

ValueBins ValueBins::byOrder(double low, double high) {
  ValueBins out;
  out.low_ = low;
  out.high_ = high;
  out.step_ = (orderOf(high) - orderOf(low)) / kBins + 1;
  return out;
}

ValueBins ValueBins::ofAll() {
  return byOrder(-kInfinity, kInfinity);
}

double ValueBins::firstOf(size_t bin) const {
  // the first number from low_ on that is in this bin or a later one
  uint64_t from = orderOf(low_), to = orderOf(high_) + 1;
  while (from < to) {
    const uint64_t middle = from + (to - from) / 2;
    if (binOf(atOrder(middle)) >= bin) {
      to = middle;
    } else {
      from = middle + 1;
    }
  }
  return atOrder(from);
}

double ValueBins::lastOf(size_t bin) const {
  return atOrder(orderOf(firstOf(bin + 1)) - 1);
}

ValueBins ValueBins::within(size_t bin) const {
  const double low = firstOf(bin), high = lastOf(bin);
  // what lies much closer together than the borders is soon told apart by bins of equally many numbers, and what lies
  // about 0 by bins of equal width: in turns
  if (narrowed_) return byOrder(low, high);
  ValueBins out = even(low, high);
  out.narrowed_ = true;
  return out;
}

}  // namespace spikelab
