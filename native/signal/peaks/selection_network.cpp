#include "selection_network.h"

#include <algorithm>

namespace spikelab {

std::vector<Exchange> medianNetwork(size_t count) {
  std::vector<Exchange> all;
  // Knuth, The Art of Computer Programming 3, 5.2.2, algorithm M, for any count
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
  std::vector<char> wanted(count, 0);
  wanted[(count - 1) / 2] = wanted[count / 2] = 1;
  std::vector<Exchange> needed;
  for (size_t i = all.size(); i-- > 0;) {
    const Exchange& e = all[i];
    if (!wanted[e.low] && !wanted[e.high]) continue;
    wanted[e.low] = wanted[e.high] = 1;
    needed.push_back(e);
  }
  std::reverse(needed.begin(), needed.end());
  return needed;
}

}  // namespace spikelab
