#include "tree.h"

#include <algorithm>
#include <deque>
#include <set>

#include "header_check.h"
#include "links.h"
#include "stored_links.h"

namespace spikelab::hdf5 {
namespace {

// libhdf5's default, H5L_NUM_LINKS: more are a circle.
constexpr int kMaxSoftLinks = 16;
constexpr size_t kNamesInError = 40;
constexpr size_t kGroupsForError = 200;

std::deque<std::string> components(const std::string& path) {
  std::deque<std::string> out;
  for (size_t start = 0; start < path.size();) {
    const size_t end = std::min(path.find('/', start), path.size());
    const std::string part = path.substr(start, end - start);
    if (!part.empty() && part != ".") out.push_back(part);
    start = end + 1;
  }
  return out;
}

struct Resolved {
  Handle object;
  uint64_t address = 0;  // of its header
  std::string missing;   // the first component that is not there; empty where all are
};

Resolved resolve(File& file, const std::string& path);

// The first datasets of the file, for the error that says what there is. Never fails.
std::vector<std::string> someDatasets(File& file) {
  std::vector<std::string> out;
  std::deque<std::string> groups{"/"};
  std::set<uint64_t> seen;
  for (size_t visited = 0; !groups.empty() && visited < kGroupsForError && out.size() < kNamesInError; visited++) {
    const std::string place = groups.front();
    groups.pop_front();
    try {
      const Resolved group = resolve(file, place);
      if (!group.object) continue;
      for (const Link& entry : linksOf(file, group.address, place)) {
        const std::string path = joined(place, entry.name);
        if (entry.kind == Kind::kDataset && out.size() < kNamesInError) out.push_back(path);
        if (entry.kind == Kind::kGroup && seen.insert(entry.address).second) groups.push_back(path);
      }
    } catch (const Error&) {
      H5Eclear2(H5E_DEFAULT);
    }
  }
  return out;
}

[[noreturn]] void throwNotFound(File& file, const std::string& path, const std::string& missing) {
  const std::vector<std::string> available = someDatasets(file);
  std::string message = "no object " + path + " in " + file.path();
  if (missing != path) message += " (" + missing + " is missing)";
  message += available.empty() ? "; the file holds no datasets" : "; its datasets are ";
  for (size_t i = 0; i < available.size(); i++) message += (i ? ", " : "") + available[i];
  if (available.size() == kNamesInError) message += ", …";
  throw Error(Code::kNotFound, message, {{"path", file.path()}, {"location", path}, {"available", available}});
}

// By address: libhdf5 sees no link, only headers, which it checks.
Resolved openAt(File& file, uint64_t address, const std::string& place) {
  checkHeader(file, address, place);
  Resolved out{Handle(H5Oopen_by_addr(file.id(), address), H5Oclose), address, {}};
  if (!out.object) throw file.libraryError(place, "opened");
  return out;
}

Resolved missing(const std::string& place) {
  return {Handle(), 0, place};
}

void refuseForeign(File& file, const StoredLink& link, const std::string& place) {
  if (link.type == LinkType::kExternal) {
    throw file.unsupported("external link",
                           "an object in the file itself was expected, found a link to another file at " + place);
  }
  if (link.type == LinkType::kUser) {
    throw file.unsupported("user-defined link", "an object was expected, found a user-defined link at " + place);
  }
}

Resolved resolve(File& file, const std::string& path) {
  if (path.size() > kMaxPathBytes || path.find('\0') != std::string::npos) return missing(path);
  std::deque<std::string> rest = components(path);
  Resolved at = openAt(file, file.root(), "/");
  std::string place = "/";
  int softLinks = 0;
  while (!rest.empty()) {
    const std::string name = rest.front();
    rest.pop_front();
    const std::string next = joined(place, name);
    if (H5Iget_type(at.object.get()) != H5I_GROUP) return missing(next);
    const auto links = readLinks(file, at.address, place);
    const StoredLink* link = findLink(*links, name);
    if (link == nullptr) return missing(next);
    refuseForeign(file, *link, next);
    if (link->type == LinkType::kSoft) {
      if (++softLinks > kMaxSoftLinks) throw file.formatError(next, "at most 16 soft links on a path were expected");
      const std::deque<std::string> first = components(link->target);
      rest.insert(rest.begin(), first.begin(), first.end());
      if (link->target.starts_with("/")) {
        at = openAt(file, file.root(), "/");
        place.assign(1, '/');
      }
      continue;
    }
    at = openAt(file, link->address, next);
    place = next;
  }
  return at;
}

Resolved found(File& file, const std::string& path) {
  Resolved out = resolve(file, path);
  if (!out.object) throwNotFound(file, normalPath(path), out.missing);
  return out;
}

}  // namespace

std::string normalPath(const std::string& path) {
  std::string out;
  for (const std::string& part : components(path)) {
    out += '/';
    out += part;
  }
  return out.empty() ? "/" : out;
}

Handle openObject(File& file, const std::string& path) {
  LibraryLock lock;
  return found(file, path).object;
}

uint64_t objectAddress(File& file, const std::string& path) {
  LibraryLock lock;
  return found(file, path).address;
}

uint64_t groupAddress(File& file, const std::string& path) {
  LibraryLock lock;
  const Resolved group = found(file, path);
  if (H5Iget_type(group.object.get()) != H5I_GROUP) {
    throw file.formatError(normalPath(path), "a group was expected, found a dataset");
  }
  return group.address;
}

bool exists(File& file, const std::string& path) {
  LibraryLock lock;
  return static_cast<bool>(resolve(file, path).object);
}

Handle openDataset(File& file, const std::string& path) {
  LibraryLock lock;
  Handle object = openObject(file, path);
  if (H5Iget_type(object.get()) != H5I_DATASET) {
    throw file.formatError(normalPath(path), "a dataset was expected, found a group");
  }
  return object;
}

std::vector<Link> listGroup(File& file, const std::string& path) {
  LibraryLock lock;
  return linksOf(file, groupAddress(file, path), normalPath(path));
}

std::vector<Link> walkTree(File& file, const std::string& path, Control& control) {
  struct Pending {
    std::string path;
    unsigned depth;
  };
  std::vector<Link> out;
  std::deque<Pending> groups{{normalPath(path), 0}};
  std::set<uint64_t> seen;
  while (!groups.empty()) {
    control.check();
    const Pending at = groups.front();
    groups.pop_front();
    LibraryLock lock;
    const uint64_t group = groupAddress(file, at.path);
    if (at.depth == 0) seen.insert(group);
    for (Link& entry : linksOf(file, group, at.path)) {
      entry.name = joined(at.path, entry.name);
      const bool object = entry.kind == Kind::kGroup || entry.kind == Kind::kDataset || entry.kind == Kind::kType;
      if (object && !seen.insert(entry.address).second) continue;
      if (entry.kind == Kind::kGroup) {
        if (at.depth + 1 > file.limits().maxDepth) {
          throw Error(Code::kLimit, "the group " + entry.name.substr(0, 200) + " of " + file.path(),
                      {{"limit", std::string("maxDepth")},
                       {"allowed", static_cast<double>(file.limits().maxDepth)},
                       {"found", static_cast<double>(at.depth + 1)}});
        }
        groups.push_back({entry.name, at.depth + 1});
      }
      out.push_back(std::move(entry));
    }
  }
  return out;
}

}  // namespace spikelab::hdf5
