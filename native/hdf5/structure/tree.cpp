#include "tree.h"

#include <algorithm>
#include <deque>
#include <set>

#include "header_check.h"
#include "links.h"

namespace spikelab::hdf5 {
namespace {

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
  std::string missing;  // the first component that is not there; empty where all are
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
      for (const Link& entry : linksOf(file, group.object.get(), place)) {
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

Resolved resolve(File& file, const std::string& path) {
  if (path.size() > kMaxPathBytes || path.find('\0') != std::string::npos) return {Handle(), path};
  std::deque<std::string> rest = components(path);
  Handle object(H5Oopen(file.id(), "/", H5P_DEFAULT), H5Oclose);
  if (!object) throw file.libraryError("/", "opened");
  std::string place = "/";
  int softLinks = 0;
  while (!rest.empty()) {
    const std::string name = rest.front();
    rest.pop_front();
    const std::string next = joined(place, name);
    if (H5Iget_type(object.get()) != H5I_GROUP) return {Handle(), next};
    const htri_t there = H5Lexists(object.get(), name.c_str(), H5P_DEFAULT);
    if (there < 0) throw file.libraryError(next, "looked up");
    if (there == 0) return {Handle(), next};
    H5L_info_t link;
    if (H5Lget_info(object.get(), name.c_str(), &link, H5P_DEFAULT) < 0) throw file.libraryError(next, "looked up");
    if (link.type == H5L_TYPE_SOFT) {
      if (++softLinks > kMaxSoftLinks) throw file.formatError(next, "at most 16 soft links on a path were expected");
      const std::string target = softTarget(file, object.get(), name, link.u.val_size, next);
      const std::deque<std::string> first = components(target);
      rest.insert(rest.begin(), first.begin(), first.end());
      if (target.starts_with("/")) {
        object = Handle(H5Oopen(file.id(), "/", H5P_DEFAULT), H5Oclose);
        place.assign(1, '/');
      }
      continue;
    }
    if (link.type == H5L_TYPE_EXTERNAL) {
      throw file.unsupported("external link",
                             "an object in the file itself was expected, found a link to another file at " + next);
    }
    if (link.type != H5L_TYPE_HARD) {
      throw file.unsupported("user-defined link", "an object was expected, found a user-defined link at " + next);
    }
    checkHeader(file, link.u.address, next);
    object = Handle(H5Oopen(object.get(), name.c_str(), H5P_DEFAULT), H5Oclose);
    if (!object) throw file.libraryError(next, "opened");
    place = next;
  }
  return {std::move(object), {}};
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
  Resolved found = resolve(file, path);
  if (!found.object) throwNotFound(file, normalPath(path), found.missing);
  return std::move(found.object);
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

Handle openGroup(File& file, const std::string& path) {
  LibraryLock lock;
  Handle object = openObject(file, path);
  if (H5Iget_type(object.get()) != H5I_GROUP) {
    throw file.formatError(normalPath(path), "a group was expected, found a dataset");
  }
  return object;
}

std::vector<Link> listGroup(File& file, const std::string& path) {
  LibraryLock lock;
  const Handle group = openGroup(file, path);
  return linksOf(file, group.get(), normalPath(path));
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
    const Handle group = openGroup(file, at.path);
    H5O_info_t self;
    if (at.depth == 0 && H5Oget_info2(group.get(), &self, H5O_INFO_BASIC) >= 0) seen.insert(self.addr);
    for (Link& entry : linksOf(file, group.get(), at.path)) {
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
