#include "object_messages.h"

#include <algorithm>
#include <cstring>
#include <set>
#include <vector>

#include "bytes.h"

namespace spikelab::hdf5 {
namespace {

// A header goes on in some ten blocks of a few hundred bytes; a damaged one may name itself for ever.
constexpr size_t kMaxBlocks = 4096;
constexpr uint64_t kMaxBlockBytes = uint64_t{16} << 20;
constexpr unsigned kContinuation = 0x10;

class Walk {
 public:
  Walk(File& file, const std::function<void(const Message&)>& body) : file_(file), body_(body) {}

  // Blocks that come again, which libhdf5 would follow without end, or outside the file, for which it would allocate
  // whatever they claim.
  bool sound = true;

  void run(uint64_t address) {
    unsigned char start[24] = {};
    if (!file_.descriptor().read(address, start, sizeof start)) return;
    if (std::memcmp(start, "OHDR\x02", 5) == 0) {
      const unsigned flags = start[5];
      ordered_ = (flags & 4) != 0;
      modern_ = true;
      const uint64_t before = 6u + (flags & 32 ? 16u : 0u) + (flags & 16 ? 4u : 0u), sizeBytes = 1u << (flags & 3);
      std::vector<unsigned char> size(sizeBytes);
      if (!file_.descriptor().read(address + before, size.data(), sizeBytes)) return;
      const uint64_t bytes = littleEndian(size.data(), static_cast<unsigned>(sizeBytes));
      whole(address, before + sizeBytes + bytes + kChecksum);
      block(address + before + sizeBytes, bytes);
    } else if (start[0] == 1) {
      block(address + 16, littleEndian(start + 8, 4));
    }
    for (size_t i = 0; i < continuations_.size() && i < kMaxBlocks; i++) {
      const auto [at, bytes] = continuations_[i];
      // "OCHK" before and a checksum behind; of less libhdf5 sums up all memory. In version 1 the head of a message: of
      // nothing it asks for memory that it does not get
      constexpr uint64_t kFrame = 8;
      whole(at, bytes);
      if (bytes < kFrame) sound = false;
      if (!modern_) block(at, bytes);
      if (modern_ && bytes > kFrame) block(at + 4, bytes - kFrame);
    }
    sound = sound && continuations_.size() <= kMaxBlocks;
    file_.walked(bytes_);
  }

 private:
  static constexpr uint64_t kChecksum = 4;

  // libhdf5 reads what frames the messages, too: of a remote file that must be here before it does.
  void whole(uint64_t address, uint64_t bytes) {
    if (bytes <= kMaxBlockBytes) file_.descriptor().expect({{address, address + bytes}});
  }

  void block(uint64_t address, uint64_t bytes) {
    // blocks do not overlap in a sound file
    const bool fits = !__builtin_add_overflow(bytes_, bytes, &bytes_) && bytes_ <= file_.descriptor().size;
    std::vector<unsigned char> data(fits && bytes <= kMaxBlockBytes ? bytes : 0);
    if (!fits || data.size() != bytes || !seen_.insert(address).second ||
        !file_.descriptor().read(address, data.data(), bytes)) {
      sound = false;
      return;
    }
    const size_t header = modern_ ? (ordered_ ? 6 : 4) : 8;
    // version 1 has no gap at the end: libhdf5 takes one for a message, and reads on behind the block
    if (!modern_ && bytes % header != 0) sound = false;
    for (size_t at = 0; at + header <= bytes;) {
      const unsigned type = static_cast<unsigned>(littleEndian(data.data() + at, modern_ ? 1 : 2));
      const size_t size = littleEndian(data.data() + at + (modern_ ? 1 : 2), 2);
      const unsigned flags = data[at + (modern_ ? 3 : 4)];
      at += header;
      if (size > bytes - at) return;
      message({type, (flags & 2) != 0, data.data() + at, size});
      at += size;
    }
  }

  void message(const Message& found) {
    const unsigned addressBytes = file_.addressBytes(), lengthBytes = file_.lengthBytes();
    // libhdf5 follows one that calls itself shared all the same
    if (found.type == kContinuation) {
      // and takes what follows a shorter one for its rest
      if (found.size < addressBytes + lengthBytes) {
        sound = false;
        return;
      }
      continuations_.emplace_back(littleEndian(found.data, addressBytes),
                                  littleEndian(found.data + addressBytes, lengthBytes));
    }
    body_(found);
  }

  File& file_;
  const std::function<void(const Message&)>& body_;
  bool modern_ = false, ordered_ = false;
  std::vector<std::pair<uint64_t, uint64_t>> continuations_;
  std::set<uint64_t> seen_;
  uint64_t bytes_ = 0;
};

}  // namespace

bool forEachMessage(File& file, uint64_t address, const std::function<void(const Message&)>& body) {
  Walk walk(file, body);
  walk.run(address);
  return walk.sound;
}

}  // namespace spikelab::hdf5
