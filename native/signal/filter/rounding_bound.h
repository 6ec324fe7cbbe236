// How far rounding can take a filtered sample from its exact value.
#pragma once

#include "sos.h"

namespace spikelab {

// Bound on |computed - exact| of a forward and a backward pass for input of at most 1, with the backward pass started
// `margin` samples behind. Worst case over all inputs: true errors are some hundred times smaller. Infinite where the
// responses have not died out within some hundred thousand samples.
double roundingBound(const Sos& sos, size_t margin);

}  // namespace spikelab
