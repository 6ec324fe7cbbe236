// The rectangular part of a dataset that a read asks for.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "dataset.h"

namespace spikelab::hdf5 {

struct Slab {
  std::vector<uint64_t> start;
  std::vector<uint64_t> count;
  uint64_t size = 1;  // elements
};

using Corner = std::optional<std::vector<uint64_t>>;

// The whole dataset where start and count are absent; start alone reads to the end. Dimensions that are not given are
// read whole. Throws Option where the part does not lie inside the dataset.
Slab resolveSlab(const Dataset& dataset, const Corner& start, const Corner& count);

// Cuts a slab into pieces of at most `maxElements` elements (at least one), in C order: each is contiguous in the
// result. Pieces are made of whole chunks along the cut dimension where that fits, so that no chunk is decoded more
// often than it must.
void forEachPiece(const Dataset& dataset, const Slab& slab, uint64_t maxElements,
                  const std::function<void(const Slab& piece, uint64_t at)>& body);

}  // namespace spikelab::hdf5
