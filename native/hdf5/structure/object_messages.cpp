#include "object_messages.h"

#include <cstring>
#include <set>
#include <vector>

#include "bytes.h"

namespace spikelab::hdf5 {
namespace {

constexpr size_t kMaxBlocks = 4096;
constexpr uint64_t kMaxBlockBytes = uint64_t{16} << 20;
constexpr unsigned kContinuation = 0x10;

class Walk {
 public:
  Walk(File& file, const std::function<void(const Message&)>& body) : file_(file), body_(body) {}

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
      block(address + before + sizeBytes, littleEndian(size.data(), static_cast<unsigned>(sizeBytes)));
    } else if (start[0] == 1) {
      block(address + 16, littleEndian(start + 8, 4));
    }
    for (size_t i = 0; i < continuations_.size() && i < kMaxBlocks; i++) {
      const auto [at, bytes] = continuations_[i];
      // "OCHK" before and a checksum behind
      if (!modern_) block(at, bytes);
      if (modern_ && bytes > 8) block(at + 4, bytes - 8);
    }
  }

 private:
  void block(uint64_t address, uint64_t bytes) {
    if (bytes > kMaxBlockBytes || !seen_.insert(address).second) return;
    std::vector<unsigned char> data(bytes);
    if (!file_.descriptor().read(address, data.data(), bytes)) return;
    const size_t header = modern_ ? (ordered_ ? 6 : 4) : 8;
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
    if (found.type == kContinuation && !found.shared && found.size >= addressBytes + lengthBytes) {
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
};

}  // namespace

void forEachMessage(File& file, uint64_t address, const std::function<void(const Message&)>& body) {
  Walk(file, body).run(address);
}

}  // namespace spikelab::hdf5
