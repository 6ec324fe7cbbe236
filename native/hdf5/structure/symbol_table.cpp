#include "symbol_table.h"

#include <cstring>
#include <set>

#include "structure.h"

namespace spikelab::hdf5 {
namespace {

constexpr unsigned kSoftLinkEntry = 2;

class SymbolTable {
 public:
  SymbolTable(File& file, LinkBudget& budget, const std::string& place) : file_(file), budget_(budget), place_(place) {}

  std::vector<StoredLink> links;

  void openHeap(uint64_t address) {
    Structure heap(file_, address, 8 + 2 * file_.lengthBytes() + file_.addressBytes(), {"HEAP\0", 5}, false, place_);
    heap.take(3);
    const uint64_t size = heap.length();
    heap.length();  // free space
    const uint64_t data = heap.address();
    if (size > file_.descriptor().size) damaged("a heap of names inside the file");
    names_.resize(size);
    if (!file_.descriptor().read(data, names_.data(), size)) damaged("a heap of names inside the file");
  }

  // Each node is read once, and levels only fall, so the walk ends.
  void node(uint64_t address, int level) {
    const uint64_t header = 8 + 2 * file_.addressBytes();
    Structure head(file_, address, header, {"TREE\0", 5}, false, place_);
    const int found = static_cast<int>(head.number(1));
    const uint64_t used = head.number(2);
    if ((level >= 0 && found != level) || found > kMaxLevels || !walked_.insert(address).second) {
      damaged("a tree of names that gets lower from node to node");
    }
    const uint64_t bytes = header + used * (file_.lengthBytes() + file_.addressBytes());
    Structure whole(file_, address, bytes, {"TREE\0", 5}, false, place_);
    whole.take(header - 5);
    for (uint64_t i = 0; i < used; i++) {
      whole.length();
      const uint64_t child = whole.address();
      if (found > 0) {
        node(child, found - 1);
      } else {
        symbols(child);
      }
    }
  }

 private:
  static constexpr int kMaxLevels = 32;

  [[noreturn]] void damaged(const std::string& what) const {
    throw file_.formatError(place_, "a group with " + what + " was expected");
  }

  void symbols(uint64_t address) {
    if (!walked_.insert(address).second) damaged("a tree of names that gets lower from node to node");
    Structure head(file_, address, 8, {"SNOD\x01", 5}, false, place_);
    head.take(1);
    const uint64_t count = head.number(2);
    const uint64_t entry = file_.lengthBytes() + file_.addressBytes() + 24;
    Structure whole(file_, address, 8 + count * entry, {"SNOD\x01", 5}, false, place_);
    whole.take(3);
    for (uint64_t i = 0; i < count; i++) {
      StoredLink link;
      link.name = text(whole.length());
      if (link.name.empty()) damaged("names");
      link.address = whole.address();
      const uint64_t kind = whole.number(4);
      whole.take(4);
      link.type = kind == kSoftLinkEntry ? LinkType::kSoft : LinkType::kHard;
      const uint64_t scratch = whole.number(4);
      whole.take(12);
      if (kind == kSoftLinkEntry) link.target = text(scratch);
      budget_.take(link);
      links.push_back(std::move(link));
    }
  }

  std::string text(uint64_t offset) const {
    if (offset >= names_.size()) damaged("names inside their heap");
    const size_t room = names_.size() - offset, length = strnlen(names_.data() + offset, room);
    if (length == room) damaged("names that end");
    return {names_.data() + offset, length};
  }

  File& file_;
  LinkBudget& budget_;
  const std::string& place_;
  std::vector<char> names_;
  std::set<uint64_t> walked_;
};

}  // namespace

std::vector<StoredLink> readSymbolTable(File& file, uint64_t tree, uint64_t heap, LinkBudget& budget,
                                        const std::string& place) {
  SymbolTable table(file, budget, place);
  table.openHeap(heap);
  table.node(tree, -1);
  return std::move(table.links);
}

}  // namespace spikelab::hdf5
