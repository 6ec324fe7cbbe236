#include "chunk_tree.h"

#include <set>

namespace spikelab::hdf5 {
namespace {

// Nodes hold two children at least, but a damaged level is a byte.
constexpr unsigned kMaxDepth = 32;
// Of a node: what libhdf5 makes them for unless it is told otherwise.
constexpr uint64_t kUsualChildren = 64;
// Of nodes that stay in memory.
constexpr uint64_t kMostKeptBytes = uint64_t{16} << 20;

// The order of the tree: the first dimension counts most. Negative where `a` is before `b`.
int compare(const uint64_t* a, const uint64_t* b, size_t rank) {
  for (size_t d = 0; d < rank; d++) {
    if (a[d] != b[d]) return a[d] < b[d] ? -1 : 1;
  }
  return 0;
}

}  // namespace

void ChunkTree::damaged(const std::string& what) const {
  throw file_.formatError(place_, "a tree of chunks with " + what + " was expected");
}

// Chunk's bytes, filters left out, its first element in each dimension, and 0 for the bytes of an element.
void ChunkTree::readKey(Structure& stored, Node& into, bool last) const {
  const uint32_t bytes = static_cast<uint32_t>(stored.number(4)), skipped = static_cast<uint32_t>(stored.number(4));
  if (!last) into.children.push_back({0, bytes, skipped});
  for (const uint64_t side : shape_) {
    const uint64_t first = stored.number(8);
    if (first % side != 0) damaged("chunks that begin where one ends");
    into.keys.push_back(first / side);
  }
  stored.number(8);
}

ChunkTree::Node ChunkTree::read(uint64_t address) const {
  const uint64_t header = 8 + 2 * file_.addressBytes(), key = 8 + 8 * (shape_.size() + 1);
  const std::string_view signature("TREE\x01", 5);
  Structure head(file_, address, header, signature, false, place_);
  Node out;
  out.level = static_cast<unsigned>(head.number(1));
  out.count = head.number(2);
  Structure stored(file_, address, header + out.count * (key + file_.addressBytes()) + key, signature, false, place_);
  stored.take(header - signature.size());  // neighbours are not needed
  for (size_t i = 0; i < out.count; i++) {
    readKey(stored, out, false);
    out.children.back().address = stored.address();
  }
  readKey(stored, out, true);
  checkOrder(out);
  return out;
}

// The last key only ends the node: it may be its last chunk's.
void ChunkTree::checkOrder(const Node& node) const {
  const size_t rank = shape_.size();
  for (size_t i = 0; i < node.count; i++) {
    const uint64_t* key = node.keys.data() + i * rank;
    const int side = compare(key, key + rank, rank);
    if (side > 0 || (side == 0 && i + 1 < node.count)) damaged("keys in order");
  }
}

const ChunkTree::Node& ChunkTree::node(uint64_t address) {
  const auto known = kept_.find(address);
  if (known != kept_.end()) return known->second;
  Node made = read(address);
  keptBytes_ += made.keys.size() * sizeof(uint64_t) + made.children.size() * sizeof(Chunk);
  return kept_[address] = std::move(made);
}

// The last child that does not begin behind the place, or the number of children where all do.
size_t ChunkTree::childFor(const Node& node, const uint64_t* place) const {
  const size_t rank = shape_.size();
  size_t low = 0, high = node.count;
  while (low < high) {
    const size_t middle = (low + high) / 2;
    if (compare(node.keys.data() + middle * rank, place, rank) <= 0) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low == 0 ? node.count : low - 1;
}

void ChunkTree::expect(const std::vector<uint64_t>& first, const std::vector<uint64_t>& last) {
  if (!file_.descriptor().ranges || undefinedAddress(file_, root_)) return;
  const size_t rank = shape_.size();
  const uint64_t bytes = 8 + 2 * file_.addressBytes() + kUsualChildren * (16 + 8 * rank + file_.addressBytes());
  std::set<uint64_t> seen{root_};
  std::vector<uint64_t> level{root_};
  for (unsigned depth = 0; depth < kMaxDepth && !level.empty(); depth++) {
    std::vector<ByteRange> nodes;
    for (const uint64_t address : level) nodes.push_back({address, address + bytes});
    file_.descriptor().expect(std::move(nodes));
    std::vector<uint64_t> below;
    for (const uint64_t address : level) {
      const Node& at = node(address);
      for (size_t i = 0; at.level > 0 && i < at.count; i++) {
        const uint64_t *from = at.keys.data() + i * rank, *to = from + rank;
        if (compare(to, first.data(), rank) < 0 || compare(from, last.data(), rank) > 0) continue;
        if (seen.insert(at.children[i].address).second) below.push_back(at.children[i].address);
      }
    }
    level = std::move(below);
  }
}

const ChunkTree::Chunk* ChunkTree::find(const std::vector<uint64_t>& place) {
  if (undefinedAddress(file_, root_)) return nullptr;
  if (keptBytes_ > kMostKeptBytes) {
    kept_.clear();
    keptBytes_ = 0;
  }
  const size_t rank = shape_.size();
  const Node* at = &node(root_);
  if (at->level > kMaxDepth) damaged("possible depth");
  for (;;) {
    const size_t child = childFor(*at, place.data());
    if (child == at->count) return nullptr;
    const uint64_t *from = at->keys.data() + child * rank, *to = from + rank;
    if (at->level == 0) return compare(from, place.data(), rank) == 0 ? &at->children[child] : nullptr;
    const Node& below = node(at->children[child].address);
    const uint64_t* first = below.keys.data();
    const bool inside = below.level + 1 == at->level && below.count > 0 && compare(first, from, rank) >= 0 &&
                        compare(first + (below.count - 1) * rank, to, rank) <= 0;
    if (!inside) damaged("nodes where their parents say");
    at = &below;
  }
}

}  // namespace spikelab::hdf5
