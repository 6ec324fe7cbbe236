// Bounds the memory of a detection over a long recording: candidates that wait for the final threshold take 24 bytes
// each, those decided early 8. Beyond `candidateBytes` (8 MB) the clear ones are decided early.
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
