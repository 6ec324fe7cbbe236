// One dataset as its header describes it: shape, type, where its bytes are and how they are packed.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "datatype.h"

namespace spikelab::hdf5 {

enum class Layout { kCompact, kContiguous, kChunked };

struct Filter {
  int id;
  std::string name;
  unsigned flags;
  std::vector<unsigned> parameters;
};

struct Dataset {
  std::string path;
  Handle handle;
  Type type;
  bool null = false;  // no values at all, not even zero of them
  std::vector<uint64_t> shape;
  uint64_t size = 0;  // product of the shape
  Layout layout = Layout::kContiguous;
  std::vector<uint64_t> chunk;
  std::vector<Filter> filters;
};

// Describes the dataset at `path`. Nothing of its data is read. Throws NotFound, Format, Unsupported (data that is not
// in the file itself, which the check of its header refuses).
Dataset openDescribed(File& file, const std::string& path);

}  // namespace spikelab::hdf5
