#include "plain_vectors.h"

#include <algorithm>
#include <unordered_map>

#include "../owned_array.h"
#include "../parallel/pool.h"
#include "convert.h"
#include "tree.h"

namespace spikelab::hdf5 {
namespace {

constexpr size_t kFewPaths = 16;
constexpr size_t kHeadersPerTask = 64;

// The group that all paths lie in, and their names in it; nothing where they lie in several.
std::optional<std::string> commonGroup(const std::vector<std::string>& paths, std::vector<std::string>& names) {
  const std::string group = paths[0].substr(0, paths[0].rfind('/') + 1);
  for (const std::string& path : paths) {
    if (path.compare(0, group.size(), group) != 0 || path.find('/', group.size()) != std::string::npos)
      return std::nullopt;
    names.push_back(path.substr(group.size()));
  }
  return group.empty() ? "/" : group;
}

herr_t takeAddress(hid_t, const char* name, const H5L_info_t* link, void* data) {
  auto& addresses = *static_cast<std::unordered_map<std::string, uint64_t>*>(data);
  try {
    if (link->type == H5L_TYPE_HARD) addresses.emplace(name, link->u.address);
    return 0;
  } catch (...) {
    return -1;
  }
}

// Addresses of the named objects; nothing where one is not there, or is a link of another kind.
std::optional<std::vector<uint64_t>> addressesOf(File& file, const std::vector<std::string>& paths) {
  std::vector<std::string> names;
  const std::optional<std::string> place = commonGroup(paths, names);
  if (!place) return std::nullopt;
  const LibraryLock lock;
  const Handle group = openGroup(file, *place);
  H5G_info_t counted;
  // the caller has listed the group, so there are not many more than asked for
  if (H5Gget_info(group.get(), &counted) < 0 || counted.nlinks > 4 * paths.size()) return std::nullopt;
  std::unordered_map<std::string, uint64_t> addresses;
  if (H5Literate(group.get(), H5_INDEX_NAME, H5_ITER_NATIVE, nullptr, takeAddress, &addresses) < 0) {
    H5Eclear2(H5E_DEFAULT);
    return std::nullopt;
  }
  std::vector<uint64_t> out;
  out.reserve(names.size());
  for (const std::string& name : names) {
    const auto found = addresses.find(name);
    if (found == addresses.end()) return std::nullopt;
    out.push_back(found->second);
  }
  return out;
}

}  // namespace

std::vector<std::optional<PlainVector>> findPlainVectors(File& file, const std::vector<std::string>& paths,
                                                         Control& control) {
  std::vector<std::optional<PlainVector>> out(paths.size());
  if (paths.size() < kFewPaths) return out;
  const std::optional<std::vector<uint64_t>> addresses = addressesOf(file, paths);
  if (!addresses) return out;
  parallelFor((paths.size() + kHeadersPerTask - 1) / kHeadersPerTask, 0, control, [&](size_t task, size_t) {
    const size_t end = std::min(paths.size(), (task + 1) * kHeadersPerTask);
    for (size_t i = task * kHeadersPerTask; i < end; i++) {
      out[i] = readVectorHeader(file, (*addresses)[i]);
      // data that the file does not have is for the careful reader to tell
      if (out[i] && out[i]->length * out[i]->type.size > file.descriptor().size) out[i].reset();
    }
  });
  return out;
}

void readPlainVector(File& file, const PlainVector& vector, const std::string& path, Element element, char* into) {
  if (vector.length == 0) return;
  const uint64_t bytes = vector.length * vector.type.size;
  const bool direct = storedAsUsed(vector.type, element);
  FileBuffer stored(direct ? 0 : bytes);
  char* raw = direct ? into : stored.data();
  if (!file.descriptor().read(vector.address, raw, bytes)) {
    throw file.formatError(path, "numbers inside the file were expected, found a dataset that reaches past its end");
  }
  if (!direct) convertNumbers(vector.type, raw, element, into, vector.length);
}

}  // namespace spikelab::hdf5
