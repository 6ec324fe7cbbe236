// The part of writing that libhdf5 does: everything but the bytes of numeric datasets.
#pragma once

#include "writer.h"

namespace spikelab::hdf5 {

// Where the numbers of one dataset go.
struct Reserved {
  const Entry* entry;
  uint64_t offset;  // bytes from the start of the file
};

std::vector<Reserved> layOut(const std::string& path, const std::vector<Entry>& entries, Control& control);

}  // namespace spikelab::hdf5
