// The middle numbers of a column, by comparing and exchanging.
#pragma once

#include <vector>

#include "../kernels/kernels.h"

namespace spikelab {

// Up to 15 numbers go through Batcher's odd-even merge sort without the exchanges that do not concern the median. More
// are sorted in blocks of 16, and the same network goes over the blocks: instead of two numbers it exchanges what two
// sorted blocks hold (Knuth, The Art of Computer Programming 3, 5.3.4, exercise 38).
class MedianNetwork {
 public:
  explicit MedianNetwork(size_t count);

  // Rows of kColumns numbers that are worked on: `count` of them are given.
  size_t rows() const { return blocks_ == 0 ? count_ : blocks_ * kBlockRows; }
  // Rows that have the middle numbers of the column afterwards, the same one where their number is odd.
  size_t lower() const { return (count_ - 1) / 2; }
  size_t upper() const { return count_ / 2; }
  void choose(const Kernels& kernels, double* columns) const;

 private:
  size_t count_, blocks_ = 0;
  std::vector<Exchange> exchanges_;
  std::vector<Split> splits_;
};

}  // namespace spikelab
