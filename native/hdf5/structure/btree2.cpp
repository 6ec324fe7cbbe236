#include "btree2.h"

namespace spikelab::hdf5 {
namespace {

// Nodes hold two children at least, but a damaged depth is two bytes.
constexpr unsigned kMaxDepth = 32;
// Nodes that stay in memory, of some 512 bytes each.
constexpr size_t kMostKept = 4096;
constexpr size_t kNodeFrame = 10;  // signature, version, type, checksum

}  // namespace

BTree2::BTree2(File& file, uint64_t address, unsigned type, size_t recordBytes, const std::string& place)
    : file_(file), place_(place), type_(type) {
  Structure header(file, address, 22 + file.addressBytes() + file.lengthBytes(), {"BTHD\0", 5}, true, place_);
  const unsigned found = static_cast<unsigned>(header.number(1));
  nodeBytes_ = header.number(4);
  recordBytes_ = header.number(2);
  depth_ = static_cast<unsigned>(header.number(2));
  header.take(2);  // when to split and merge
  root_.address = header.address();
  root_.records = header.number(2);
  total_ = header.length();
  if (found != type || (recordBytes != 0 && recordBytes_ != recordBytes) || recordBytes_ == 0 || depth_ > kMaxDepth) {
    throw file.formatError(place_, "a tree of records of type " + std::to_string(type) + " was expected");
  }
  planLevels();
}

void BTree2::planLevels() {
  const auto room = [&](size_t each) {
    const uint64_t used = kNodeFrame + (each - recordBytes_);
    return nodeBytes_ > used ? (nodeBytes_ - used) / each : 0;
  };
  const uint64_t leaf = room(recordBytes_);
  levels_.push_back({leaf, leaf, 0});
  const unsigned countBytes = bytesFor(leaf);
  for (unsigned u = 1; u <= depth_; u++) {
    const Level& below = levels_.back();
    Level level;
    level.most = room(recordBytes_ + file_.addressBytes() + countBytes + below.totalBytes);
    const bool possible = !__builtin_mul_overflow(level.most + 1, below.mostBelow, &level.mostBelow) &&
                          !__builtin_add_overflow(level.mostBelow, level.most, &level.mostBelow);
    if (!possible) throw file_.formatError(place_, "a tree of possible depth was expected");
    level.totalBytes = bytesFor(level.mostBelow);
    levels_.push_back(level);
  }
  for (const Level& level : levels_) {
    if (level.most == 0) throw file_.formatError(place_, "a tree with room for records was expected");
  }
}

const BTree2::Node& BTree2::node(const Pointer& pointer, unsigned level) {
  const auto known = kept_.find(pointer.address);
  if (known != kept_.end() && known->second.count == pointer.records &&
      known->second.children.empty() == (level == 0)) {
    return known->second;
  }
  if (pointer.records > levels_[level].most)
    throw file_.formatError(place_, "nodes that hold their records were expected");
  const size_t countBytes = bytesFor(levels_[0].most);
  const size_t pointerBytes = level == 0 ? 0 : file_.addressBytes() + countBytes + levels_[level - 1].totalBytes;
  const uint64_t bytes =
      kNodeFrame + pointer.records * recordBytes_ + (level == 0 ? 0 : (pointer.records + 1) * pointerBytes);
  Structure stored(file_, pointer.address, bytes,
                   level == 0 ? std::string_view("BTLF\0", 5) : std::string_view("BTIN\0", 5), true, place_);
  if (stored.number(1) != type_) throw file_.formatError(place_, "nodes of their tree's type were expected");
  Node made;
  made.count = pointer.records;
  const unsigned char* records = stored.take(pointer.records * recordBytes_);
  made.records.assign(records, records + pointer.records * recordBytes_);
  for (uint64_t i = 0; level > 0 && i <= pointer.records; i++) {
    const uint64_t address = stored.address();
    made.children.push_back({address, stored.number(countBytes)});
    stored.take(levels_[level - 1].totalBytes);
  }
  if (kept_.size() >= kMostKept) kept_.clear();
  return kept_[pointer.address] = std::move(made);
}

void BTree2::visit(const Pointer& pointer, unsigned level, const std::function<void(Record)>& body) {
  const Node at = node(pointer, level);  // a copy: what is below may clear what is kept
  for (uint64_t i = 0; i <= at.count; i++) {
    if (level > 0) visit(at.children[i], level - 1, body);
    if (i == at.count) break;
    // nodes that several point to would come again and again
    if (visited_++ >= total_) throw file_.formatError(place_, "a tree of as many records as it claims was expected");
    body(at.records.data() + i * recordBytes_);
  }
}

void BTree2::forEach(const std::function<void(Record)>& body) {
  visited_ = 0;
  if (!undefinedAddress(file_, root_.address) && total_ > 0) visit(root_, depth_, body);
  if (visited_ != total_) throw file_.formatError(place_, "a tree of as many records as it claims was expected");
}

BTree2::Record BTree2::find(const std::function<int(Record)>& compare) {
  if (undefinedAddress(file_, root_.address) || total_ == 0) return nullptr;
  Pointer at = root_;
  for (unsigned level = depth_;; level--) {
    const Node& here = node(at, level);
    uint64_t low = 0, high = here.count;
    while (low < high) {
      const uint64_t middle = (low + high) / 2;
      const Record record = here.records.data() + middle * recordBytes_;
      const int side = compare(record);
      if (side == 0) return record;
      if (side < 0) {
        high = middle;
      } else {
        low = middle + 1;
      }
    }
    if (level == 0) return nullptr;
    at = here.children[low];
  }
}

}  // namespace spikelab::hdf5
