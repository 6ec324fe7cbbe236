#include "selection_network.h"

#include <algorithm>
#include <limits>

namespace spikelab {
namespace {

// Knuth, The Art of Computer Programming 3, 5.2.2, algorithm M, for any count.
std::vector<Exchange> sorter(size_t count) {
  std::vector<Exchange> all;
  size_t top = 1;
  while (top * 2 < count) top *= 2;
  for (size_t p = count > 1 ? top : 0; p > 0; p /= 2) {
    size_t q = top, r = 0, d = p;
    for (;;) {
      for (size_t i = 0; i + d < count; i++) {
        if ((i & p) == r) all.push_back({static_cast<uint32_t>(i), static_cast<uint32_t>(i + d)});
      }
      if (q == p) break;
      d = q - p;
      q /= 2;
      r = p;
    }
  }
  return all;
}

// The latest first: what is wanted in the end says what is needed before.
template <typename Body>
void backwards(const std::vector<Exchange>& network, std::vector<Want>& wanted, const Body& body) {
  for (size_t i = network.size(); i-- > 0;) {
    Want& low = wanted[network[i].low];
    Want& high = wanted[network[i].high];
    if (low == Want::kNothing && high == Want::kNothing) continue;
    body(network[i], low, high);
    low = high = Want::kAll;
  }
}

}  // namespace

MedianNetwork::MedianNetwork(size_t count) : count_(count), blocks_(count < kBlockRows ? 0 : (count + 15) / 16) {
  if (blocks_ == 0) {
    std::vector<Want> wanted(count, Want::kNothing);
    wanted[lower()] = wanted[upper()] = Want::kAll;
    backwards(sorter(count), wanted, [&](const Exchange& e, Want, Want) { exchanges_.push_back(e); });
    std::reverse(exchanges_.begin(), exchanges_.end());
    return;
  }
  std::vector<Want> wanted(blocks_, Want::kNothing);
  const size_t below = lower() / kBlockRows, above = upper() / kBlockRows;
  // the middle ones at the border of two blocks are the ends of these
  const bool ends = below != above;
  wanted[below] = wanted[above] = ends ? Want::kEnd : Want::kAll;
  backwards(sorter(blocks_), wanted, [&](const Exchange& e, Want low, Want high) {
    // the largest of a block is at hand where it is the lower one, the smallest of the higher one
    if (low == Want::kEnd && e.low != below) low = Want::kAll;
    if (high == Want::kEnd && e.high != above) high = Want::kAll;
    splits_.push_back({e.low, e.high, low, high});
  });
  std::reverse(splits_.begin(), splits_.end());
}

void MedianNetwork::choose(const Kernels& kernels, double* columns) const {
  if (blocks_ == 0) return kernels.exchange(exchanges_.data(), exchanges_.size(), columns);
  // numbers that come last fill up the last block
  std::fill(columns + count_ * kColumns, columns + rows() * kColumns, std::numeric_limits<double>::infinity());
  kernels.sortBlocks(columns, blocks_);
  kernels.splitBlocks(splits_.data(), splits_.size(), columns);
}

}  // namespace spikelab
