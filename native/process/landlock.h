// Landlock: which files the threads of this process may open.
#pragma once

#include <string>
#include <vector>

namespace spikelab {

// Restricts all threads. Returns the version of the kernel's ABI, 0 where nothing was done.
int restrictFiles(const std::vector<std::string>& read, const std::vector<std::string>& write, bool network);

}  // namespace spikelab
