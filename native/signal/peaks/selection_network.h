// Which numbers of a column to compare and exchange so that its middle ones come to their places.
#pragma once

#include <vector>

#include "../kernels/kernels.h"

namespace spikelab {

// Batcher's odd-even merge sort of `count` numbers without the exchanges that do not concern the median. After it the
// numbers at (count - 1) / 2 and count / 2 are those of the sorted column.
std::vector<Exchange> medianNetwork(size_t count);

}  // namespace spikelab
