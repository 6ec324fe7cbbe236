// The rules by which samples beyond a threshold are peaks, each for one channel whose samples come from the last to the
// first.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <vector>

namespace spikelab {

// A sample of one channel: z is what is compared (y, -y or |y|), larger than the threshold.
struct Crossing {
  uint64_t sample;
  double z, y;
};

// The first largest sample of its sweep: larger than each of the `sweep` samples before it, not smaller than each of
// the `sweep` samples after it. Only samples above the threshold can stand in its way, so only these are shown.
class SweepMaximum {
 public:
  template <typename Emit>
  void see(const Crossing& c, uint64_t sweep, const Emit& emit) {
    if (waits_ && waiting_.sample - c.sample > sweep) flush(emit);
    if (waits_ && c.z >= waiting_.z) waits_ = false;
    while (!later_.empty() && later_.front().sample - c.sample > sweep) later_.pop_front();
    while (!later_.empty() && later_.back().z <= c.z) later_.pop_back();
    // what is left is larger
    if (later_.empty()) {
      waiting_ = c;
      waits_ = true;
    }
    later_.push_back(c);
  }
  // What comes lies before `start`.
  template <typename Emit>
  void settle(uint64_t start, uint64_t sweep, const Emit& emit) {
    if (waits_ && waiting_.sample - start >= sweep) flush(emit);
  }
  // There are no samples before those that were shown.
  template <typename Emit>
  void flush(const Emit& emit) {
    if (waits_) emit(waiting_);
    waits_ = false;
  }

 private:
  // the last one seen that is still a peak by all that was seen
  Crossing waiting_{};
  bool waits_ = false;
  // that came later in time, falling from front to back
  std::deque<Crossing> later_;
};

// wave_clus's: from the first sample on, one above the threshold begins a spike, which lies at the first largest of the
// `align` samples from it on; the next one cannot begin within `dead` samples of that.
class DeadTime {
 public:
  template <typename Emit>
  void see(const Crossing& c, uint64_t dead, uint64_t align, const Emit& emit) {
    // what happens later cannot depend on samples before so long a silence
    if (!burst_.empty() && burst_.back().sample - c.sample >= std::max(dead, align)) flush(dead, align, emit);
    burst_.push_back(c);
  }
  template <typename Emit>
  void flush(uint64_t dead, uint64_t align, const Emit& emit) {
    found_.clear();
    uint64_t free = 0;
    for (size_t i = burst_.size(); i-- > 0;) {
      const uint64_t start = burst_[i].sample;
      if (start < free) continue;
      size_t best = i;
      for (size_t k = i; k-- > 0 && burst_[k].sample < start + align;) {
        if (burst_[k].z > burst_[best].z) best = k;
      }
      found_.push_back(best);
      free = burst_[best].sample + dead;
    }
    for (size_t i = found_.size(); i-- > 0;) emit(burst_[found_[i]]);
    burst_.clear();
  }

 private:
  // the last in time first
  std::vector<Crossing> burst_;
  std::vector<size_t> found_;
};

}  // namespace spikelab
