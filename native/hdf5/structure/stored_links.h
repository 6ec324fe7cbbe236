// The links of a group, read from the file's structures: out of its header, out of a heap and its tree of names, or (in
// files of the first kind) out of a symbol table. libhdf5 walks them with freed memory where they are damaged.
#pragma once

#include "tree.h"

namespace spikelab::hdf5 {

enum class LinkType { kHard, kSoft, kExternal, kUser };

struct StoredLink {
  std::string name;
  LinkType type = LinkType::kUser;
  uint64_t address = 0;  // of the object, for a hard link
  std::string target;    // the path, for a soft link
  int64_t made = -1;     // its place in the order in which links were made, where that is kept
};

// Counts what links take: as each is stored once, all of a group are no larger than the file. The same names again and
// again are an attack on memory.
class LinkBudget {
 public:
  LinkBudget(File& file, const std::string& place) : file_(file), place_(place) {}
  void take(const StoredLink& link);
  uint64_t bytes() const { return bytes_; }

 private:
  File& file_;
  const std::string& place_;
  uint64_t bytes_ = 0;
};

// The links of the group whose header is at `header`, sorted by name, each name once. Kept by the file. Throws Format.
std::shared_ptr<const std::vector<StoredLink>> readLinks(File& file, uint64_t header, const std::string& place);

// One of them, or null.
const StoredLink* findLink(const std::vector<StoredLink>& links, const std::string& name);

// What the object with this header is; nothing for what is none.
std::optional<Kind> objectKind(File& file, uint64_t header);

}  // namespace spikelab::hdf5
