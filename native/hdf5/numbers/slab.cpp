#include "slab.h"

#include <algorithm>

namespace spikelab::hdf5 {
namespace {

std::string shapeText(const std::vector<uint64_t>& shape) {
  std::string out = "(";
  for (size_t i = 0; i < shape.size(); i++) out += (i ? ", " : "") + std::to_string(shape[i]);
  return out + ")";
}

[[noreturn]] void throwOutside(const Dataset& dataset, const char* option, const std::vector<uint64_t>& given) {
  throw Error(Code::kOption, "",
              {{"option", std::string(option)},
               {"expected", "inside the shape " + shapeText(dataset.shape) + " of " + dataset.path},
               {"received", shapeText(given)}});
}

}  // namespace

Slab resolveSlab(const Dataset& dataset, const Corner& start, const Corner& count) {
  const size_t rank = dataset.shape.size();
  Slab slab{std::vector<uint64_t>(rank, 0), dataset.shape, dataset.null ? uint64_t{0} : uint64_t{1}};
  if (start && start->size() > rank) throwOutside(dataset, "start", *start);
  if (count && count->size() > rank) throwOutside(dataset, "count", *count);
  for (size_t d = 0; d < rank; d++) {
    if (start && d < start->size()) slab.start[d] = (*start)[d];
    if (slab.start[d] > dataset.shape[d]) throwOutside(dataset, "start", *start);
    const uint64_t rest = dataset.shape[d] - slab.start[d];
    slab.count[d] = count && d < count->size() ? (*count)[d] : rest;
    if (slab.count[d] > rest) throwOutside(dataset, "count", *count);
    slab.size *= slab.count[d];
  }
  return slab;
}

void forEachPiece(const Dataset& dataset, const Slab& slab, uint64_t maxElements,
                  const std::function<void(const Slab& piece, uint64_t at)>& body) {
  const size_t rank = slab.count.size();
  if (slab.size == 0) return;
  if (rank == 0) return body(slab, 0);
  // cut along the first dimension whose inner block is small enough
  size_t cut = 0;
  uint64_t inner = slab.size / slab.count[0];
  while (cut + 1 < rank && inner > maxElements) inner /= slab.count[++cut];
  const uint64_t step = std::max<uint64_t>(1, maxElements / std::max<uint64_t>(1, inner));
  const uint64_t chunk = dataset.chunk.empty() ? 1 : dataset.chunk[cut];
  std::vector<uint64_t> at(cut, 0);
  for (uint64_t done = 0; done < slab.size;) {
    Slab piece = slab;
    for (size_t d = 0; d < cut; d++) {
      piece.start[d] = slab.start[d] + at[d];
      piece.count[d] = 1;
    }
    for (uint64_t from = 0; from < slab.count[cut];) {
      const uint64_t absolute = slab.start[cut] + from;
      uint64_t end = absolute + step;
      if (step >= chunk) end = end / chunk * chunk;
      const uint64_t length = std::min(end - absolute, slab.count[cut] - from);
      piece.start[cut] = absolute;
      piece.count[cut] = length;
      piece.size = length * inner;
      body(piece, done);
      done += piece.size;
      from += length;
    }
    for (size_t d = cut; d-- > 0;) {
      if (++at[d] < slab.count[d]) break;
      at[d] = 0;
    }
  }
}

}  // namespace spikelab::hdf5
