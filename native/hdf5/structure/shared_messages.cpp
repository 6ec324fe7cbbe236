#include "shared_messages.h"

#include "bytes.h"
#include "object_messages.h"

namespace spikelab::hdf5 {
namespace {

enum : unsigned { kTable = 0x0F };
enum : unsigned { kVersionOfAddresses = 2, kVersionOfKinds = 3 };
enum : unsigned { kInHeap = 1, kCommitted = 2 };
// Objects have few attributes of few types; each type is a header that has to be walked.
constexpr size_t kMaxCommitted = 1000;
constexpr unsigned kMaxPools = 8;  // libhdf5's own bound

}  // namespace

void SharedMessages::damaged(const std::string& what) const {
  throw file_.formatError(place_, what + " was expected");
}

std::vector<unsigned char> SharedMessages::content(unsigned type, const unsigned char* data, size_t size) {
  const unsigned width = file_.addressBytes();
  if (size < 2) damaged("a shared message inside its header");
  const unsigned version = data[0];
  if (version == kVersionOfKinds && data[1] == kInHeap) {
    if (size < 2 + kIdBytes) damaged("a shared message inside its header");
    return pooled(type, data + 2);
  }
  const bool known = version == kVersionOfAddresses || (version == kVersionOfKinds && data[1] == kCommitted);
  if (!known) damaged("a shared message of a known kind");
  if (size < 2 + width) damaged("a shared message inside its header");
  return committed(littleEndian(data + 2, width), type);
}

const std::vector<unsigned char>& SharedMessages::committed(uint64_t header, unsigned type) {
  const auto known = committed_.find(header);
  if (known != committed_.end()) return known->second;
  if (committed_.size() >= kMaxCommitted) damaged("an object with at most 1 000 committed datatypes");
  std::vector<unsigned char> found;
  const bool sound = forEachMessage(file_, header, [&](const Message& message) {
    if (message.type == type && !message.shared && found.empty()) {
      found.assign(message.data, message.data + message.size);
    }
  });
  if (!sound || found.empty()) damaged("a committed datatype at byte " + std::to_string(header));
  return committed_[header] = std::move(found);
}

std::vector<unsigned char> SharedMessages::pooled(unsigned type, const unsigned char* id) {
  FractalHeap& heap = heapOf(type);
  if (heap.idBytes() != kIdBytes) damaged("a heap of shared messages with names of 8 bytes");
  return heap.object(id);
}

FractalHeap& SharedMessages::heapOf(unsigned type) {
  if (!tableRead_) readTable();
  for (Pool& pool : pools_) {
    if (pool.types >> type & 1) return *pool.heap;
  }
  damaged("a table of shared messages that has those of type " + std::to_string(type));
}

// The superblock's extension has a message that says where the table is and how many pools it lists.
void SharedMessages::readTable() {
  const unsigned width = file_.addressBytes();
  uint64_t address = 0;
  unsigned count = 0;
  if (!undefinedAddress(file_, file_.extension())) {
    forEachMessage(file_, file_.extension(), [&](const Message& message) {
      if (message.type != kTable || message.shared || message.size < 2 + width) return;
      address = littleEndian(message.data + 1, width);
      count = message.data[1 + width];
    });
  }
  if (count == 0 || count > kMaxPools) damaged("a file with a table of shared messages");
  const uint64_t each = 2 + 2 + 4 + 2 + 2 + 2 + 2 * width;
  Structure table(file_, address, 4 + count * each + 4, "SMTB", true, place_);
  for (unsigned i = 0; i < count; i++) {
    table.take(2);  // version, and whether its index is a list or a tree: the heap's names need neither
    const unsigned types = static_cast<unsigned>(table.number(2));
    table.take(4 + 2 + 2 + 2);
    table.address();
    const uint64_t heap = table.address();
    if (!undefinedAddress(file_, heap)) {
      pools_.push_back({types, std::make_unique<FractalHeap>(file_, heap, place_)});
    }
  }
  tableRead_ = true;
}

}  // namespace spikelab::hdf5
