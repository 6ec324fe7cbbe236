#include "numeric.h"

#include <algorithm>

#include "number_read.h"
#include "plain_vectors.h"

namespace spikelab::hdf5 {
namespace {

// One dimension, or two of which one is 1, as MATLAB stores vectors.
void checkVector(File& file, const Dataset& dataset) {
  const std::vector<uint64_t>& shape = dataset.shape;
  const bool flat = shape.size() == 1 && !dataset.null;
  if (flat || (shape.size() == 2 && (shape[0] == 1 || shape[1] == 1))) return;
  const std::string found = shape.empty() ? "a scalar" : std::to_string(shape.size()) + " dimensions";
  throw file.formatError(dataset.path, "one dimension was expected, found " + found);
}

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
    out.buffer = Buffer(slab.size * elementBytes(out.element));
  }
  control.setTotal(slab.size);
  readNumbers(file, dataset, slab, out.element, request.into ? static_cast<char*>(request.into) : out.buffer.data(),
              control);
  return out;
}

Ragged readMany(File& file, const std::vector<std::string>& paths, bool asFloat64, bool vectorsOnly, Control& control) {
  if (vectorsOnly && asFloat64) {
    if (std::optional<Ragged> plain = readPlainVectors(file, paths, control)) return std::move(*plain);
  }
  std::vector<Dataset> datasets;
  Ragged out{{{}, Element::kFloat64, {}, 0}, {0}};
  file.charge(paths.size(), sizeof(Dataset) + 512, "the list of datasets");
  datasets.reserve(paths.size());
  for (const std::string& path : paths) {
    control.check();
    datasets.push_back(openDescribed(file, path));
    const Dataset& dataset = datasets.back();
    checkNumbers(file, dataset);
    if (vectorsOnly) checkVector(file, dataset);
    file.charge(dataset.size, sizeof(double), dataset.path);
    out.values.size += dataset.size;
    out.offsets.push_back(static_cast<double>(out.values.size));
  }
  file.checkPlausible(out.values.size, "the datasets asked for");
  bool same = !asFloat64 && !datasets.empty();
  for (const Dataset& dataset : datasets) same = same && exactElement(dataset.type) == exactElement(datasets[0].type);
  if (same) out.values.element = exactElement(datasets[0].type);
  const size_t bytesEach = elementBytes(out.values.element);
  out.values.shape = {out.values.size};
  out.values.buffer = Buffer(out.values.size * bytesEach);
  control.setTotal(out.values.size);
  for (size_t i = 0; i < datasets.size(); i++) {
    const Slab slab = resolveSlab(datasets[i], {}, {});
    char* into = out.values.buffer.data() + static_cast<uint64_t>(out.offsets[i]) * bytesEach;
    readNumbers(file, datasets[i], slab, out.values.element, into, control);
  }
  return out;
}

}  // namespace spikelab::hdf5
