#include "streamed_vector.h"

#include <algorithm>
#include <cstring>

#include "../../core/owned_array.h"
#include "number_read.h"
#include "storage.h"
#include "stored_read.h"

namespace spikelab::hdf5 {
namespace {

// Values in a read: few enough that all threads' reads stay small, many enough that a read costs little.
constexpr uint64_t kBlock = uint64_t{1} << 16;
constexpr uint64_t kLargestChunk = uint64_t{1} << 19;

struct Vector {
  std::shared_ptr<File> file;
  Dataset dataset;
  Element element;
  size_t along = 0;  // the dimension that is not 1
  FileBuffer whole;  // empty where it is read in parts

  void read(size_t start, size_t count, void* out) const {
    const size_t bytes = elementBytes(element);
    if (whole.data() != nullptr) {
      std::memcpy(out, whole.data() + start * bytes, count * bytes);
      return;
    }
    Slab slab = resolveSlab(dataset, {}, {});
    slab.start[along] = start;
    slab.count[along] = slab.size = count;
    // who reads looks at its own control between reads, and counts its own progress
    Control apart;
    readNumbers(*file, dataset, slab, element, static_cast<char*>(out), apart);
  }
};

// Blocks are read one by one, and none can wait for the network.
void expectNumbers(File& file, const Dataset& dataset, const Slab& slab) {
  expectChunks(file, dataset, slab);
  if (dataset.layout != Layout::kContiguous || dataset.size == 0) return;
  const std::optional<uint64_t> address = contiguousAddress(file, dataset, dataset.type.size);
  if (address) file.descriptor().expect({{*address, *address + dataset.size * dataset.type.size}});
}

ElementType typeOf(Element element) {
  static constexpr ElementType kTypes[] = {
      ElementType::kInt8,   ElementType::kUint8, ElementType::kInt16,  ElementType::kUint16,  ElementType::kInt32,
      ElementType::kUint32, ElementType::kInt64, ElementType::kUint64, ElementType::kFloat32, ElementType::kFloat64};
  return kTypes[static_cast<int>(element)];
}

}  // namespace

StreamedValues streamVector(const std::shared_ptr<File>& file, const std::string& path, Control& control) {
  auto vector = std::make_shared<Vector>(Vector{file, openDescribed(*file, path), Element::kFloat64, 0, {}});
  const Dataset& dataset = vector->dataset;
  checkNumbers(*file, dataset);
  const std::vector<uint64_t>& shape = dataset.shape;
  const uint64_t longest = shape.empty() ? 0 : *std::max_element(shape.begin(), shape.end());
  if (shape.empty() || dataset.size > longest) {
    throw file->formatError(dataset.path, "one dimension was expected, found " + std::to_string(shape.size()));
  }
  vector->element = exactElement(dataset.type);
  file->checkPlausible(dataset.size * elementBytes(vector->element), dataset.path);
  file->charge(dataset.size, elementBytes(vector->element), dataset.path);
  vector->along = static_cast<size_t>(std::max_element(shape.begin(), shape.end()) - shape.begin());
  const uint64_t chunk = dataset.layout == Layout::kChunked ? dataset.chunk[vector->along] : 1;
  if (dataset.layout == Layout::kCompact || chunk > kLargestChunk) {
    FileBuffer whole(dataset.size * elementBytes(vector->element));
    readNumbers(*file, dataset, resolveSlab(dataset, {}, {}), vector->element, whole.data(), control);
    vector->whole = std::move(whole);
  }
  expectNumbers(*file, dataset, resolveSlab(dataset, {}, {}));
  // whole chunks, so that none is decoded twice
  const size_t block = static_cast<size_t>((kBlock + chunk - 1) / chunk * chunk);
  return {typeOf(vector->element), static_cast<size_t>(dataset.size), block,
          [vector](size_t start, size_t count, void* out) { vector->read(start, count, out); }};
}

}  // namespace spikelab::hdf5
