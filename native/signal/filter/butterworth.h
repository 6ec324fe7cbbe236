// Butterworth design, operation by operation as scipy.signal.iirfilter(order, Wn, btype, output='sos') does it.
#pragma once

#include "sos.h"

namespace spikelab {

// Cutoffs as fractions of the Nyquist frequency, in (0, 1); 0 for a side that is not cut. Low-pass where only `high` is
// set, high-pass where only `low` is, band-pass for both (low < high). order >= 1.
Sos designButterworth(int order, double low, double high);

}  // namespace spikelab
