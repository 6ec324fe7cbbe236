// Memory for results that may be gigabytes.
#pragma once

#include <cstddef>

namespace spikelab {

// Uninitialised memory, or null. Free it with std::free. Large blocks ask for huge pages: faulting in 4 KiB at a time
// would cost as much as filling them.
void* allocateLarge(size_t bytes);

}  // namespace spikelab
