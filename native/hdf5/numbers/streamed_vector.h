// A numeric vector that is read while it is used.
#pragma once

#include <memory>
#include <string>

#include "../../parallel/control.h"
#include "../../spikes/group.h"
#include "../library/file.h"

namespace spikelab::hdf5 {

// The vector at `path`, of shape (N), (N, 1) or (1, N), in its own type. Where its chunks are too large to be worth it,
// it is read whole, here. Throws Format, NotFound, Limit.
StreamedValues streamVector(const std::shared_ptr<File>& file, const std::string& path, Control& control);

}  // namespace spikelab::hdf5
