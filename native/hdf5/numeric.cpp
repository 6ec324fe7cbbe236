#include "numeric.h"

#include "library_read.h"
#include "stored_read.h"

namespace spikelab::hdf5 {
namespace {

void checkNumeric(File& file, const Dataset& dataset) {
  if (!dataset.type.numeric()) {
    throw file.formatError(
        dataset.path, std::string("numbers were expected, found a dataset of ") + className(dataset.type.cls) + "s");
  }
  const bool integer = dataset.type.cls == TypeClass::kInteger && dataset.type.size <= 8;
  if (!dataset.type.plain && !integer && dataset.type.cls != TypeClass::kFloat) {
    throw file.unsupported(typeName(dataset.type), "numbers of at most 8 bytes were expected, found " +
                                                       typeName(dataset.type) + " at " + dataset.path);
  }
}

// One dimension, or two of which one is 1, as MATLAB stores vectors.
void checkVector(File& file, const Dataset& dataset) {
  const std::vector<uint64_t>& shape = dataset.shape;
  const bool flat = shape.size() == 1 && !dataset.null;
  if (flat || (shape.size() == 2 && (shape[0] == 1 || shape[1] == 1))) return;
  const std::string found = shape.empty() ? "a scalar" : std::to_string(shape.size()) + " dimensions";
  throw file.formatError(dataset.path, "one dimension was expected, found " + found);
}

// An enumeration or bitfield in libhdf5 converts to nothing but itself: it is read as the integers that it is stored
// as.
Handle memoryTypeFor(const Dataset& dataset, Element element) {
  LibraryLock lock;
  const bool converts = dataset.type.cls == TypeClass::kInteger || dataset.type.cls == TypeClass::kFloat;
  if (converts) return Handle(H5Tcopy(memoryType(element)), H5Tclose);
  const Handle stored(H5Dget_type(dataset.handle.get()), H5Tclose);
  return Handle(H5Tget_native_type(stored.get(), H5T_DIR_ASCEND), H5Tclose);
}

template <typename From>
void widenInPlace(char* data, uint64_t size) {
  // from the end, so nothing is overwritten before it is read
  for (uint64_t i = size; i-- > 0;) {
    From value;
    __builtin_memcpy(&value, data + i * sizeof(From), sizeof value);
    const double wide = static_cast<double>(value);
    __builtin_memcpy(data + i * sizeof wide, &wide, sizeof wide);
  }
}

void toFloat64InPlace(Element from, char* data, uint64_t size) {
  switch (from) {
    case Element::kInt8:
      return widenInPlace<int8_t>(data, size);
    case Element::kUint8:
      return widenInPlace<uint8_t>(data, size);
    case Element::kInt16:
      return widenInPlace<int16_t>(data, size);
    case Element::kUint16:
      return widenInPlace<uint16_t>(data, size);
    case Element::kInt32:
      return widenInPlace<int32_t>(data, size);
    case Element::kUint32:
      return widenInPlace<uint32_t>(data, size);
    case Element::kInt64:
      return widenInPlace<int64_t>(data, size);
    case Element::kUint64:
      return widenInPlace<uint64_t>(data, size);
    default:
      return;
  }
}

void readInto(File& file, const Dataset& dataset, const Slab& slab, Element element, char* into, Control& control) {
  if (slab.size == 0) return;
  if (dataset.type.plain && storedRead(file, dataset, slab, Target(dataset.type, element, into), control)) return;
  const Handle memory = memoryTypeFor(dataset, element);
  if (!memory) throw file.libraryError(dataset.path, "read");
  libraryRead(file, dataset, slab, memory.get(), into, control);
  const bool converted = dataset.type.cls == TypeClass::kInteger || dataset.type.cls == TypeClass::kFloat;
  if (!converted && element == Element::kFloat64) toFloat64InPlace(exactElement(dataset.type), into, slab.size);
}

void checkInto(const NumericRequest& request, Element element, const Slab& slab, const Dataset& dataset) {
  if (request.intoElement == element && request.intoElements == slab.size) return;
  throw Error(Code::kOption, "",
              {{"option", std::string("into")},
               {"expected",
                "an array of the result's type with " + std::to_string(slab.size) + " elements for " + dataset.path},
               {"received", "an array of " + std::to_string(request.intoElements)}});
}

}  // namespace

Array readNumeric(File& file, const NumericRequest& request, Control& control) {
  const Dataset dataset = openDescribed(file, request.path);
  checkNumeric(file, dataset);
  const Slab slab = resolveSlab(dataset, request.start, request.count);
  Array out{{}, request.asFloat64 ? Element::kFloat64 : exactElement(dataset.type), slab.count, slab.size};
  if (request.into != nullptr) {
    checkInto(request, out.element, slab, dataset);
  } else {
    file.charge(slab.size, elementBytes(out.element), dataset.path);
    out.buffer = Buffer(slab.size * elementBytes(out.element));
  }
  control.setTotal(slab.size);
  readInto(file, dataset, slab, out.element, request.into ? static_cast<char*>(request.into) : out.buffer.data(),
           control);
  return out;
}

Ragged readMany(File& file, const std::vector<std::string>& paths, bool asFloat64, bool vectorsOnly, Control& control) {
  std::vector<Dataset> datasets;
  Ragged out{{{}, Element::kFloat64, {}, 0}, {0}};
  file.charge(paths.size(), sizeof(Dataset) + 512, "the list of datasets");
  datasets.reserve(paths.size());
  for (const std::string& path : paths) {
    control.check();
    datasets.push_back(openDescribed(file, path));
    const Dataset& dataset = datasets.back();
    checkNumeric(file, dataset);
    if (vectorsOnly) checkVector(file, dataset);
    file.charge(dataset.size, sizeof(double), dataset.path);
    out.values.size += dataset.size;
    out.offsets.push_back(static_cast<double>(out.values.size));
  }
  bool same = !asFloat64 && !datasets.empty();
  for (const Dataset& dataset : datasets) same = same && exactElement(dataset.type) == exactElement(datasets[0].type);
  if (same) out.values.element = exactElement(datasets[0].type);
  const size_t bytesEach = elementBytes(out.values.element);
  out.values.shape = {out.values.size};
  out.values.buffer = Buffer(out.values.size * bytesEach);
  control.setTotal(out.values.size);
  for (size_t i = 0; i < datasets.size(); i++) {
    const Slab slab = resolveSlab(datasets[i], {}, {});
    char* into = out.values.buffer.data() + static_cast<uint64_t>(out.offsets[i]) * bytesEach;
    readInto(file, datasets[i], slab, out.values.element, into, control);
  }
  return out;
}

}  // namespace spikelab::hdf5
