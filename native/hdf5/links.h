// The links of one group.
#pragma once

#include "tree.h"

namespace spikelab::hdf5 {

constexpr size_t kMaxPathBytes = size_t{64} << 10;

// '/group/name'.
std::string joined(const std::string& group, const std::string& name);

// The path that a soft link holds. `place` is for messages.
std::string softTarget(File& file, hid_t group, const std::string& name, size_t size, const std::string& place);

// What the group holds, in the order of names. With the library's lock held.
std::vector<Link> linksOf(File& file, hid_t group, const std::string& place);

}  // namespace spikelab::hdf5
