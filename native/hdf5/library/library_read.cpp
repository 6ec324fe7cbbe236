#include "library_read.h"

#include <algorithm>
#include <cstring>

#include "../numbers/chunk_reader.h"
#include "../numbers/stored_read.h"
#include "plugin_filters.h"

namespace spikelab::hdf5 {
namespace {

// Read under libhdf5's lock at a time: then others have it, and a cancel is seen.
constexpr uint64_t kPieceBytes = uint64_t{8} << 20;
// libhdf5 keeps a map of the chunks of a read, of some kilobytes each: of a million small ones it takes gigabytes.
constexpr uint64_t kPieceChunks = 4096;

uint64_t elementsOfChunk(const Dataset& dataset) {
  uint64_t elements = 1;
  for (const uint64_t side : dataset.chunk) elements *= side;
  return elements;
}

// A filter that this build lacks is told apart from a broken file.
void throwIfFilterMissing(File& file, const Dataset& dataset) {
  for (const Filter& filter : dataset.filters) {
    if (H5Zfilter_avail(filter.id) <= 0) {
      const std::string name = filter.name.empty() ? "number " + std::to_string(filter.id) : filter.name;
      throw file.unsupported("filter " + std::to_string(filter.id),
                             "a filter that this build has was expected, found filter " + std::to_string(filter.id) +
                                 " (" + name + "; " + missingFilterAdvice(filter.id) + ") at " + dataset.path);
    }
  }
}

// Compact data must be all there, and the filters that only libhdf5 has take their parameters as they are: a count of
// elements that is not the chunk's makes them write outside of it.
void checkStorage(File& file, const Dataset& dataset) {
  if (dataset.layout == Layout::kCompact &&
      H5Dget_storage_size(dataset.handle.get()) < dataset.size * dataset.type.size) {
    throw file.formatError(dataset.path, "storage for all elements was expected");
  }
  const uint64_t elements = elementsOfChunk(dataset);
  for (const Filter& filter : dataset.filters) {
    const std::vector<unsigned>& given = filter.parameters;
    const bool scaleOffset = filter.id == H5Z_FILTER_SCALEOFFSET, nBit = filter.id == H5Z_FILTER_NBIT;
    if (!scaleOffset && !nBit) continue;
    const bool sound = given.size() >= 8 && given[2] == elements && given[4] == dataset.type.size &&
                       (scaleOffset ? given.size() == 20 : given.size() == given[0]);
    if (!sound) throw file.formatError(dataset.path, "a " + filter.name + " filter that fits its chunks was expected");
  }
}

void readPiece(File& file, const Dataset& dataset, const Slab& piece, hid_t memory, char* into) {
  const Handle from(H5Dget_space(dataset.handle.get()), H5Sclose);
  const hsize_t count = piece.size;
  const bool scalar = piece.count.empty();
  const Handle to(scalar ? H5Screate(H5S_SCALAR) : H5Screate_simple(1, &count, nullptr), H5Sclose);
  if (!from || !to) throw file.libraryError(dataset.path, "read");
  const std::vector<hsize_t> start(piece.start.begin(), piece.start.end()),
      size(piece.count.begin(), piece.count.end());
  if (!scalar && H5Sselect_hyperslab(from.get(), H5S_SELECT_SET, start.data(), nullptr, size.data(), nullptr) < 0) {
    throw file.libraryError(dataset.path, "read");
  }
  if (H5Dread(dataset.handle.get(), memory, to.get(), from.get(), H5P_DEFAULT, into) < 0) {
    throwIfFilterMissing(file, dataset);
    throw file.libraryError(dataset.path, "read");
  }
}

// What the one filter that is applied to a chunk takes from it at least, in bytes. N-bit's parameters say how many bits
// an element has; scale-offset puts their number into the chunk's first four bytes, before 17 more of header.
uint64_t leastStored(File& file, const Filter& filter, const StoredChunk& chunk, uint64_t elements, uint64_t size) {
  constexpr unsigned kAtomic = 1;
  constexpr uint64_t kScaleOffsetHeader = 21;
  const auto bytesOf = [&](uint64_t bits) { return (elements * bits + 7) / 8; };
  if (filter.id == H5Z_FILTER_NBIT && filter.parameters.size() >= 8) {
    if (filter.parameters[1] != 0) return elements * size;  // stored as it is
    return filter.parameters[3] == kAtomic ? bytesOf(filter.parameters[6]) : 0;
  }
  if (filter.id != H5Z_FILTER_SCALEOFFSET) return 0;
  unsigned char bits[4] = {};
  if (chunk.bytes < kScaleOffsetHeader || !file.descriptor().read(chunk.address, bits, sizeof bits)) {
    return kScaleOffsetHeader;
  }
  const uint32_t each = bits[0] | bits[1] << 8 | bits[2] << 16 | static_cast<uint32_t>(bits[3]) << 24;
  return kScaleOffsetHeader + bytesOf(std::min<uint64_t>(each, 8 * size));
}

// libhdf5 reads on behind a chunk that has less than its filter takes. Where several filters are applied the size
// between two is not known here.
void checkStoredSize(File& file, const Dataset& dataset, const StoredChunk& chunk) {
  if (!chunk.present) return;
  const uint64_t elements = elementsOfChunk(dataset);
  const Filter* only = nullptr;
  size_t applied = 0;
  for (size_t i = 0; i < dataset.filters.size(); i++) {
    if (i < 32 && (chunk.skippedFilters >> i & 1) != 0) continue;
    only = &dataset.filters[i];
    applied++;
  }
  if (applied > 1) return;
  const uint64_t size = dataset.type.size;
  const uint64_t least = applied == 0 ? elements * size : leastStored(file, *only, chunk, elements, size);
  if (chunk.bytes >= least) return;
  throw file.formatError(dataset.path, "a chunk of at least " + std::to_string(least) + " bytes was expected, found " +
                                           std::to_string(chunk.bytes));
}

// libhdf5 looks the chunks up itself: those of the slab must be where our own reading of the index finds them. Null
// where there are none.
std::unique_ptr<ChunkIndex> checkIndex(File& file, const Dataset& dataset, const Slab& slab, Control& control) {
  if (dataset.layout != Layout::kChunked || slab.size == 0) return nullptr;
  std::unique_ptr<ChunkIndex> index = ChunkIndex::open(file, dataset);
  expectChunks(file, dataset, slab);
  const ChunkGrid grid(file, dataset, slab);
  for (uint64_t i = 0; i < grid.size; i++) {
    if (i % 1024 == 0) control.check();
    checkStoredSize(file, dataset, index->find(grid.place(i)));
  }
  return index;
}

bool noneStored(File& file, const Dataset& dataset, const Slab& piece, ChunkIndex& index) {
  const ChunkGrid grid(file, dataset, piece);
  for (uint64_t i = 0; i < grid.size; i++) {
    if (index.find(grid.place(i)).present) return false;
  }
  return true;
}

// A piece of chunks that were never written is its first element over and over. libhdf5 takes 9 s for a million chunks.
void fillPiece(File& file, const Dataset& dataset, const Slab& piece, hid_t memory, size_t bytesEach, char* into) {
  Slab first = piece;
  std::fill(first.count.begin(), first.count.end(), 1);
  first.size = 1;
  readPiece(file, dataset, first, memory, into);
  for (uint64_t done = 1; done < piece.size;) {
    const uint64_t more = std::min(done, piece.size - done);
    std::memcpy(into + done * bytesEach, into, more * bytesEach);
    done += more;
  }
}

}  // namespace

void libraryRead(File& file, const Dataset& dataset, const Slab& slab, hid_t memory, void* into, Control& control) {
  const std::unique_ptr<ChunkIndex> index = checkIndex(file, dataset, slab, control);
  uint64_t bytesEach;
  bool plain;
  {
    LibraryLock lock;
    bytesEach = H5Tget_size(memory);
    const H5T_class_t type = H5Tget_class(memory);
    // an element of another class may own memory, and must not be there twice
    plain = type == H5T_INTEGER || type == H5T_FLOAT;
    checkStorage(file, dataset);
  }
  uint64_t most = std::max<uint64_t>(1, kPieceBytes / std::max<uint64_t>(1, bytesEach));
  if (dataset.layout == Layout::kChunked) most = std::min(most, kPieceChunks * elementsOfChunk(dataset));
  forEachPiece(dataset, slab, most, [&](const Slab& piece, uint64_t at) {
    control.check();
    char* const to = static_cast<char*>(into) + at * bytesEach;
    const bool absent = plain && index && noneStored(file, dataset, piece, *index);
    LibraryLock lock;
    if (absent) {
      fillPiece(file, dataset, piece, memory, bytesEach, to);
    } else {
      readPiece(file, dataset, piece, memory, to);
    }
    control.advance(piece.size);
  });
}

}  // namespace spikelab::hdf5
