#include "storage.h"

#include <algorithm>

namespace spikelab::hdf5 {
namespace {

void checkInside(File& file, const Dataset& dataset, uint64_t address, uint64_t bytes) {
  const Descriptor& descriptor = file.descriptor();
  const uint64_t size = descriptor.size - descriptor.base;
  if (address <= size && bytes <= size - address) return;
  throw file.formatError(dataset.path, "data inside the file was expected, found " + std::to_string(bytes) +
                                           " bytes that reach past its end");
}

}  // namespace

std::optional<uint64_t> contiguousAddress(File& file, const Dataset& dataset, size_t storedBytes) {
  LibraryLock lock;
  const haddr_t address = H5Dget_offset(dataset.handle.get());
  if (address == HADDR_UNDEF) {
    H5Eclear2(H5E_DEFAULT);
    return {};
  }
  const uint64_t bytes = dataset.size * storedBytes;
  const uint64_t stored = H5Dget_storage_size(dataset.handle.get());
  if (stored < bytes) {
    throw file.formatError(
        dataset.path, "storage for " + std::to_string(bytes) + " bytes was expected, found " + std::to_string(stored));
  }
  checkInside(file, dataset, address, bytes);
  return address;
}

bool chunksAddressable(const Dataset& dataset) {
  LibraryLock lock;
  const Handle created(H5Dget_create_plist(dataset.handle.get()), H5Pclose);
  unsigned options = 0;
  if (H5Pget_chunk_opts(created.get(), &options) < 0) {
    H5Eclear2(H5E_DEFAULT);
    return false;
  }
  // chunks at the edge that no filter was applied to are not marked as such one by one
  return dataset.filters.empty() || (options & H5D_CHUNK_DONT_FILTER_PARTIAL_CHUNKS) == 0;
}

bool hasFillValue(File& file, const Dataset& dataset) {
  LibraryLock lock;
  const Handle created(H5Dget_create_plist(dataset.handle.get()), H5Pclose);
  H5D_fill_value_t status = H5D_FILL_VALUE_UNDEFINED;
  if (H5Pfill_value_defined(created.get(), &status) < 0) throw file.libraryError(dataset.path, "described");
  return status == H5D_FILL_VALUE_USER_DEFINED;
}

std::vector<char> fillValue(File& file, const Dataset& dataset, size_t storedBytes) {
  LibraryLock lock;
  std::vector<char> value(std::max(storedBytes, dataset.type.size), 0);
  if (!hasFillValue(file, dataset)) return value;
  const Handle created(H5Dget_create_plist(dataset.handle.get()), H5Pclose);
  const Handle type(H5Dget_type(dataset.handle.get()), H5Tclose);
  if (H5Pget_fill_value(created.get(), type.get(), value.data()) < 0)
    throw file.libraryError(dataset.path, "described");
  return value;
}

}  // namespace spikelab::hdf5
