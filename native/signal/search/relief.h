// Keeps what a detection remembers of a recording that is not over within its memory.
#pragma once

#include <vector>

#include "verdict.h"

namespace spikelab {

class Relief {
 public:
  explicit Relief(size_t candidateBytes) : candidateBytes_(candidateBytes) {}
  // Decides candidates early where they, or what was decided of them, take too much.
  void relieve(std::vector<Channel>& channels, const Verdict& verdict);

 private:
  // Early spikes of more than this are looked through for channels whose threshold has moved away since.
  static constexpr size_t kListBytes = size_t{16} << 20;
  size_t candidateBytes_, listBytes_ = kListBytes;
};

}  // namespace spikelab
