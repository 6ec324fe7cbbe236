// Bytes of a file that lies elsewhere, as far as somebody has brought them here.
//
// No thread waits for a network: whoever needs bytes that are not here gives up, having noted which, and is called
// again from the beginning when they are. So no lock is held while they are on their way, and work on other files
// goes on.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

namespace spikelab {

struct ByteRange {
  uint64_t start = 0, end = 0;
};

// Thrown where bytes are not here; the cache knows which.
struct MissingBytes {};

class RangeCache {
 public:
  // What was asked for and is not here: `read` in passing, by who knows only the next few bytes that it needs, or
  // `expected`, by who knows all that it will read.
  struct Missing {
    std::vector<ByteRange> read, expected;
  };

  // Of a file of so many bytes.
  explicit RangeCache(uint64_t size) : size_(size) {}
  uint64_t size() const { return size_; }

  // Fills `into`; or notes what is missing and returns false. Any thread.
  bool read(uint64_t start, void* into, size_t bytes);
  // All of these ranges will be read. Notes what is missing of them, and returns whether all is here. Any thread.
  bool expect(const std::vector<ByteRange>& ranges);

  // What is not here of [start, end), in order. Any thread.
  std::vector<ByteRange> gaps(uint64_t start, uint64_t end);

  // Takes bytes of the file from `start` on, but for those that are here. `passing`: of bulk data, which go first.
  void supply(uint64_t start, const char* bytes, size_t count, bool passing);
  // Lets go of what was not used for longest until at most so many bytes are held. Not while somebody is called again
  // and again: what the one call needs would never be here together.
  void trim(uint64_t most);

  // What was noted since the last call.
  Missing takeMissing();
  // Rises whenever something was missing.
  uint64_t misses() const { return misses_.load(); }
  // Whether something was missing to this thread since it last said false.
  static bool missedHere();
  static void forgetMisses();

 private:
  struct Block {
    std::shared_ptr<const std::vector<char>> bytes;
    bool passing = false;
    uint64_t used = 0;
  };
  using Blocks = std::map<uint64_t, Block>;

  // With the mutex held.
  std::vector<ByteRange> gapsOf(uint64_t start, uint64_t end) const;
  Blocks::const_iterator firstBehind(uint64_t position) const;
  void drop(uint64_t most, bool passing);

  uint64_t size_;
  std::mutex mutex_;
  Blocks blocks_;  // by where they start; they do not overlap
  uint64_t held_ = 0, clock_ = 0;
  Missing missing_;
  std::atomic<uint64_t> misses_{0};
};

}  // namespace spikelab
