// Poles and zeros to second-order sections, as scipy.signal.zpk2sos pairs and orders them ('nearest').
#pragma once

#include <vector>

#include "complex_steps.h"
#include "sos.h"

namespace spikelab {

// Zeros and poles come in conjugate pairs or are real; there are as many of one as of the other.
Sos pairSections(std::vector<Complex> zeros, std::vector<Complex> poles, double gain);

}  // namespace spikelab
