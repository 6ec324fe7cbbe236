// Fractal heaps (HDF5 File Format Specification 3.0, III.G), which hold the links of large groups and the attributes of
// objects with many. Heaps that are filtered are refused: no library of this field writes them.
#pragma once

#include <map>
#include <optional>

#include "btree2.h"

namespace spikelab::hdf5 {

class FractalHeap {
 public:
  FractalHeap(File& file, uint64_t address, const std::string& place);

  // Bytes that name an object of the heap.
  size_t idBytes() const { return idBytes_; }
  // The object that these bytes name. Throws Format.
  std::vector<unsigned char> object(const unsigned char* id);

 private:
  std::vector<unsigned char> managed(const unsigned char* id);
  std::vector<unsigned char> huge(const unsigned char* id);
  std::vector<unsigned char> tiny(const unsigned char* id) const;
  // The direct block that holds a place of the heap's address space: where in the file, and its own first place.
  struct Block {
    uint64_t address, start, bytes;
  };
  Block blockOf(uint64_t offset);
  uint64_t rowBytes(uint64_t row) const { return row == 0 ? startBytes_ : startBytes_ << (row - 1); }
  const std::vector<uint64_t>& indirect(uint64_t address, uint64_t start, uint64_t rows);
  const std::vector<unsigned char>& direct(const Block& block);
  [[noreturn]] void damaged(const std::string& what) const;

  File& file_;
  std::string place_;
  uint64_t address_;
  size_t idBytes_ = 0;
  bool summed_ = false;
  uint64_t hugeTree_ = 0, root_ = 0;
  uint64_t width_ = 0, startBytes_ = 0, directBytes_ = 0, rows_ = 0;
  uint64_t directRows_ = 0;  // rows of direct blocks; those behind are indirect
  size_t offsetBytes_ = 0, sizeBytes_ = 0;
  unsigned offsetBits_ = 0;
  uint64_t readBytes_ = 0;
  std::optional<BTree2> hugeObjects_;                      // opened when the first of them is asked for
  std::map<uint64_t, std::vector<uint64_t>> indirect_;     // by address: addresses of children
  std::map<uint64_t, std::vector<unsigned char>> direct_;  // by address
};

}  // namespace spikelab::hdf5
