// Numeric datasets as arrays: one at a time or many back to back.
#pragma once

#include <string>
#include <vector>

#include "../parallel/control.h"
#include "buffer.h"
#include "slab.h"

namespace spikelab::hdf5 {

struct Array {
  Buffer buffer;  // empty where the caller gave the memory
  Element element;
  std::vector<uint64_t> shape;
  uint64_t size;  // elements
};

struct NumericRequest {
  std::string path;
  Corner start, count;
  bool asFloat64 = false;
  // Memory to fill instead of making some: it must hold exactly the elements asked for, of the result's type.
  void* into = nullptr;
  uint64_t intoElements = 0;
  Element intoElement = Element::kFloat64;
};

// Throws Format for datasets that are not numeric, Unsupported for numbers of no known form, Option, Limit, NotFound.
Array readNumeric(File& file, const NumericRequest& request, Control& control);

struct Ragged {
  Array values;
  std::vector<double> offsets;  // one more than there are datasets
};

// Whole datasets one after the other in one array; each is flattened. Element type: the common one, else float64.
// `vectorsOnly` refuses scalars and matrices.
Ragged readMany(File& file, const std::vector<std::string>& paths, bool asFloat64, bool vectorsOnly, Control& control);

}  // namespace spikelab::hdf5
