// Data read by position and decoded here, in parallel and without the library's lock.
#pragma once

#include "../../parallel/control.h"
#include "slab.h"
#include "target.h"

namespace spikelab::hdf5 {

// Reads a slab into `target`. Returns false, having done nothing, where the layout or a filter is one that only libhdf5
// knows: compact data, scale-offset, n-bit, szip, plug-ins.
bool storedRead(File& file, const Dataset& dataset, const Slab& slab, const Target& target, Control& control);

// The two layouts; storedRead chooses.
void contiguousRead(File& file, const Dataset& dataset, const Slab& slab, const Target& target, Control& control);
bool chunkedRead(File& file, const Dataset& dataset, const Slab& slab, const Target& target, Control& control);

// A slab of a chunked dataset of a remote file will be read: its chunks, and what tells where they are, are fetched
// together. Throws MissingBytes until they are here; does nothing for a local file.
void expectChunks(File& file, const Dataset& dataset, const Slab& slab);

// Writes one stored element over and over.
void fill(const Target& target, const std::vector<char>& stored, uint64_t first, uint64_t count);

}  // namespace spikelab::hdf5
