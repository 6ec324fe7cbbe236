// Numeric datasets as arrays.
#pragma once

#include <string>
#include <vector>

#include "../../core/owned_array.h"
#include "../../parallel/control.h"
#include "slab.h"

namespace spikelab::hdf5 {

struct Array {
  FileBuffer buffer;  // empty where the caller gave the memory
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

}  // namespace spikelab::hdf5
