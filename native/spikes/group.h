// Spikes with a unit index each, in any order: grouped by unit in O(spikes), not O(spikes × units).
#pragma once

#include <memory>
#include <optional>

#include "../file_handle.h"
#include "../numeric_view.h"
#include "../parallel/control.h"
#include "trains.h"

namespace spikelab {

// Little-endian values that lie in an open file: read while they are scattered, so that they never are in memory at
// once.
struct FileValues {
  std::shared_ptr<const FileHandle> file;
  uint64_t offset = 0;
  ElementType type = ElementType::kFloat64;
  size_t length = 0;
};

struct GroupRequest {
  // Unit of each spike: whole numbers of any type.
  NumericView units;
  NumericView times;
  // Where given, instead of `times`. Integers beyond ±2^53 are a problem ("inexact-time").
  std::optional<FileValues> timesFile;
  TimeScale scale;
  // Number of trains. Negative: the largest index + 1.
  double count = -1;
  // More units than this are refused before anything is allocated.
  double maxUnits = 0;
  // Where given: train of each unit index, negative to leave the unit's spikes out; an index beyond it is left out too.
  // `count` must then be given.
  const int32_t* trainOf = nullptr;
  size_t trainOfLength = 0;
};

// A stable counting sort; only trains that come out unsorted are sorted.
Trains groupSpikes(const GroupRequest& request, Control& control);

}  // namespace spikelab
