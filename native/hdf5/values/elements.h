// Elements of any type in memory, as values.cpp decodes them.
#pragma once

#include "../../core/owned_array.h"
#include "../../parallel/control.h"
#include "../numbers/slab.h"
#include "../structure/heap.h"

namespace spikelab::hdf5 {

// Reads elements as they are stored, so that texts of variable length are references into global heaps which HeapReader
// checks. Where only libhdf5 can decode the data (compact layout, unknown filters) it hands texts over as pointers.
class StoredElements {
 public:
  StoredElements(File& file, const Dataset& dataset, const Slab& slab, Control& control);
  ~StoredElements();
  StoredElements(const StoredElements&) = delete;
  StoredElements& operator=(const StoredElements&) = delete;

  // The dataset's type with sizes and offsets as they are in memory here.
  const Type& type() const { return type_; }
  const char* data() const { return bytes_.data(); }
  uint64_t count() const { return count_; }
  // Null where texts of variable length are pointers.
  HeapReader* heap() { return pointers_ ? nullptr : &heap_; }

 private:
  void readPointers(File& file, const Dataset& dataset, const Slab& slab, Control& control);

  Type type_;
  HeapReader heap_;
  FileBuffer bytes_;
  uint64_t count_ = 0;
  bool pointers_ = false;
  Handle memoryType_;
};

}  // namespace spikelab::hdf5
