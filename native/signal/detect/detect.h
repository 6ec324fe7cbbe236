// Spike detection by threshold on a recording in memory, and the filter alone.
#pragma once

#include <limits>
#include <vector>

#include "../../core/owned_array.h"
#include "../../parallel/control.h"
#include "../filter/samples.h"
#include "../filter/sos.h"

namespace spikelab {

enum class Direction { kBoth, kUp, kDown };
enum class Noise { kDeviation, kMedian };

struct DetectOptions {
  Sos sos;  // empty: no filter
  double sigma = 5;
  Direction direction = Direction::kBoth;
  bool hysteresis = true;
  Noise noise = Noise::kDeviation;
  double fsHz = 20000;
  double startTimeMs = 0;
  // Spikes of a channel beyond this many are left out.
  uint64_t spikeCap = 10'000'000;
  // More in all are an error.
  double maxSpikes = std::numeric_limits<double>::infinity();
  size_t threads = 0;
};

struct Detection {
  // Times in ms, channel after channel: those of c are times[offsets[c]] … times[offsets[c + 1] - 1].
  OwnedArray<double> times;
  std::vector<double> offsets;
  // Noise of each channel in the traces' unit, after filtering. NaN where the channel has NaN or infinite samples.
  std::vector<double> noise;
  // Channels that had more spikes than the cap.
  std::vector<double> capped;
  // Channels that were computed a second time in scipy's own order of operations.
  size_t recomputed = 0;
};

// The spikes that scipy and numpy find: y = sosfiltfilt(sos, x); above = y > sigma std(y) (and the like for the other
// directions); with hysteresis the samples above whose predecessor is not, else all above. Identical for any number of
// threads and any instruction set. `filtered` (channels × samples, may be null) receives y.
Detection detect(const TracesView& traces, const DetectOptions& options, Control& control, double* filtered);

// scipy.signal.sosfiltfilt along time into `filtered` (channels × samples).
void filterTraces(const TracesView& traces, const Sos& sos, size_t threads, Control& control, double* filtered);

}  // namespace spikelab
