#include "plain_vectors.h"

#include <algorithm>
#include <unordered_map>

#include "../../core/owned_array.h"
#include "../../parallel/pool.h"
#include "../numbers/convert.h"
#include "stored_links.h"

namespace spikelab::hdf5 {
namespace {

// Fewer are left to libhdf5: nobody notices what it spends on each.
constexpr size_t kFewPaths = 16;
// What the header of a plain vector takes, and a little more.
constexpr uint64_t kHeaderBytes = 512;
// Each is one read of 272 bytes: so many are long against handing out a task.
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

// Addresses of the named objects; nothing where one is not there, or is a link of another kind.
std::optional<std::vector<uint64_t>> addressesOf(File& file, const std::vector<std::string>& paths) {
  std::vector<std::string> names;
  const std::optional<std::string> place = commonGroup(paths, names);
  if (!place) return std::nullopt;
  const LibraryLock lock;
  const auto links = readLinks(file, groupAddress(file, *place), *place);
  std::vector<uint64_t> out;
  out.reserve(names.size());
  for (const std::string& name : names) {
    const StoredLink* link = findLink(*links, name);
    if (link == nullptr || link->type != LinkType::kHard) return std::nullopt;
    out.push_back(link->address);
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
  std::vector<ByteRange> headers;
  for (const uint64_t address : *addresses) headers.push_back({address, address + kHeaderBytes});
  file.descriptor().expect(std::move(headers));
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
