// One structure of the format, read whole before it is taken apart: its signature and its checksum hold, and no field
// is read from outside of it.
#pragma once

#include <string>
#include <vector>

#include "../library/file.h"

namespace spikelab::hdf5 {

class Structure {
 public:
  // Reads `bytes` at `address`; `signature` with the version that must follow, e.g. {"FAHD\0", 5}. `summed`: the last
  // four bytes are lookup3 of the others. Throws Format.
  Structure(File& file, uint64_t address, uint64_t bytes, std::string_view signature, bool summed,
            const std::string& place);

  // The next field of so many bytes, little-endian.
  uint64_t number(size_t width);
  uint64_t address() { return number(file_.addressBytes()); }
  uint64_t length() { return number(file_.lengthBytes()); }
  // The next so many bytes as they are.
  const unsigned char* take(uint64_t bytes);
  // All of its bytes, given away.
  std::vector<unsigned char> release() { return std::move(data_); }
  uint64_t left() const { return end_ - at_; }

 private:
  File& file_;
  const std::string& place_;
  std::string name_;
  std::vector<unsigned char> data_;
  uint64_t at_ = 0, end_ = 0;
};

// Whether an address of the file stands for none.
bool undefinedAddress(const File& file, uint64_t address);

// Bytes that hold the numbers up to `limit`, as the format counts them.
unsigned bytesFor(uint64_t limit);

}  // namespace spikelab::hdf5
