// Random tiles for the tests of kernels.
#pragma once

#include <cstdio>

#include "recordings.h"
#include "signal/filter/tile_buffer.h"
#include "signal/kernels/kernels.h"

namespace spikelab {

// One kernel set, and how many samples it is tried on.
struct Setting {
  const Kernels& kernels;
  Random& random;
  size_t count;
};

// In [-0.5, 0.5).
inline double uniform(Random& random) {
  return static_cast<double>(random()) / 4294967296.0 - 0.5;
}

inline TileBuffer randomTile(Random& random, size_t count) {
  TileBuffer tile(count);
  for (size_t i = 0; i < count * kLanes; i++) tile.row(0)[i] = uniform(random);
  return tile;
}

// Calls body(kernels, random) for all that this CPU has.
template <typename Body>
void forAllKernels(Body body) {
  const Kernels* kernels[3];
  const size_t available = availableKernels(kernels);
  for (size_t i = 0; i < available; i++) {
    Random random(i + 1);
    body(*kernels[i], random);
    std::printf("%s kernels: passed\n", kernels[i]->name);
  }
}

}  // namespace spikelab
