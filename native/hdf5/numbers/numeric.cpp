#include "numeric.h"

#include <algorithm>

#include "number_read.h"

namespace spikelab::hdf5 {
namespace {

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
  checkNumbers(file, dataset);
  const Slab slab = resolveSlab(dataset, request.start, request.count);
  Array out{{}, request.asFloat64 ? Element::kFloat64 : exactElement(dataset.type), slab.count, slab.size};
  if (request.into != nullptr) {
    checkInto(request, out.element, slab, dataset);
  } else {
    // as it will lie in memory: one byte on disk may become a float64
    file.checkPlausible(slab.size * std::max<uint64_t>(dataset.type.size, elementBytes(out.element)), dataset.path);
    file.charge(slab.size, elementBytes(out.element), dataset.path);
    out.buffer = FileBuffer(slab.size * elementBytes(out.element));
  }
  control.setTotal(slab.size);
  readNumbers(file, dataset, slab, out.element, request.into ? static_cast<char*>(request.into) : out.buffer.data(),
              control);
  return out;
}

}  // namespace spikelab::hdf5
