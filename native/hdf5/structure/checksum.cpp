#include "checksum.h"

#include <bit>

#include "bytes.h"

namespace spikelab::hdf5 {

uint32_t lookup3(const unsigned char* data, size_t bytes) {
  uint32_t a = 0xdeadbeefu + static_cast<uint32_t>(bytes), b = a, c = a;
  const auto word = [](const unsigned char* at, size_t have) {
    return have == 0 ? 0 : static_cast<uint32_t>(littleEndian(at, have < 4 ? static_cast<unsigned>(have) : 4));
  };
  const auto mix = [](uint32_t& x, uint32_t& y, uint32_t& z, int turn) {
    x -= z;
    x ^= std::rotl(z, turn);
    z += y;
  };
  while (bytes > 12) {
    a += word(data, 4);
    b += word(data + 4, 4);
    c += word(data + 8, 4);
    mix(a, b, c, 4);
    mix(b, c, a, 6);
    mix(c, a, b, 8);
    mix(a, b, c, 16);
    mix(b, c, a, 19);
    mix(c, a, b, 4);
    data += 12;
    bytes -= 12;
  }
  if (bytes == 0) return c;
  a += word(data, bytes);
  if (bytes > 4) b += word(data + 4, bytes - 4);
  if (bytes > 8) c += word(data + 8, bytes - 8);
  const auto finish = [](uint32_t& x, uint32_t y, int turn) {
    x ^= y;
    x -= std::rotl(y, turn);
  };
  finish(c, b, 14);
  finish(a, c, 11);
  finish(b, a, 25);
  finish(c, b, 16);
  finish(a, c, 4);
  finish(b, a, 14);
  finish(c, b, 24);
  return c;
}

bool sumFits(const unsigned char* data, size_t bytes, uint64_t stored) {
#ifdef FUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION
  (void)data, (void)bytes, (void)stored;
  return true;
#else
  return stored == lookup3(data, bytes);
#endif
}

}  // namespace spikelab::hdf5
