// Samples that may turn out to be spikes, in order of time.
#pragma once

#include <cstdint>
#include <vector>

namespace spikelab {

// A sample above the limit of the search, in terms of the measure (|y|, y or -y).
struct Candidate {
  uint64_t sample;  // from the start of the stretch that was searched
  double value, before;
};

class CandidateList {
 public:
  // Where the next ones go, valid until anything else is done with the list.
  std::vector<Candidate>& last() {
    if (parts_.empty() || parts_.back().offset != 0) parts_.push_back({0, {}});
    return parts_.back().candidates;
  }
  // Puts all of a later stretch, whose samples are counted from `offset`, behind these, without touching them; empties
  // that.
  void append(CandidateList& later, uint64_t offset) {
    for (Part& part : later.parts_) parts_.push_back({part.offset + offset, std::move(part.candidates)});
    later.clear();
  }

  // Calls visit(candidate) for each, in order.
  template <typename Visit>
  void each(Visit visit) const {
    for (const Part& part : parts_) {
      for (const Candidate& c : part.candidates) visit(Candidate{part.offset + c.sample, c.value, c.before});
    }
  }
  size_t size() const {
    size_t count = 0;
    for (const Part& part : parts_) count += part.candidates.size();
    return count;
  }
  size_t bytes() const {
    size_t bytes = parts_.capacity() * sizeof(Part);
    for (const Part& part : parts_) bytes += part.candidates.capacity() * sizeof(Candidate);
    return bytes;
  }
  void clear() { *this = CandidateList(); }

 private:
  struct Part {
    uint64_t offset;
    std::vector<Candidate> candidates;
  };
  std::vector<Part> parts_;
};

}  // namespace spikelab
