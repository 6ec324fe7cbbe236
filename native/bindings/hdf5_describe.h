// What an object of an HDF5 file is, as a JavaScript object.
#pragma once

#include <string>

#include "../hdf5/library/file.h"
#include "job.h"

namespace spikelab::bindings {

// { kind, path, …for datasets: shape (null where there are no values), size, dtype, layout, chunk, filters }
Convert describeConvert(hdf5::File& file, const std::string& path);

}  // namespace spikelab::bindings
