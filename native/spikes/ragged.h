// Times that already lie train after train: converted, checked and sorted.
#pragma once

#include "../numeric_view.h"
#include "../parallel/control.h"
#include "trains.h"

namespace spikelab {

struct RaggedRequest {
  NumericView times;
  // Trains + 1 entries that must rise from 0 to times.length; the caller has made them from the file's own index.
  NumericView offsets;
  TimeScale scale;
  // Where given, the result goes there and the result's own `times` stay empty; may be the memory of `times` itself
  // where those are float64.
  double* out = nullptr;
};

Trains splitRagged(const RaggedRequest& request, Control& control);

}  // namespace spikelab
