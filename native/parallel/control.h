// What running work and the one who started it say to each other: stop, and how far it is.
#pragma once

#include <atomic>
#include <cstdint>

#include "../core/error.h"

namespace spikelab {

class Control {
 public:
  void cancel() { cancelled_.store(true, std::memory_order_relaxed); }
  bool cancelled() const { return cancelled_.load(std::memory_order_relaxed); }

  // Long loops call this at least every 5 ms of work, or once a chunk.
  void check() const {
    if (cancelled()) throw Error(Code::kCancelled, "the operation was cancelled");
  }

  // Progress is a count of `total` steps; the unit is the caller's affair.
  void setTotal(uint64_t total) { total_.store(total, std::memory_order_relaxed); }
  void advance(uint64_t steps) { done_.fetch_add(steps, std::memory_order_relaxed); }
  uint64_t done() const { return done_.load(std::memory_order_relaxed); }
  uint64_t total() const { return total_.load(std::memory_order_relaxed); }

 private:
  std::atomic<bool> cancelled_{false};
  std::atomic<uint64_t> done_{0};
  std::atomic<uint64_t> total_{0};
};

}  // namespace spikelab
