// The links of one group.
#pragma once

#include "tree.h"

namespace spikelab::hdf5 {

constexpr size_t kMaxPathBytes = size_t{64} << 10;

// '/group/name'.
std::string joined(const std::string& group, const std::string& name);

// What the group whose header is at this address holds, in the order of names.
std::vector<Link> linksOf(File& file, uint64_t group, const std::string& place);

}  // namespace spikelab::hdf5
