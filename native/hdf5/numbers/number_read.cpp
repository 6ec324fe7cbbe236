#include "number_read.h"

#include <algorithm>

#include "../library/library_read.h"
#include "storage.h"
#include "stored_read.h"

namespace spikelab::hdf5 {
namespace {

// Converted at a time: then a cancel is seen.
constexpr uint64_t kPieceBytes = uint64_t{8} << 20;

// Elements as they are stored.
void readRaw(File& file, const Dataset& dataset, const Slab& slab, char* into, Control& control) {
  if (storedRead(file, dataset, slab, Target(dataset.type, into), control)) return;
  Handle type;
  {
    LibraryLock lock;
    type = Handle(H5Dget_type(dataset.handle.get()), H5Tclose);
  }
  libraryRead(file, dataset, slab, type.get(), into, control);
}

// libhdf5 converts in memory, with no file involved: odd widths, VAX and extended floats.
void convertOdd(File& file, const Dataset& dataset, Element element, std::vector<char>& buffer, uint64_t count) {
  LibraryLock lock;
  const Handle type(H5Dget_type(dataset.handle.get()), H5Tclose);
  const Handle memory(H5Tcopy(memoryType(element)), H5Tclose);
  if (H5Tconvert(type.get(), memory.get(), count, buffer.data(), nullptr, H5P_DEFAULT) < 0) {
    throw file.libraryError(dataset.path, "converted");
  }
}

}  // namespace

void checkNumbers(File& file, const Dataset& dataset) {
  const Type& type = dataset.type;
  if (!type.numeric()) {
    throw file.formatError(dataset.path,
                           std::string("numbers were expected, found a dataset of ") + className(type.cls) + "s");
  }
  const bool oddInteger = type.cls == TypeClass::kInteger && type.size <= 8;
  const bool oddFloat = type.cls == TypeClass::kFloat && type.size <= 16;
  if (!type.plain && !oddInteger && !oddFloat) {
    throw file.unsupported(typeName(type),
                           "numbers of at most 8 bytes were expected, found " + typeName(type) + " at " + dataset.path);
  }
  if (dataset.layout == Layout::kContiguous && dataset.size > 0) contiguousAddress(file, dataset, type.size);
}

void readNumbers(File& file, const Dataset& dataset, const Slab& slab, Element element, char* into, Control& control) {
  if (slab.size == 0) return;
  const Type& type = dataset.type;
  if (type.plain && storedRead(file, dataset, slab, Target(type, element, into), control)) return;
  const size_t bytes = elementBytes(element), each = std::max(type.size, bytes);
  std::vector<char> buffer;
  forEachPiece(dataset, slab, std::max<uint64_t>(1, kPieceBytes / each), [&](const Slab& piece, uint64_t at) {
    control.check();
    buffer.resize(piece.size * each);
    readRaw(file, dataset, piece, buffer.data(), control);
    if (type.plain) {
      convertNumbers(type, buffer.data(), element, into + at * bytes, piece.size);
    } else {
      convertOdd(file, dataset, element, buffer, piece.size);
      std::memcpy(into + at * bytes, buffer.data(), piece.size * bytes);
    }
  });
}

}  // namespace spikelab::hdf5
