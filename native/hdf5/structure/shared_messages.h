// Header messages that are kept in one place for several objects (HDF5 File Format Specification 3.0, IV.A.2 and
// III.I): a committed datatype in a header of its own, and what the file's table of shared messages keeps in heaps.
#pragma once

#include <map>
#include <memory>
#include <vector>

#include "fractal_heap.h"

namespace spikelab::hdf5 {

class SharedMessages {
 public:
  SharedMessages(File& file, const std::string& place) : file_(file), place_(place) {}

  // The message of this type for which these bytes stand. Throws Format where there is none.
  std::vector<unsigned char> content(unsigned type, const unsigned char* data, size_t size);
  // The same by its name in the heap, kIdBytes long: attributes that are not in their header are named by it alone.
  std::vector<unsigned char> pooled(unsigned type, const unsigned char* id);

  static constexpr size_t kIdBytes = 8;

 private:
  const std::vector<unsigned char>& committed(uint64_t header, unsigned type);
  FractalHeap& heapOf(unsigned type);
  void readTable();
  [[noreturn]] void damaged(const std::string& what) const;

  File& file_;
  const std::string& place_;
  std::map<uint64_t, std::vector<unsigned char>> committed_;  // by the address of their header
  struct Pool {
    unsigned types;  // one bit for each
    std::unique_ptr<FractalHeap> heap;
  };
  bool tableRead_ = false;
  std::vector<Pool> pools_;
};

}  // namespace spikelab::hdf5
