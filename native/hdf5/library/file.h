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
#include <vector>

#include "../../core/error.h"
#include "driver.h"

namespace spikelab::hdf5 {

struct FileLimits {
  double maxFileBytes;
  double maxArrayBytes;
  unsigned maxDepth;
};

struct StoredLink;

// Links of groups that were read, by the address of the group's header. With the library's lock held.
class LinkCache {
 public:
  using Links = std::shared_ptr<const std::vector<StoredLink>>;
  // `make` gives the links and the bytes that they take.
  template <typename Make>
  Links get(uint64_t header, Make make) {
    constexpr uint64_t kMostBytes = uint64_t{128} << 20;
    const auto known = kept_.find(header);
    if (known != kept_.end()) return known->second;
    auto [links, bytes] = make();
    if (bytes_ + bytes > kMostBytes) {
      kept_.clear();
      bytes_ = 0;
    }
    bytes_ += bytes;
    return kept_[header] = std::make_shared<const std::vector<StoredLink>>(std::move(links));
  }

 private:
  std::map<uint64_t, Links> kept_;
  uint64_t bytes_ = 0;
};

class File {
 public:
  // Opens without waiting (a pipe would block for ever) and takes regular files only.
  // Throws NotFound, Format (not HDF5, truncated, not a regular file) or Limit.
  static std::shared_ptr<File> open(const std::string& path, const FileLimits& limits);
  // A file that lies elsewhere; `name` is what messages call it.
  static std::shared_ptr<File> open(const std::string& name, const FileLimits& limits,
                                    std::shared_ptr<RangeCache> ranges);
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
  // Takes back what this thread has charged since it last forgot: the work that it was for starts again.
  void uncharge();
  static void forgetCharges();
  // Throws Format where one array is larger than anything that this file could hold compressed. Costs nothing of the
  // budget.
  void checkPlausible(uint64_t bytes, const std::string& what) const;

  // Where the header of the root group is.
  uint64_t root() const { return root_; }
  // Where the header is that extends the superblock; no address (undefinedAddress) where none does.
  uint64_t extension() const { return extension_; }
  LinkCache& links() { return links_; }

  // Notes that a header of so many bytes was walked. Throws Format where large ones come again and again, as no sound
  // file has them: time without end for a few bytes.
  void walked(uint64_t bytes);

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
  void checkSize() const;
  void findSignature();
  void checkSuperblock();
  void checkEnd(uint64_t end) const;
  void openHandle();

  std::string path_;
  FileLimits limits_;
  Descriptor descriptor_;
  Handle handle_;
  unsigned addressBytes_ = 8;
  unsigned lengthBytes_ = 8;
  std::atomic<uint64_t> charged_{0};
  uint64_t root_ = 0;
  uint64_t extension_ = ~uint64_t{0};
  std::atomic<uint64_t> walkedBytes_{0};
  LinkCache links_;
  std::set<uint64_t> soundHeaders_;
  std::mutex pathsMutex_;
  std::optional<std::map<uint64_t, std::string>> paths_;
};

}  // namespace spikelab::hdf5
