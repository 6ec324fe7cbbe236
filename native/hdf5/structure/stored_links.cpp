#include "stored_links.h"

#include <algorithm>

#include "btree2.h"
#include "bytes.h"
#include "fractal_heap.h"
#include "object_messages.h"
#include "symbol_table.h"

namespace spikelab::hdf5 {
namespace {

enum : unsigned { kDataspace = 0x01, kLinkInfo = 0x02, kDatatype = 0x03, kLink = 0x06, kSymbolTable = 0x11 };
enum : unsigned { kHardLink = 0, kSoftLink = 1, kExternalLink = 64 };
constexpr unsigned kNameRecords = 5;
constexpr size_t kHashBytes = 4;

class Collector {
 public:
  Collector(File& file, const std::string& place) : budget(file, place), file_(file), place_(place) {}

  std::vector<StoredLink> links;
  LinkBudget budget;

  void take(const Message& message) {
    if (message.type != kLink && message.type != kLinkInfo && message.type != kSymbolTable) return;
    if (message.shared) damaged("links of its own");
    Fields fields{*this, message.data, message.size};
    if (message.type == kLink) {
      link(fields);
    } else if (message.type == kLinkInfo) {
      info(fields);
    } else {
      const uint64_t tree = fields.number(file_.addressBytes()), heap = fields.number(file_.addressBytes());
      for (StoredLink& one : readSymbolTable(file_, tree, heap, budget, place_)) links.push_back(std::move(one));
    }
  }

  // Links that are not in the header, which a heap and a tree of names hold.
  void takeDense() {
    if (undefinedAddress(file_, heap_)) return;
    FractalHeap heap(file_, heap_, place_);
    BTree2 names(file_, names_, kNameRecords, kHashBytes + heap.idBytes(), place_);
    names.forEach([&](BTree2::Record record) {
      const std::vector<unsigned char> stored = heap.object(record + kHashBytes);
      link({*this, stored.data(), stored.size()});
    });
  }

 private:
  struct Fields {
    const Collector& owner;
    const unsigned char* at;
    uint64_t left;

    const unsigned char* take(uint64_t bytes) {
      if (bytes > left) owner.damaged("links inside their messages");
      left -= bytes;
      return std::exchange(at, at + bytes);
    }
    uint64_t number(unsigned width) { return littleEndian(take(width), width); }
    std::string text(uint64_t bytes) {
      const char* data = reinterpret_cast<const char*>(take(bytes));
      return {data, static_cast<size_t>(bytes)};
    }
  };

  [[noreturn]] void damaged(const std::string& what) const {
    throw file_.formatError(place_, "a group with " + what + " was expected");
  }

  void info(Fields fields) {
    if (fields.number(1) != 0) damaged("links of a known version");
    const uint64_t flags = fields.number(1);
    if (flags & 1) fields.take(8);
    heap_ = fields.number(file_.addressBytes());
    names_ = fields.number(file_.addressBytes());
  }

  void link(Fields fields) {
    if (fields.number(1) != 1) damaged("links of a known version");
    const uint64_t flags = fields.number(1);
    const uint64_t type = flags & 8 ? fields.number(1) : uint64_t{kHardLink};
    StoredLink out;
    if (flags & 4) out.made = static_cast<int64_t>(fields.number(8));
    if (flags & 16) fields.take(1);  // character set
    out.name = fields.text(fields.number(1u << (flags & 3)));
    if (type == kHardLink) {
      out.type = LinkType::kHard;
      out.address = fields.number(file_.addressBytes());
    } else if (type == kSoftLink) {
      out.type = LinkType::kSoft;
      out.target = fields.text(fields.number(2));
    } else {
      out.type = type == kExternalLink ? LinkType::kExternal : LinkType::kUser;
    }
    if (out.name.empty() || (out.name + out.target).find('\0') != std::string::npos) damaged("names without zeros");
    budget.take(out);
    links.push_back(std::move(out));
  }

  File& file_;
  const std::string& place_;
  uint64_t heap_ = ~uint64_t{0} >> (64 - 8 * std::min(8u, file_.addressBytes())), names_ = heap_;
};

}  // namespace

std::shared_ptr<const std::vector<StoredLink>> readLinks(File& file, uint64_t header, const std::string& place) {
  return file.links().get(header, [&] {
    Collector collector(file, place);
    forEachMessage(file, header, [&](const Message& message) { collector.take(message); });
    collector.takeDense();
    std::vector<StoredLink> out = std::move(collector.links);
    std::sort(out.begin(), out.end(), [](const StoredLink& a, const StoredLink& b) { return a.name < b.name; });
    for (size_t i = 1; i < out.size(); i++) {
      if (out[i].name == out[i - 1].name) throw file.formatError(place, "a group with each name once was expected");
    }
    return std::pair(std::move(out), collector.budget.bytes());
  });
}

void LinkBudget::take(const StoredLink& link) {
  constexpr uint64_t kMostAmplification = 16, kHarmless = uint64_t{1} << 20;
  bytes_ += link.name.size() + link.target.size() + sizeof(StoredLink);
  if (bytes_ > kHarmless + kMostAmplification * file_.descriptor().size) {
    throw file_.formatError(place_, "links no larger than the file were expected");
  }
}

const StoredLink* findLink(const std::vector<StoredLink>& links, const std::string& name) {
  const auto found =
      std::lower_bound(links.begin(), links.end(), name,
                       [](const StoredLink& link, const std::string& wanted) { return link.name < wanted; });
  return found != links.end() && found->name == name ? &*found : nullptr;
}

// In the order in which libhdf5 asks: a group, a dataset, a datatype.
std::optional<Kind> objectKind(File& file, uint64_t header) {
  bool group = false, space = false, type = false;
  forEachMessage(file, header, [&](const Message& message) {
    group = group || message.type == kSymbolTable || message.type == kLinkInfo;
    space = space || message.type == kDataspace;
    type = type || message.type == kDatatype;
  });
  if (group) return Kind::kGroup;
  if (space && type) return Kind::kDataset;
  if (type) return Kind::kType;
  return std::nullopt;
}

}  // namespace spikelab::hdf5
