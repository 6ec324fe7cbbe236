// Values of any HDF5 type taken out of the bytes of their elements: what attributes, text, references and compounds
// share.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "../numbers/numeric.h"
#include "../structure/heap.h"

namespace spikelab::hdf5 {

// Texts back to back; text i is bytes[offsets[i]] … bytes[offsets[i + 1] - 1].
struct Texts {
  std::string bytes;
  std::vector<uint64_t> offsets{0};

  void add(const char* text, size_t length) {
    bytes.append(text, length);
    offsets.push_back(bytes.size());
  }
  size_t size() const { return offsets.size() - 1; }
};

// One column of values: numbers, or texts (text types, and the paths of referenced objects), or nothing that is
// decoded.
struct Column {
  std::string name;
  std::variant<std::monostate, Array, Texts> values;
  bool boolean = false;
  std::vector<uint64_t> shape;
};

// Elements in memory. Texts of variable length are references into global heaps where there is a reader for them, else
// pointers, as libhdf5 hands them over.
struct Elements {
  const char* first;
  size_t stride;
  uint64_t count;
  HeapReader* heap = nullptr;
};

// Decodes elements of one type. `place` names them in errors. The column's shape is (count, …array dimensions).
Column decodeColumn(File& file, const Type& type, const Elements& elements, const std::string& place, Control& control);

// The path of the object at an address of the file, empty for null and dangling references.
std::string pathOfObject(File& file, uint64_t address, Control& control);

}  // namespace spikelab::hdf5
