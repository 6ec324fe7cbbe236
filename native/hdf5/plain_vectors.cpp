#include "plain_vectors.h"

#include <atomic>
#include <unordered_map>

#include "../parallel/pool.h"
#include "convert.h"
#include "object_header.h"
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

// Runs body(i) for each i in parallel, in groups of neighbours.
template <typename Body>
void forEach(size_t count, size_t perTask, Control& control, Body body) {
  parallelFor((count + perTask - 1) / perTask, 0, control, [&](size_t task, size_t) {
    const size_t end = std::min(count, (task + 1) * perTask);
    for (size_t i = task * perTask; i < end; i++) body(i);
  });
}

void readVector(File& file, const PlainVector& vector, double* into) {
  if (vector.length == 0) return;
  const uint64_t bytes = vector.length * vector.type.size;
  const bool direct = storedAsUsed(vector.type, Element::kFloat64);
  const Buffer stored(direct ? 0 : bytes);
  char* raw = direct ? reinterpret_cast<char*>(into) : stored.data();
  if (!file.descriptor().read(vector.address, raw, bytes)) {
    throw file.formatError("", "numbers inside the file were expected, found a dataset that reaches past its end");
  }
  if (!direct) convertNumbers(vector.type, raw, Element::kFloat64, reinterpret_cast<char*>(into), vector.length);
}

}  // namespace

std::optional<Ragged> readPlainVectors(File& file, const std::vector<std::string>& paths, Control& control) {
  if (paths.size() < kFewPaths) return std::nullopt;
  const std::optional<std::vector<uint64_t>> addresses = addressesOf(file, paths);
  if (!addresses) return std::nullopt;
  file.charge(paths.size(), sizeof(PlainVector), "the list of datasets");
  std::vector<std::optional<PlainVector>> vectors(paths.size());
  std::atomic<bool> all{true};
  forEach(paths.size(), kHeadersPerTask, control, [&](size_t i) {
    if (!all.load(std::memory_order_relaxed)) return;
    vectors[i] = readVectorHeader(file, (*addresses)[i]);
    // data that the file does not have is for the careful reader to tell
    if (!vectors[i] || vectors[i]->length * vectors[i]->type.size > file.descriptor().size) all = false;
  });
  if (!all) return std::nullopt;
  Ragged out{{{}, Element::kFloat64, {}, 0}, {0}};
  for (const auto& vector : vectors) {
    out.values.size += vector->length;
    out.offsets.push_back(static_cast<double>(out.values.size));
  }
  file.charge(out.values.size, sizeof(double), "the datasets asked for");
  out.values.shape = {out.values.size};
  out.values.buffer = Buffer(out.values.size * sizeof(double));
  double* into = reinterpret_cast<double*>(out.values.buffer.data());
  control.setTotal(out.values.size);
  forEach(paths.size(), 1, control, [&](size_t i) {
    readVector(file, *vectors[i], into + static_cast<uint64_t>(out.offsets[i]));
    control.advance(vectors[i]->length);
  });
  return out;
}

}  // namespace spikelab::hdf5
