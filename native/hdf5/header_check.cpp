#include "header_check.h"

#include <cstring>
#include <set>
#include <vector>

#include "bytes.h"
#include "object_messages.h"

namespace spikelab::hdf5 {
namespace {

constexpr unsigned kSpaceMessage = 0x01;
constexpr unsigned kLayoutMessage = 0x08, kSymbolTableMessage = 0x11;
constexpr int kChunkedLayout = 2;
constexpr uint64_t kFreeListEnd = 1;

class HeaderCheck {
 public:
  HeaderCheck(File& file, const std::string& place)
      : file_(file), place_(place), addressBytes_(file.addressBytes()), lengthBytes_(file.lengthBytes()) {}

  void run(uint64_t address) {
    forEachMessage(file_, address, [this](const Message& found) {
      if (!found.shared) message(found.type, found.data, found.size);
    });
    // a chunk has one dimension more than the data: the bytes of an element
    if (rank_ >= 0 && chunkRank_ >= 0 && chunkRank_ != rank_ + 1) {
      throw file_.formatError(place_, "chunks of as many dimensions as the data were expected");
    }
  }

 private:
  void message(unsigned type, const unsigned char* data, size_t size) {
    if (type == kSpaceMessage && size >= 2) {
      rank_ = data[1];
    } else if (type == kLayoutMessage) {
      layout(data, size);
    } else if (type == kSymbolTableMessage && size >= 2 * addressBytes_) {
      tree(littleEndian(data, addressBytes_));
      heap(littleEndian(data + addressBytes_, addressBytes_));
    }
  }

  void layout(const unsigned char* data, size_t size) {
    if (size < 8) return;
    const unsigned version = data[0];
    if (version <= 2 && data[2] == kChunkedLayout) return dimensions(data + 8, size - 8, data[1], 4, addressBytes_);
    if (version == 3 && data[1] == kChunkedLayout) return dimensions(data + 3, size - 3, data[2], 4, addressBytes_);
    if (version == 4 && data[1] == kChunkedLayout) return dimensions(data + 5, size - 5, data[3], data[4], 0);
  }

  void dimensions(const unsigned char* data, size_t size, unsigned count, unsigned bytesEach, size_t skipped) {
    if (bytesEach == 0 || bytesEach > 8) return;
    chunkRank_ = static_cast<int>(count);
    for (unsigned d = 0; d < count; d++) {
      const size_t at = skipped + size_t{d} * bytesEach;
      if (at + bytesEach > size) return;
      if (littleEndian(data + at, bytesEach) == 0)
        throw file_.formatError(place_, "chunks of at least one element were expected");
    }
  }

  // Walks the nodes that have nodes below them. Each is read once; on the lowest level only the header is.
  void tree(uint64_t root) {
    struct Node {
      uint64_t address;
      int level;  // that it must have; negative for any
    };
    std::vector<Node> nodes{{root, -1}};
    const size_t header = 8 + 2 * addressBytes_, entry = addressBytes_ + lengthBytes_;
    std::set<uint64_t> walked;
    while (!nodes.empty()) {
      const Node node = nodes.back();
      nodes.pop_back();
      std::vector<unsigned char> bytes(header);
      if (!file_.descriptor().read(node.address, bytes.data(), header)) continue;
      if (std::memcmp(bytes.data(), "TREE\0", 5) != 0) continue;
      const int level = bytes[5];
      const size_t used = littleEndian(bytes.data() + 6, 2);
      if ((node.level >= 0 && level != node.level) || !walked.insert(node.address).second) {
        throw file_.formatError(place_, "a group whose tree of names gets lower from node to node was expected");
      }
      if (level == 0) continue;
      bytes.resize(used * entry);
      if (!file_.descriptor().read(node.address + header, bytes.data(), bytes.size())) continue;
      for (size_t i = 0; i < used; i++) {
        nodes.push_back({littleEndian(bytes.data() + i * entry + lengthBytes_, addressBytes_), level - 1});
      }
    }
  }

  void heap(uint64_t address) {
    std::vector<unsigned char> bytes(8 + 2 * lengthBytes_ + addressBytes_);
    if (!file_.descriptor().read(address, bytes.data(), bytes.size())) return;
    if (std::memcmp(bytes.data(), "HEAP", 4) != 0) return;
    const uint64_t size = littleEndian(bytes.data() + 8, lengthBytes_);
    const uint64_t data = littleEndian(bytes.data() + 8 + 2 * lengthBytes_, addressBytes_);
    if (size > file_.descriptor().size) throw file_.formatError(place_, "a heap of names inside the file was expected");
    uint64_t free = littleEndian(bytes.data() + 8 + lengthBytes_, lengthBytes_);
    const uint64_t undefined = lengthBytes_ >= 8 ? ~uint64_t{0} : (uint64_t{1} << 8 * lengthBytes_) - 1;
    std::set<uint64_t> walked;
    while (free != kFreeListEnd && free != undefined) {
      unsigned char links[16] = {};
      const bool inside = size >= 2 * lengthBytes_ && free <= size - 2 * lengthBytes_;
      if (!inside || !walked.insert(free).second || !file_.descriptor().read(data + free, links, 2 * lengthBytes_) ||
          littleEndian(links + lengthBytes_, lengthBytes_) > size - free) {
        throw file_.formatError(place_, "free space inside the group's heap of names was expected");
      }
      free = littleEndian(links, lengthBytes_);
    }
  }

  File& file_;
  const std::string& place_;
  unsigned addressBytes_, lengthBytes_;
  int rank_ = -1, chunkRank_ = -1;
};

}  // namespace

void checkHeader(File& file, uint64_t address, const std::string& place) {
  if (file.addressBytes() > 8 || file.lengthBytes() > 8 || file.soundHeaders().contains(address)) return;
  HeaderCheck(file, place).run(address);
  file.soundHeaders().insert(address);
}

}  // namespace spikelab::hdf5
