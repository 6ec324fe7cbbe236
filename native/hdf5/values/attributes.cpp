#include "../structure/stored_attributes.h"
#include "../structure/tree.h"
#include "records.h"

namespace spikelab::hdf5 {

std::vector<Column> readAttributes(File& file, const std::string& path, Control& control) {
  LibraryLock lock;
  return readStoredAttributes(file, objectAddress(file, path), normalPath(path), control);
}

}  // namespace spikelab::hdf5
