// How an interval of numbers is cut into bins: any monotone way will do, since borders are found by what it does.
#pragma once

#include <cstddef>
#include <cstdint>

namespace spikelab {

class ValueBins {
 public:
  static constexpr size_t kBins = 2048;

  ValueBins() = default;
  // Of the same width, but most of them in the middle sixteenth.
  static ValueBins fineInTheMiddle(double low, double high);
  // Of the same width.
  static ValueBins even(double low, double high);
  // All numbers, with as many of them in each bin.
  static ValueBins ofAll();

  // The interval, borders included.
  double low() const { return low_; }
  double high() const { return high_; }
  // Of a value in the interval; rises with the value.
  size_t binOf(double value) const {
    if (step_ > 0) return static_cast<size_t>((orderOf(value) - orderOf(low_)) / step_);
    const Piece& piece = pieces_[value < edges_[0] ? 0 : value < edges_[1] ? 1 : 2];
    const size_t bin = static_cast<size_t>((value - piece.low) * piece.scale);
    return piece.first + (bin < piece.count ? bin : piece.count - 1);
  }
  // The smallest number of a bin that is not empty; above all of them for kBins.
  double firstOf(size_t bin) const;
  // The largest.
  double lastOf(size_t bin) const;
  // The interval of one bin cut again.
  ValueBins within(size_t bin) const;

 private:
  // Equal parts of the interval from `low` on.
  struct Piece {
    double low = 0, scale = 0;
    size_t first = 0, count = 1;
  };
  static Piece piece(double low, double high, size_t first, size_t count);
  static ValueBins byOrder(double low, double high);
  static uint64_t orderOf(double value);
  static double atOrder(uint64_t order);

  double low_ = 0, high_ = 0;
  double edges_[2] = {};
  Piece pieces_[3];
  // where not 0: so many representable numbers a bin
  uint64_t step_ = 0;
  bool narrowed_ = false;
};

}  // namespace spikelab
