// Where the chunks of a dataset are, in each kind of index (HDF5 File Format Specification 3.0, III.A, VII): a B-tree
// of version 1, and since HDF5 1.10 a single chunk, none (implicit), a fixed array, an extensible array, a B-tree of
// version
// 2. libhdf5 follows damaged ones into freed memory, and takes long to say that a chunk is not there.
#pragma once

#include <memory>
#include <mutex>
#include <optional>

#include "../numbers/storage.h"

namespace spikelab::hdf5 {

class ChunkIndex {
 public:
  virtual ~ChunkIndex() = default;

  // The index of a chunked dataset. Throws Format where its header is damaged.
  static std::unique_ptr<ChunkIndex> open(File& file, const Dataset& dataset);

  // Chunks from one place to another, in C order, will be looked up: what of the index tells where they are is fetched
  // together, as Descriptor::expect does. Only trees of version 1 lie all over their files.
  virtual void expect(const std::vector<uint64_t>& /*first*/, const std::vector<uint64_t>& /*last*/) {}

  // The chunk at these places in the grid of chunks (coordinates ÷ the chunk's shape). Throws Format. Any thread.
  StoredChunk find(const std::vector<uint64_t>& place);

 protected:
  virtual StoredChunk locate(const std::vector<uint64_t>& place) = 0;

 private:
  std::mutex mutex_;
};

}  // namespace spikelab::hdf5
