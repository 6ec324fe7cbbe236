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

// After H5Dget_chunk_storage_size failed: whether the chunk is just not there. A damaged index must not pass for that,
// since fill values would stand for data. Versions of libhdf5 that word the failure in another way are asked in a
// slower one.
bool neverWritten(const Dataset& dataset, const std::vector<hsize_t>& offset) {
  std::string text = errorText();
  if (text == "chunk storage is not allocated") return true;
  unsigned skipped = 0;
  haddr_t address = 0;
  hsize_t bytes = 0;
  return H5Dget_chunk_info_by_coord(dataset.handle.get(), offset.data(), &skipped, &address, &bytes) >= 0 &&
         address == HADDR_UNDEF;
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

// H5Dget_chunk_info_by_coord looks at all chunks until it finds the one. H5Dread_chunk looks it up in the index; the
// driver notes where it would read and does not read, so no byte of the chunk moves.
StoredChunk locateChunk(File& file, const Dataset& dataset, const std::vector<uint64_t>& coordinates) {
  StoredChunk out;
  const std::vector<hsize_t> offset(coordinates.begin(), coordinates.end());
  LibraryLock lock;
  hsize_t bytes = 0;
  if (H5Dget_chunk_storage_size(dataset.handle.get(), offset.data(), &bytes) < 0) {
    if (neverWritten(dataset, offset)) return out;
    throw file.libraryError(dataset.path, "located");
  }
  if (bytes == 0) return out;
  Descriptor::RawRead noted;
  file.descriptor().noted = &noted;
  char nothing = 0;
  const herr_t done = H5Dread_chunk(dataset.handle.get(), H5P_DEFAULT, offset.data(), &out.skippedFilters, &nothing);
  file.descriptor().noted = nullptr;
  if (done < 0 || noted.reads != 1) throw file.libraryError(dataset.path, "located");
  checkInside(file, dataset, noted.address, noted.size);
  out.address = noted.address;
  out.bytes = noted.size;
  out.present = true;
  return out;
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
