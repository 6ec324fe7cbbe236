// The older index of chunks: a B-tree of version 1 whose keys are the chunks' places (HDF5 File Format Specification
// 3.0, III.A.1).
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "structure.h"

namespace spikelab::hdf5 {

class ChunkTree {
 public:
  struct Chunk {
    uint64_t address;
    uint32_t bytes;
    uint32_t skippedFilters;
  };

  // The tree whose root is at `address`, of chunks of this shape. Nothing is read yet.
  ChunkTree(File& file, uint64_t address, std::vector<uint64_t> shape, const std::string& place)
      : file_(file), root_(address), shape_(std::move(shape)), place_(place) {}

  // The nodes that lead to chunks from one place to another will be read.
  void expect(const std::vector<uint64_t>& first, const std::vector<uint64_t>& last);

  // The chunk at these places in the grid of chunks, or null where none was written. Valid until the next call. Throws
  // Format where a node on the way is damaged: not in the file, at the wrong level, with keys out of order or outside
  // of what its parent says of it. A tree that is searched by keys like that would hide chunks, and fill values would
  // stand for data.
  const Chunk* find(const std::vector<uint64_t>& place);

 private:
  struct Node {
    unsigned level = 0;
    size_t count = 0;
    std::vector<uint64_t> keys;  // places of the children's first chunks, then of the end
    std::vector<Chunk> children;
  };

  const Node& node(uint64_t address);
  Node read(uint64_t address) const;
  void readKey(Structure& stored, Node& into, bool last) const;
  void checkOrder(const Node& node) const;
  size_t childFor(const Node& node, const uint64_t* place) const;
  [[noreturn]] void damaged(const std::string& what) const;

  File& file_;
  uint64_t root_;
  std::vector<uint64_t> shape_;
  std::string place_;
  // Nodes that were read, by address: those of a path are asked for again and again.
  std::map<uint64_t, Node> kept_;
  uint64_t keptBytes_ = 0;
};

}  // namespace spikelab::hdf5
