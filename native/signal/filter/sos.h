// Second-order sections and what follows from them alone: initial state, padding, gain.
#pragma once

#include <array>
#include <cstddef>
#include <vector>

namespace spikelab {

// b0 b1 b2 a0 a1 a2 with a0 = 1, as scipy orders them.
using Section = std::array<double, 6>;
using Sos = std::vector<Section>;

// State of each section (two delays of the transposed direct form II) in the steady state of a unit step, as
// scipy.signal.sosfilt_zi gives it.
std::vector<std::array<double, 2>> steadyState(const Sos& sos);

// Samples of odd extension that scipy.signal.sosfiltfilt adds on each side by default. It needs more samples than that.
size_t defaultPadding(const Sos& sos);

}  // namespace spikelab
