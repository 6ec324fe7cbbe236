#include "plugin_filters.h"

#include <dlfcn.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <map>

#include "../numbers/chunk_filters.h"
#include "../structure/bytes.h"

namespace spikelab::hdf5 {
namespace {

// Numbers of the registry of HDF5 filters.
enum : int { kBzip2 = 307, kBlosc = 32001, kLz4 = 32004, kBitshuffle = 32008, kZstd = 32015 };

// Plug-ins read their parameters without looking at how many there are.
constexpr size_t kLeastParameters = 64;
constexpr uint64_t kMaxPluginFiles = 256;

const char* pluginPath() {
  const char* path = std::getenv("HDF5_PLUGIN_PATH");
  return path != nullptr && *path != '\0' ? path : nullptr;
}

const H5Z_class2_t* loadFilter(const std::string& file) {
  // never closed: a filter may be in use until the process ends
  void* library = dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) return nullptr;
  const auto type = reinterpret_cast<H5PL_type_t (*)()>(dlsym(library, "H5PLget_plugin_type"));
  const auto describe = reinterpret_cast<const void* (*)()>(dlsym(library, "H5PLget_plugin_info"));
  if (type == nullptr || describe == nullptr || type() != H5PL_TYPE_FILTER) return nullptr;
  const auto* filter = static_cast<const H5Z_class2_t*>(describe());
  const bool usable = filter != nullptr && filter->version == H5Z_CLASS_T_VERS && filter->filter != nullptr;
  return usable ? filter : nullptr;
}

using Filters = std::map<int, const H5Z_class2_t*>;

Filters loadFolders(const std::string& path) {
  namespace fs = std::filesystem;
  Filters out;
  for (size_t start = 0; start <= path.size();) {
    const size_t end = std::min(path.find(':', start), path.size());
    std::vector<std::string> files;
    std::error_code ignored;
    for (fs::directory_iterator at(path.substr(start, end - start), ignored), last; at != last && !ignored;
         at.increment(ignored)) {
      const std::string name = at->path().filename().string();
      const bool library = name.find(".so") != std::string::npos || name.ends_with(".dylib");
      if (library && at->is_regular_file(ignored) && files.size() < kMaxPluginFiles)
        files.push_back(at->path().string());
    }
    std::sort(files.begin(), files.end());
    for (const std::string& file : files) {
      if (const H5Z_class2_t* filter = loadFilter(file)) out.emplace(filter->id, filter);
    }
    start = end + 1;
  }
  return out;
}

// Blosc and LZ4 say at the start how much they hold. Their plug-ins believe it: they allocate, and read, that much.
void checkClaim(int id, const char* from, size_t bytes, size_t capacity) {
  const auto expect = [](bool holds) {
    if (!holds) throw BadChunk{"compressed data that fits its chunk was expected, found a claim that does not"};
  };
  if (id == kBlosc) {
    expect(bytes >= 16);
    expect(littleEndian(from + 4, 4) <= capacity && littleEndian(from + 12, 4) == bytes);
  } else if (id == kLz4) {
    expect(bytes >= 12);
    uint64_t size = 0;
    for (int i = 0; i < 8; i++) size = size << 8 | static_cast<unsigned char>(from[i]);
    expect(size <= capacity);
  }
}

}  // namespace

PluginFilter::PluginFilter(const H5Z_class2_t* filter, std::vector<unsigned> parameters)
    : filter_(filter), given_(parameters.size()), parameters_(std::move(parameters)) {
  parameters_.resize(std::max(given_, kLeastParameters));
}

size_t PluginFilter::decode(const char* from, size_t bytes, char* into, size_t capacity) const {
  checkClaim(filter_->id, from, bytes, capacity);
  LibraryLock lock;
  // the plug-in frees what it is given and leaves its own memory there instead
  void* memory = H5allocate_memory(std::max<size_t>(bytes, 1), false);
  if (memory == nullptr) throw std::bad_alloc();
  std::memcpy(memory, from, bytes);
  const void* given = memory;
  size_t allocated = bytes;
  const size_t made = filter_->filter(H5Z_FLAG_REVERSE, given_, parameters_.data(), bytes, &allocated, &memory);
  H5Eclear2(H5E_DEFAULT);
  // some leave other memory and do not say how large it is
  const bool said = memory == given || allocated != bytes;
  const bool sound = made > 0 && made <= capacity && (!said || made <= allocated);
  if (sound) std::memcpy(into, memory, made);
  H5free_memory(memory);
  if (!sound) throw BadChunk{"data that filter " + std::to_string(filter_->id) + " can decode was expected"};
  return made;
}

std::shared_ptr<const PluginFilter> findPluginFilter(int id, const std::vector<unsigned>& parameters) {
  const char* path = pluginPath();
  if (path == nullptr) return nullptr;
  LibraryLock lock;
  static std::map<std::string, Filters>* byPath = new std::map<std::string, Filters>;
  auto known = byPath->find(path);
  if (known == byPath->end()) known = byPath->emplace(path, loadFolders(path)).first;
  const auto found = known->second.find(id);
  return found == known->second.end() ? nullptr : std::make_shared<PluginFilter>(found->second, parameters);
}

std::string missingFilterAdvice(int id) {
  const std::string package = id == kBlosc                 ? "hdf5-filter-plugin-blosc-serial"
                              : id == kLz4 || id == kBzip2 ? "hdf5-filter-plugin"
                                                           : "";
  std::string plugin = "its plug-in";
  if (!package.empty()) plugin += " (Debian's package " + package + "; dpkg -L names the folder)";
  if (id == kZstd || id == kBitshuffle) plugin += " (Python's package hdf5plugin has it)";
  if (const char* path = pluginPath()) {
    return "install " + plugin + " in the folder that HDF5_PLUGIN_PATH names (" + path + ")";
  }
  return "install " + plugin + " and set HDF5_PLUGIN_PATH to its folder";
}

}  // namespace spikelab::hdf5
