#include "elements.h"

#include <algorithm>
#include <cstring>

#include "../library/library_read.h"
#include "../numbers/storage.h"
#include "../numbers/stored_read.h"

namespace spikelab::hdf5 {
namespace {

bool anyVariable(const Type& type) {
  if (type.variable || type.cls == TypeClass::kVlen) return true;
  if (type.base && anyVariable(*type.base)) return true;
  return std::any_of(type.fields.begin(), type.fields.end(),
                     [](const Field& field) { return anyVariable(*field.type); });
}

// libhdf5 describes types as they are in memory, where a text of variable length is a pointer. This gives them the size
// of a reference, and moves the fields behind. Returns false for types that hold variable lengths in any other way.
bool asStored(const File& file, Type& type) {
  if (type.variable) {
    type.size = HeapReader::referenceBytes(file);
    return true;
  }
  if (!anyVariable(type)) return true;
  if (type.cls != TypeClass::kCompound) return false;
  std::vector<Field*> fields;
  for (Field& field : type.fields) fields.push_back(&field);
  std::sort(fields.begin(), fields.end(), [](const Field* a, const Field* b) { return a->offset < b->offset; });
  size_t grown = 0;
  for (Field* field : fields) {
    field->offset += grown;
    if (!anyVariable(*field->type)) continue;
    if (!field->type->variable) return false;
    Type text = *field->type;
    const size_t before = text.size;
    text.size = HeapReader::referenceBytes(file);
    grown += text.size - before;
    field->type = std::make_shared<Type>(std::move(text));
  }
  type.size += grown;
  return true;
}

void expectTexts(const HeapReader& heap, const Type& type, const char* elements, uint64_t count) {
  if (type.variable) heap.expect(elements, count, type.size);
  for (const Field& field : type.fields) {
    if (field.type->variable) heap.expect(elements + field.offset, count, type.size);
  }
}

}  // namespace

StoredElements::StoredElements(File& file, const Dataset& dataset, const Slab& slab, Control& control)
    : type_(dataset.type), heap_(file, dataset.path), count_(slab.size) {
  const bool variable = anyVariable(type_);
  file.checkPlausible(slab.size * type_.size, dataset.path);
  if (asStored(file, type_) && !(variable && hasFillValue(file, dataset))) {
    file.charge(slab.size, type_.size, dataset.path);
    bytes_ = FileBuffer(slab.size * type_.size);
    if (storedRead(file, dataset, slab, Target(type_, bytes_.data()), control)) {
      expectTexts(heap_, type_, bytes_.data(), count_);
      return;
    }
  }
  type_ = dataset.type;
  readPointers(file, dataset, slab, control);
}

void StoredElements::readPointers(File& file, const Dataset& dataset, const Slab& slab, Control& control) {
  {
    LibraryLock lock;
    memoryType_ = Handle(H5Dget_type(dataset.handle.get()), H5Tclose);
  }
  file.charge(slab.size, type_.size, dataset.path);
  bytes_ = FileBuffer(slab.size * type_.size);
  std::memset(bytes_.data(), 0, bytes_.length());
  pointers_ = true;
  libraryRead(file, dataset, slab, memoryType_.get(), bytes_.data(), control);
}

StoredElements::~StoredElements() {
  if (!pointers_ || count_ == 0) return;
  LibraryLock lock;
  const hsize_t count = count_;
  const Handle space(H5Screate_simple(1, &count, nullptr), H5Sclose);
  H5Dvlen_reclaim(memoryType_.get(), space.get(), H5P_DEFAULT, bytes_.data());
}

}  // namespace spikelab::hdf5
