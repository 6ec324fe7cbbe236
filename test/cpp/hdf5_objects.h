// Object headers, heaps and trees of names made by hand, as links and attributes need them.
#pragma once

#include "hdf5_bytes.h"

namespace spikelab::hdf5 {

constexpr uint64_t kHeader = 4096, kTree = 5120, kHeap = 6144, kData = 7168, kMore = 8192;

// A header of version 2 with these messages.
inline Bytes header(const std::vector<std::pair<int, Bytes>>& messages) {
  Bytes body;
  for (const auto& [type, message] : messages) {
    body.number(static_cast<uint64_t>(type), 1).number(message.data.size(), 2).number(0, 1).text(message.data);
  }
  return Bytes("OHDR").number(2, 1).number(1, 1).number(body.data.size(), 2).text(body.data).sum();
}

// A heap whose only block of 512 bytes is at kData; the objects in it begin after 15 bytes. They are named by 7 bytes.
constexpr uint64_t kFirstObject = 15;

inline void putHeap(HandMade& made, const std::vector<Bytes>& objects) {
  Bytes heap("FRHP");
  heap.number(0, 1).number(7, 2).number(0, 2).number(0, 1).number(4096, 4);
  heap.number(0, 8).address(kNowhere).number(0, 8).address(kNowhere).zeros(64);
  heap.number(4, 2).number(512, 8).number(1024, 8).number(16, 2).number(0, 2).address(kData).number(0, 2);
  made.put(kHeap, heap.sum(), true);
  Bytes block("FHDB");
  block.number(0, 1).address(kHeap).number(0, 2);
  for (const Bytes& object : objects) block.text(object.data);
  made.put(kData, block.zeros(512 - block.data.size()), false);
}

inline Bytes objectId(uint64_t offset, uint64_t bytes) {
  return Bytes().number(0, 1).number(offset, 2).number(bytes, 2).zeros(2);
}

inline Bytes treeHeader(int type, uint64_t recordBytes, uint64_t depth, uint64_t inRoot, uint64_t all) {
  Bytes out("BTHD");
  out.number(0, 1).number(static_cast<uint64_t>(type), 1).number(512, 4).number(recordBytes, 2).number(depth, 2);
  return out.number(100, 1).number(40, 1).address(kMore).number(inRoot, 2).number(all, 8).sum();
}

}  // namespace spikelab::hdf5
