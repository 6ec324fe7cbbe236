// B-trees of version 2 (HDF5 File Format Specification 3.0, III.A.2): sorted records, for links, attributes and chunks.
#pragma once

#include <functional>
#include <map>
#include <memory>

#include "structure.h"

namespace spikelab::hdf5 {

class BTree2 {
 public:
  // The tree whose header is at `address`; its records must be of this type and size (0: any). Throws Format.
  BTree2(File& file, uint64_t address, unsigned type, size_t recordBytes, const std::string& place);

  using Record = const unsigned char*;
  size_t recordBytes() const { return recordBytes_; }

  // Calls `body` for each record in order. Throws Format where the tree is not one.
  void forEach(const std::function<void(Record)>& body);

  // The record for which `compare` is 0, or null; `compare` tells the side of what is looked for: negative where it is
  // before the record. Valid until the next call.
  Record find(const std::function<int(Record)>& compare);

 private:
  struct Level {
    uint64_t most = 0;       // records of a node
    uint64_t mostBelow = 0;  // records of a node with all below it
    size_t totalBytes = 0;   // of the number of all records below, in a pointer to a node of this level
  };
  struct Pointer {
    uint64_t address;
    uint64_t records;
  };
  struct Node {
    std::vector<unsigned char> records;
    std::vector<Pointer> children;
    uint64_t count = 0;
  };

  void planLevels();
  const Node& node(const Pointer& pointer, unsigned level);
  void visit(const Pointer& pointer, unsigned level, const std::function<void(Record)>& body);

  File& file_;
  std::string place_;
  unsigned type_;
  size_t recordBytes_ = 0;
  uint64_t nodeBytes_ = 0;
  unsigned depth_ = 0;
  Pointer root_{};
  uint64_t total_ = 0, visited_ = 0;
  std::vector<Level> levels_;
  // Nodes that were read, by address: those of a path are asked for again and again.
  std::map<uint64_t, Node> kept_;
};

}  // namespace spikelab::hdf5
