// Whether a datatype message holds all that it says, and its parts fit into their whole.
#pragma once

#include "message_reader.h"

namespace spikelab::hdf5 {

bool wholeDatatype(MessageReader& from);

}  // namespace spikelab::hdf5
