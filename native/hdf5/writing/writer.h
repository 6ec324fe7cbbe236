// Writes a whole HDF5 file from a plain description: groups, datasets, soft links and attributes, in the order given.
//
// libhdf5 lays the file out (names, types, text, references); the numbers are then written by position into the space
// it reserved, so they need no lock, no second copy and can be converted on the way.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "../../parallel/control.h"

namespace spikelab::hdf5 {

enum class Stored {
  kInt8,
  kUint8,
  kInt16,
  kUint16,
  kInt32,
  kUint32,
  kInt64,
  kUint64,
  kFloat32,
  kFloat64,
  kBool,       // the enumeration FALSE = 0, TRUE = 1 over int8, as h5py and PyTables write it
  kText,       // variable-length UTF-8
  kReference,  // object references
};

size_t storedSize(Stored type);  // bytes of one number

// Numbers in memory that are written one after the other.
struct Piece {
  const void* data;
  uint64_t count;
};

// What happens to float64 values on their way: value × factor ÷ divisor, then rounded half to even where the file's
// type is an integer (as numpy.rint).
struct Conversion {
  double factor = 1;
  double divisor = 1;
};

struct Values {
  Stored type = Stored::kFloat64;
  std::vector<Piece> pieces;  // numbers
  // What the pieces hold: numbers of `type`, float64 to be converted, or uint32 to be stored as int64.
  enum class Source { kStored, kFloat64, kUint32 } source = Source::kStored;
  Conversion conversion;
  std::vector<uint64_t> runLengths;  // int64 only, instead of pieces: i repeated runLengths[i] times
  std::vector<std::string> texts;    // kText: the strings; kReference: paths of objects
};

struct Entry {
  enum class Kind { kGroup, kDataset, kSoftLink, kAttribute } kind;
  std::string path;    // of the object made, or that the attribute belongs to; parents are made where missing
  std::string name;    // of the attribute
  std::string target;  // of the soft link
  std::vector<uint64_t> shape;
  bool scalar = false;
  Values values;
};

// Writes `path` (made or emptied) and flushes it to the disk. Progress counts bytes of numbers. On failure and on
// cancellation the file is removed.
void writeFile(const std::string& path, const std::vector<Entry>& entries, Control& control);

}  // namespace spikelab::hdf5
