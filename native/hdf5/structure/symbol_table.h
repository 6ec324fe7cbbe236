// Symbol tables (HDF5 File Format Specification 3.0, III.A.1, III.B, III.D): how files of the first kind hold links.
#pragma once

#include "stored_links.h"

namespace spikelab::hdf5 {

// The links whose tree of names is at `tree`, the names in the local heap at `heap`. Throws Format.
std::vector<StoredLink> readSymbolTable(File& file, uint64_t tree, uint64_t heap, LinkBudget& budget,
                                        const std::string& place);

}  // namespace spikelab::hdf5
