// Little-endian numbers of any width, as HDF5 structures hold them.
#pragma once

#include <cstdint>

namespace spikelab::hdf5 {

template <typename Byte>
uint64_t littleEndian(const Byte* at, unsigned bytes) {
  static_assert(sizeof(Byte) == 1);
  uint64_t value = 0;
  for (unsigned i = bytes; i-- > 0;) value = value << 8 | static_cast<unsigned char>(at[i]);
  return value;
}

}  // namespace spikelab::hdf5
