// An HDF5 file open for reading, with the budget of the load that it belongs to.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>

#include "../error.h"
#include "driver.h"

namespace spikelab::hdf5 {

struct FileLimits {
  double maxFileBytes;
  double maxArrayBytes;
  unsigned maxDepth;
};

class File {
 public:
  // Opens without waiting (a pipe would block for ever) and takes regular files only.
  // Throws NotFound, Format (not HDF5, truncated, not a regular file) or Limit.
  static std::shared_ptr<File> open(const std::string& path, const FileLimits& limits);
  ~File();
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  const std::string& path() const { return path_; }
  hid_t id() const { return handle_.get(); }
  Descriptor& descriptor() { return descriptor_; }
  const FileLimits& limits() const { return limits_; }
  // Bytes that addresses and lengths take in this file's structures.
  unsigned addressBytes() const { return addressBytes_; }
  unsigned lengthBytes() const { return lengthBytes_; }

  // Notes that count × bytesEach bytes of decoded data are about to be made. Call before allocating; throws Limit.
  void charge(uint64_t count, uint64_t bytesEach, const std::string& what);
  // Throws Format where one array is larger than anything that this file could hold compressed. Costs nothing of the
  // budget.
  void checkPlausible(uint64_t bytes, const std::string& what) const;

  // Addresses of the object headers that were found to be sound. With the library's lock held.
  std::set<uint64_t>& soundHeaders() { return soundHeaders_; }

  // Paths of the file's objects by address, for object references: made once, by `make`.
  const std::map<uint64_t, std::string>& pathsByAddress(const std::function<std::map<uint64_t, std::string>()>& make);

  // Errors that name this file and a place in it; the second adds libhdf5's own reason.
  Error formatError(const std::string& location, const std::string& message) const;
  Error libraryError(const std::string& location, const std::string& attempted) const;
  Error unsupported(const std::string& feature, const std::string& message) const;

 private:
  File(std::string path, const FileLimits& limits) : path_(std::move(path)), limits_(limits) {}
  void openDescriptor();
  void findSignature();
  void openHandle();

  std::string path_;
  FileLimits limits_;
  Descriptor descriptor_;
  Handle handle_;
  unsigned addressBytes_ = 8;
  unsigned lengthBytes_ = 8;
  std::atomic<uint64_t> charged_{0};
  std::set<uint64_t> soundHeaders_;
  std::mutex pathsMutex_;
  std::optional<std::map<uint64_t, std::string>> paths_;
};

}  // namespace spikelab::hdf5
