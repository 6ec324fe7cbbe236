// Reads chunks one by one.
#pragma once

#include <memory>

#include "../structure/chunk_index.h"
#include "chunk_filters.h"
#include "slab.h"
#include "storage.h"
#include "target.h"

namespace spikelab::hdf5 {

// The chunks that a slab touches, numbered in C order.
struct ChunkGrid {
  std::vector<uint64_t> first;  // chunk index in each dimension
  std::vector<uint64_t> count;
  uint64_t size = 1;

  // Throws Format where there are far more of them than the file could hold an index of: to find out of each that it
  // was never written would take as long as the file pleases.
  ChunkGrid(File& file, const Dataset& dataset, const Slab& slab);
  // The index-th chunk's place among all chunks of the dataset.
  std::vector<uint64_t> place(uint64_t index) const;
};

class ChunkReader {
 public:
  // For elements of `storedBytes` in the file. Null where a filter or an option is one that only libhdf5 knows.
  static std::unique_ptr<ChunkReader> open(File& file, const Dataset& dataset, size_t storedBytes);

  // Decodes for one thread.
  std::unique_ptr<ChunkDecoder> decoder() const;
  uint64_t chunkBytes() const { return chunkElements_ * storedBytes_; }

  // Looks up the index-th chunk of the grid.
  StoredChunk locate(const ChunkGrid& grid, uint64_t index) const { return index_->find(grid.place(index)); }
  // Puts what the index-th chunk of the grid and the slab have in common where it goes in `target`, which holds the
  // slab. Returns the number of elements.
  uint64_t read(const ChunkGrid& grid, const Slab& slab, uint64_t index, const StoredChunk& chunk, const Target& target,
                ChunkDecoder& decoder) const;

 private:
  struct Overlap;
  ChunkReader(File& file, const Dataset& dataset, std::vector<FilterStep> steps, size_t storedBytes);
  std::vector<uint64_t> corner(const ChunkGrid& grid, uint64_t index) const;
  Overlap overlap(const std::vector<uint64_t>& at, const Slab& slab) const;
  template <typename Body>
  void forEachRun(const Overlap& part, const Slab& slab, Body body) const;
  void copyOut(const DecodedChunk& decoded, const Overlap& part, const Slab& slab, const Target& target) const;

  File& file_;
  const Dataset& dataset_;
  std::vector<FilterStep> steps_;
  size_t storedBytes_;
  uint64_t chunkElements_ = 1;
  std::vector<char> fill_;
  std::unique_ptr<ChunkIndex> index_;
};

}  // namespace spikelab::hdf5
