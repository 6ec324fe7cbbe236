#include "stored_read.h"

#include <algorithm>

#include "storage.h"

namespace spikelab::hdf5 {

bool storedRead(File& file, const Dataset& dataset, const Slab& slab, const Target& target, Control& control) {
  if (slab.size == 0) return true;
  if (dataset.layout == Layout::kContiguous) {
    contiguousRead(file, dataset, slab, target, control);
    return true;
  }
  return dataset.layout == Layout::kChunked && chunkedRead(file, dataset, slab, target, control);
}

void fill(const Target& target, const std::vector<char>& stored, uint64_t first, uint64_t count) {
  if (count == 0) return;
  target.put(stored.data(), first, 1);
  const size_t bytes = static_cast<size_t>(target.at(first + 1) - target.at(first));
  char* at = target.at(first);
  // what is filled doubles until all is
  for (uint64_t done = 1; done < count;) {
    const uint64_t step = std::min(done, count - done);
    std::memcpy(at + done * bytes, at, step * bytes);
    done += step;
  }
}

}  // namespace spikelab::hdf5
