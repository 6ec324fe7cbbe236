#include "links.h"

#include <algorithm>

#include "../../parallel/pool.h"
#include "object_header.h"
#include "stored_links.h"

namespace spikelab::hdf5 {
namespace {

// Each is one small read: so many are long against handing out a task.
constexpr size_t kLinksPerTask = 64;

Link entryOf(File& file, const StoredLink& link, const std::string& place) {
  Link entry{link.name, Kind::kUserLink, {}, 0, link.made};
  if (link.type == LinkType::kSoft) {
    entry.kind = Kind::kSoftLink;
    entry.target = link.target;
  } else if (link.type == LinkType::kExternal) {
    entry.kind = Kind::kExternalLink;
  } else if (link.type == LinkType::kHard) {
    // most objects of large groups are vectors, whose headers are read in one piece
    const std::optional<Kind> kind =
        readVectorHeader(file, link.address) ? Kind::kDataset : objectKind(file, link.address);
    if (!kind) {
      throw file.formatError(joined(place, link.name),
                             "a group, a dataset or a datatype was expected, found no header");
    }
    entry.kind = *kind;
    entry.address = link.address;
  }
  return entry;
}

}  // namespace

std::string joined(const std::string& group, const std::string& name) {
  std::string path = group;
  if (path != "/") path += '/';
  return path += name;
}

std::vector<Link> linksOf(File& file, uint64_t group, const std::string& place) {
  const auto links = readLinks(file, group, place);
  for (const StoredLink& link : *links) file.charge(1, link.name.size() + sizeof(Link), "the list of names");
  std::vector<Link> out(links->size());
  Control uncancelled;
  parallelFor((out.size() + kLinksPerTask - 1) / kLinksPerTask, 0, uncancelled, [&](size_t task, size_t) {
    const size_t end = std::min(out.size(), (task + 1) * kLinksPerTask);
    for (size_t i = task * kLinksPerTask; i < end; i++) out[i] = entryOf(file, (*links)[i], place);
  });
  return out;
}

}  // namespace spikelab::hdf5
