#include "links.h"

#include <algorithm>

#include "../parallel/pool.h"
#include "object_header.h"

namespace spikelab::hdf5 {
namespace {

Link entryOf(File& file, hid_t group, const std::string& name, const H5L_info_t& link, bool isVector,
             const std::string& place) {
  Link entry{name, Kind::kUserLink, {}, 0};
  if (link.type == H5L_TYPE_SOFT) {
    entry.kind = Kind::kSoftLink;
    entry.target = softTarget(file, group, name, link.u.val_size, place);
  } else if (link.type == H5L_TYPE_EXTERNAL) {
    entry.kind = Kind::kExternalLink;
  } else if (link.type == H5L_TYPE_HARD && isVector) {
    entry.kind = Kind::kDataset;
    entry.address = link.u.address;
  } else if (link.type == H5L_TYPE_HARD) {
    H5O_info_t object;
    if (H5Oget_info_by_name2(group, name.c_str(), &object, H5O_INFO_BASIC, H5P_DEFAULT) < 0) {
      throw file.libraryError(place, "opened");
    }
    entry.kind = object.type == H5O_TYPE_GROUP     ? Kind::kGroup
                 : object.type == H5O_TYPE_DATASET ? Kind::kDataset
                                                   : Kind::kType;
    entry.address = object.addr;
  }
  return entry;
}

// Names of links only: objects are looked at outside the iteration, where errors can be thrown.
struct Names {
  File& file;
  std::vector<std::pair<std::string, H5L_info_t>> links;
  std::exception_ptr failure;
};

herr_t takeName(hid_t, const char* name, const H5L_info_t* link, void* data) {
  Names& names = *static_cast<Names*>(data);
  try {
    const std::string text(name);
    names.file.charge(1, text.size() + sizeof(Link), "the list of names");
    names.links.emplace_back(text, *link);
    return 0;
  } catch (...) {
    names.failure = std::current_exception();
    return -1;
  }
}

// Which of the links lead to vectors. To tell that something is a dataset libhdf5 opens it, which takes ten times as
// long.
std::vector<char> findVectors(File& file, const Names& names) {
  constexpr size_t kPerTask = 64;
  std::vector<char> out(names.links.size(), 0);
  Control uncancelled;
  parallelFor((out.size() + kPerTask - 1) / kPerTask, 0, uncancelled, [&](size_t task, size_t) {
    for (size_t i = task * kPerTask; i < std::min(out.size(), (task + 1) * kPerTask); i++) {
      const H5L_info_t& link = names.links[i].second;
      out[i] = link.type == H5L_TYPE_HARD && readVectorHeader(file, link.u.address).has_value();
    }
  });
  return out;
}

}  // namespace

std::string joined(const std::string& group, const std::string& name) {
  std::string path = group;
  if (path != "/") path += '/';
  return path += name;
}

std::string softTarget(File& file, hid_t group, const std::string& name, size_t size, const std::string& place) {
  if (size > kMaxPathBytes) throw file.formatError(place, "a soft link of reasonable length was expected");
  std::string target(size + 1, '\0');
  if (H5Lget_val(group, name.c_str(), target.data(), size, H5P_DEFAULT) < 0) throw file.libraryError(place, "followed");
  target.resize(target.find('\0'));
  return target;
}

std::vector<Link> linksOf(File& file, hid_t group, const std::string& place) {
  Names names{file, {}, nullptr};
  const herr_t done = H5Literate(group, H5_INDEX_NAME, H5_ITER_INC, nullptr, takeName, &names);
  if (names.failure) std::rethrow_exception(names.failure);
  if (done < 0) throw file.libraryError(place, "listed");
  std::vector<Link> out;
  out.reserve(names.links.size());
  const std::vector<char> vectors = findVectors(file, names);
  for (size_t i = 0; i < names.links.size(); i++) {
    const auto& [name, link] = names.links[i];
    out.push_back(entryOf(file, group, name, link, vectors[i], joined(place, name)));
  }
  return out;
}

}  // namespace spikelab::hdf5
