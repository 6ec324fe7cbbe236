#include "file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "../structure/bytes.h"
#include "../structure/header_check.h"

namespace spikelab::hdf5 {
namespace {

// What this thread has charged.
thread_local uint64_t chargedHere = 0;

constexpr unsigned char kSignature[8] = {0x89, 'H', 'D', 'F', '\r', '\n', 0x1a, '\n'};

}  // namespace

std::shared_ptr<File> File::open(const std::string& path, const FileLimits& limits) {
  std::shared_ptr<File> file(new File(path, limits));
  file->openDescriptor();
  file->findSignature();
  file->openHandle();
  return file;
}

std::shared_ptr<File> File::open(const std::string& name, const FileLimits& limits,
                                 std::shared_ptr<RangeCache> ranges) {
  std::shared_ptr<File> file(new File(name, limits));
  file->descriptor_.size = ranges->size();
  file->descriptor_.ranges = std::move(ranges);
  file->checkSize();
  file->findSignature();
  file->openHandle();
  return file;
}

File::~File() {
  {
    LibraryLock lock;
    handle_ = Handle();
  }
  if (descriptor_.fd >= 0) close(descriptor_.fd);
}

void File::openDescriptor() {
  descriptor_.fd = ::open(path_.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  if (descriptor_.fd < 0) {
    const std::string reason = std::strerror(errno);
    throw Error(Code::kNotFound, "no file can be read at " + path_ + " (" + reason + ")", {{"path", path_}});
  }
  struct stat found;
  if (fstat(descriptor_.fd, &found) != 0 || !S_ISREG(found.st_mode)) {
    throw formatError("", "an HDF5 file was expected, found something that is not a regular file");
  }
  descriptor_.size = static_cast<uint64_t>(found.st_size);
  checkSize();
}

void File::checkSize() const {
  if (static_cast<double>(descriptor_.size) > limits_.maxFileBytes) {
    throw Error(Code::kLimit, path_,
                {{"limit", std::string("maxFileBytes")},
                 {"allowed", limits_.maxFileBytes},
                 {"found", static_cast<double>(descriptor_.size)}});
  }
}

// The signature stands at byte 0 or, behind a user block, at 512, 1024, 2048 …
void File::findSignature() {
  for (uint64_t at = 0; at + sizeof kSignature <= descriptor_.size; at = at == 0 ? 512 : 2 * at) {
    unsigned char bytes[sizeof kSignature];
    descriptor_.base = 0;
    if (!descriptor_.read(at, bytes, sizeof bytes)) break;
    if (std::memcmp(bytes, kSignature, sizeof bytes) == 0) {
      descriptor_.base = at;
      return;
    }
  }
  throw formatError("", descriptor_.size == 0 ? "an HDF5 file was expected, found an empty file"
                                              : "an HDF5 file was expected, found no HDF5 signature");
}

// The headers that libhdf5 reads while it opens the file are checked before. What is no sound superblock is left for it
// to refuse.
void File::checkSuperblock() {
  unsigned char bytes[96] = {};
  const uint64_t there = std::min<uint64_t>(sizeof bytes, descriptor_.size - descriptor_.base);
  if (!descriptor_.read(0, bytes, there)) return;
  const unsigned version = bytes[8];
  const bool old = version <= 1;
  const unsigned addressBytes = bytes[old ? 13 : 9], lengthBytes = bytes[old ? 14 : 10];
  if (version > 3 || addressBytes == 0 || addressBytes > 8 || lengthBytes == 0 || lengthBytes > 8) return;
  addressBytes_ = addressBytes;
  lengthBytes_ = lengthBytes;
  // four addresses, of which the third is the file's end; in the old ones then the entry of the root, which begins with
  // where its name is
  const unsigned first = old ? (version == 0 ? 24 : 28) : 12;
  checkEnd(littleEndian(bytes + first + 2 * addressBytes, addressBytes));
  const unsigned root = first + (old ? 4 * addressBytes + lengthBytes : 3 * addressBytes);
  checkHeader(*this, littleEndian(bytes + root, addressBytes), "/");
  if (old) return;
  extension_ = littleEndian(bytes + first + addressBytes, addressBytes);
  checkHeader(*this, extension_, "/");
}

// libhdf5 refuses what ends early as well, and does not say so.
void File::checkEnd(uint64_t end) const {
  if (end <= descriptor_.size || descriptor_.size == 0) return;
  throw formatError("", "a file of " + std::to_string(end) + " bytes was expected, as it says, found " +
                            std::to_string(descriptor_.size) + ": the file is cut, copy or download it again");
}

void File::openHandle() {
  LibraryLock lock;
  checkSuperblock();
  handle_ = openWithDriver(descriptor_);
  if (!handle_) throw libraryError("", "opened");
  const Handle created(H5Fget_create_plist(id()), H5Pclose);
  size_t addressBytes = 0, lengthBytes = 0;
  if (H5Pget_sizes(created.get(), &addressBytes, &lengthBytes) < 0) throw libraryError("", "opened");
  addressBytes_ = static_cast<unsigned>(addressBytes);
  lengthBytes_ = descriptor_.lengthBytes = static_cast<unsigned>(lengthBytes);
  if (addressBytes_ == 0 || addressBytes_ > 8 || lengthBytes_ == 0 || lengthBytes_ > 8) {
    throw unsupported("wide addresses", "addresses and lengths of at most 8 bytes were expected, found wider ones");
  }
  H5O_info_t root;
  if (H5Oget_info2(id(), &root, H5O_INFO_BASIC) < 0) throw libraryError("/", "opened");
  root_ = root.addr;
  checkHeader(*this, root_, "/");
}

// Deflate, the densest of the filters, packs at most 1032 bytes into one. More can only be fill values that stand for
// data that was never written: harmless in small, in large a way to ask for all memory with a few bytes.
void File::checkPlausible(uint64_t bytes, const std::string& what) const {
  constexpr double kMostExpansion = 1032, kHarmless = 256.0 * 1024 * 1024;
  if (static_cast<double>(bytes) <= kMostExpansion * static_cast<double>(descriptor_.size) + kHarmless) return;
  throw formatError(what, "data that its " + std::to_string(descriptor_.size) +
                              " bytes can hold was expected, found a claim of " + std::to_string(bytes) + " bytes");
}

void File::charge(uint64_t count, uint64_t bytesEach, const std::string& what) {
  uint64_t bytes = 0;
  const bool overflow = __builtin_mul_overflow(count, bytesEach, &bytes);
  uint64_t before = charged_.load();
  for (;;) {
    uint64_t after = 0;
    const bool tooMany = overflow || __builtin_add_overflow(before, bytes, &after);
    if (tooMany || static_cast<double>(after) > limits_.maxArrayBytes) {
      const double found = static_cast<double>(before) + static_cast<double>(count) * static_cast<double>(bytesEach);
      throw Error(Code::kLimit, what + " of " + path_,
                  {{"limit", std::string("maxArrayBytes")}, {"allowed", limits_.maxArrayBytes}, {"found", found}});
    }
    if (charged_.compare_exchange_weak(before, after)) break;
  }
  chargedHere += bytes;
}

void File::uncharge() {
  charged_ -= chargedHere;
}

void File::forgetCharges() {
  chargedHere = 0;
}

void File::walked(uint64_t bytes) {
  constexpr uint64_t kSmall = uint64_t{64} << 10, kHarmless = uint64_t{1} << 30, kMostAmplification = 64;
  if (bytes <= kSmall) return;
  if (walkedBytes_.fetch_add(bytes) > kHarmless + kMostAmplification * descriptor_.size) {
    throw formatError("", "headers of objects of their own were expected, found large ones again and again");
  }
}

const std::map<uint64_t, std::string>& File::pathsByAddress(
    const std::function<std::map<uint64_t, std::string>()>& make) {
  std::lock_guard<std::mutex> lock(pathsMutex_);
  if (!paths_) paths_ = make();
  return *paths_;
}

Error File::formatError(const std::string& location, const std::string& message) const {
  Detail detail{{"path", path_}};
  if (!location.empty()) detail["location"] = location;
  return Error(Code::kFormat, message + " at " + (location.empty() ? "" : location + " of ") + path_, detail);
}

Error File::libraryError(const std::string& location, const std::string& attempted) const {
  return formatError(
      location, "a sound HDF5 structure was expected, but it could not be " + attempted + " (" + errorText() + ")");
}

Error File::unsupported(const std::string& feature, const std::string& message) const {
  return Error(Code::kUnsupported, message + " of " + path_, {{"feature", feature}, {"path", path_}});
}

}  // namespace spikelab::hdf5
