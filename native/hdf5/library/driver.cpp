#include "driver.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "../structure/heap.h"

namespace spikelab::hdf5 {
namespace {

struct OpenFile {
  H5FD_t pub;  // libhdf5's part, must come first
  Descriptor* descriptor;
  haddr_t eoa;
};

// The descriptor that the next open is for. Only openWithDriver sets it, so an open that a file's content asks for
// finds none and fails.
thread_local Descriptor* expected = nullptr;

OpenFile* of(H5FD_t* file) {
  return reinterpret_cast<OpenFile*>(file);
}
const OpenFile* of(const H5FD_t* file) {
  return reinterpret_cast<const OpenFile*>(file);
}

H5FD_t* openCallback(const char*, unsigned flags, hid_t, haddr_t) {
  if (expected == nullptr || (flags & H5F_ACC_RDWR) != 0) return nullptr;
  OpenFile* file = new OpenFile{};
  file->descriptor = std::exchange(expected, nullptr);
  return &file->pub;
}

herr_t closeCallback(H5FD_t* file) {
  delete of(file);
  return 0;
}

// Two opens are never the same file to libhdf5, so nothing is shared between them.
int compareCallback(const H5FD_t* a, const H5FD_t* b) {
  return std::less<const void*>()(a, b) ? -1 : (a == b ? 0 : 1);
}

// No features: above all no metadata accumulator, whose arithmetic on hostile addresses is a source of crashes.
herr_t queryCallback(const H5FD_t*, unsigned long* flags) {
  if (flags != nullptr) *flags = 0;
  return 0;
}

haddr_t eoaCallback(const H5FD_t* file, H5FD_mem_t) {
  return of(file)->eoa;
}

herr_t setEoaCallback(H5FD_t* file, H5FD_mem_t, haddr_t address) {
  of(file)->eoa = address;
  return 0;
}

haddr_t eofCallback(const H5FD_t* file, H5FD_mem_t) {
  return of(file)->descriptor->size - of(file)->descriptor->base;
}

// libhdf5 takes the sizes in a global heap as they are, so a damaged one (attributes with texts make it read them) is
// stopped here. It reads a collection's first bytes to learn its size, then all of it.
bool soundHeap(const char* bytes, size_t size, unsigned lengthBytes) {
  try {
    const uint64_t whole = collectionSize(bytes, size, lengthBytes);
    if (whole <= size) collectionObjects(bytes, whole, lengthBytes);
    return true;
  } catch (const HeapError&) {
    return false;
  }
}

herr_t readCallback(H5FD_t* file, H5FD_mem_t type, hid_t, haddr_t address, size_t size, void* into) {
  Descriptor& descriptor = *of(file)->descriptor;
  try {
    if (!descriptor.read(address, into, size)) return -1;
  } catch (const MissingBytes&) {
    // no exception passes through libhdf5; that something was missing is noted
    return -1;
  }
  if (type == H5FD_MEM_GHEAP && !soundHeap(static_cast<const char*>(into), size, descriptor.lengthBytes)) return -1;
  return 0;
}

herr_t writeCallback(H5FD_t*, H5FD_mem_t, hid_t, haddr_t, size_t, const void*) {
  return -1;
}

hid_t driverId() {
  static H5FD_class_t driver{};
  static const hid_t id = [] {
#ifdef H5FD_CLASS_VERSION
    driver.version = H5FD_CLASS_VERSION;
    driver.value = static_cast<H5FD_class_value_t>(600);
#endif
    driver.name = "spikelab";
    driver.maxaddr = (static_cast<haddr_t>(1) << 62) - 1;
    driver.fc_degree = H5F_CLOSE_STRONG;
    driver.open = openCallback;
    driver.close = closeCallback;
    driver.cmp = compareCallback;
    driver.query = queryCallback;
    driver.get_eoa = eoaCallback;
    driver.set_eoa = setEoaCallback;
    driver.get_eof = eofCallback;
    driver.read = readCallback;
    driver.write = writeCallback;
    const H5FD_mem_t map[] = H5FD_FLMAP_DICHOTOMY;
    for (int i = 0; i < H5FD_MEM_NTYPES; i++) driver.fl_map[i] = map[i];
    return H5FDregister(&driver);
  }();
  return id;
}

}  // namespace

bool Descriptor::read(uint64_t address, void* into, size_t length) {
  if (address > size - base || length > size - base - address) return false;
  if (ranges) {
    if (!ranges->read(base + address, into, length)) throw MissingBytes{};
    return true;
  }
  char* out = static_cast<char*>(into);
  uint64_t position = base + address;
  while (length > 0) {
    const ssize_t got = pread(fd, out, length, static_cast<off_t>(position));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    out += got;
    position += static_cast<uint64_t>(got);
    length -= static_cast<size_t>(got);
    bytesRead.fetch_add(static_cast<uint64_t>(got), std::memory_order_relaxed);
  }
  return true;
}

void Descriptor::expect(std::vector<ByteRange> addresses) {
  if (!ranges) return;
  for (ByteRange& range : addresses) {
    range.start = std::min(base + std::min(range.start, size), size);
    range.end = std::min(base + std::min(range.end, size), size);
  }
  if (!ranges->expect(addresses)) throw MissingBytes{};
}

Handle openWithDriver(Descriptor& descriptor) {
  const Handle access(H5Pcreate(H5P_FILE_ACCESS), H5Pclose);
  if (H5Pset_driver(access.get(), driverId(), nullptr) < 0) return {};
  H5Pset_fclose_degree(access.get(), H5F_CLOSE_STRONG);
#ifdef H5F_RFIC_ALL
  // HDF5 1.14.4 and later refuse integers that use few of their bits (12 of 64, say) unless told that the file means
  // it.
  H5Pset_relax_file_integrity_checks(access.get(), H5F_RFIC_UNUSUAL_NUM_UNUSED_NUMERIC_BITS);
#endif
  expected = &descriptor;
  Handle file(H5Fopen("spikelab", H5F_ACC_RDONLY, access.get()), H5Fclose);
  expected = nullptr;
  return file;
}

}  // namespace spikelab::hdf5
