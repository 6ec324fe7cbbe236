// Descriptions of HDF5 datatypes, taken from libhdf5 once and used without it.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "../../core/numeric_view.h"
#include "../library/file.h"

namespace spikelab::hdf5 {

enum class TypeClass {
  kInteger,
  kFloat,
  kBool,  // an enum of FALSE and TRUE: how h5py stores booleans
  kEnum,
  kString,
  kCompound,
  kReference,
  kRegionReference,
  kVlen,
  kArray,
  kBitfield,
  kOpaque,
  kTime,
};

struct Type;

struct Field {
  std::string name;
  size_t offset;
  std::shared_ptr<Type> type;
};

struct Type {
  TypeClass cls = TypeClass::kOpaque;
  size_t size = 0;  // bytes of one element as stored
  bool isSigned = false;
  bool bigEndian = false;
  // A whole-byte two's complement integer of 1, 2, 4 or 8 bytes, or an IEEE float of 2, 4 or 8: what the code here
  // decodes.
  bool plain = false;
  bool variable = false;                                 // strings
  char padding = 0;                                      // strings: character that pads, and ends where it is NUL
  std::vector<std::pair<std::string, int64_t>> members;  // enums
  std::vector<Field> fields;                             // compounds
  std::shared_ptr<Type> base;                            // vlen, array
  std::vector<uint64_t> shape;                           // array

  bool numeric() const {
    return cls == TypeClass::kInteger || cls == TypeClass::kFloat || cls == TypeClass::kBool ||
           cls == TypeClass::kEnum || cls == TypeClass::kBitfield;
  }
};

const char* className(TypeClass cls);

// 'int16', 'float64', 'string' …: for error messages.
std::string typeName(const Type& type);

// Call with the lock held.
Type describeType(File& file, hid_t type, const std::string& place);

// Element types of arrays that leave this layer.
using Element = ElementType;

// The element type that holds each value of a numeric type exactly (float16 becomes float32).
Element exactElement(const Type& type);
// libhdf5's name for an element type in memory.
hid_t memoryType(Element element);

}  // namespace spikelab::hdf5
