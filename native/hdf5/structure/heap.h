// Global heaps: where HDF5 keeps texts of variable length. Read and checked here, not by libhdf5, in which damaged
// heaps are the most common cause of crashes.
#pragma once

#include <cstdint>
#include <list>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "../library/file.h"

namespace spikelab::hdf5 {

// One object of a collection: where its bytes are in the collection.
struct HeapObject {
  uint16_t index;
  uint64_t offset;
  uint64_t bytes;
};

struct HeapError {
  std::string message;
};

// Size of the collection whose header `bytes` starts with. Throws HeapError.
uint64_t collectionSize(const char* bytes, uint64_t available, unsigned lengthBytes);

// The objects of one whole collection. Throws HeapError where an object does not lie inside.
std::vector<HeapObject> collectionObjects(const char* bytes, uint64_t size, unsigned lengthBytes);

// Reads objects by reference. Collections are kept while there is room, since neighbours refer to the same one.
class HeapReader {
 public:
  HeapReader(File& file, std::string place) : file_(file), place_(std::move(place)) {}

  // Bytes that one element (length, collection address, object index) of a variable-length type takes in a dataset.
  static size_t referenceBytes(const File& file) { return 8 + file.addressBytes(); }

  // Texts of these elements, `stride` bytes apart, will be asked for.
  void expect(const char* elements, uint64_t count, size_t stride) const;
  // The text that a stored element refers to: up to its first NUL, as libhdf5 hands texts over. Valid until the next
  // call. Throws Format for references outside the file, damaged collections, and texts many times as large as the
  // file.
  std::string_view text(const char* element);
  // All bytes of the object that a region reference (collection address, object index) names; none for a null one.
  std::string_view bytes(const char* reference);

 private:
  struct Collection {
    std::vector<char> bytes;
    std::vector<HeapObject> objects;  // by index
  };

  const Collection& collection(uint64_t address);
  std::string_view object(uint64_t address, uint32_t index);
  Error missing(uint32_t index, uint64_t length) const;
  // Throws where the same objects are asked for again and again.
  void counted(uint64_t length);
  Error damaged(const std::string& message) const { return file_.formatError(place_, message); }

  File& file_;
  std::string place_;
  std::map<uint64_t, Collection> kept_;
  std::list<uint64_t> order_;
  uint64_t keptBytes_ = 0;
  uint64_t readBytes_ = 0;
  uint64_t takenBytes_ = 0;
};

}  // namespace spikelab::hdf5
