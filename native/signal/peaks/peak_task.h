// What is to be found in traces.
#pragma once

#include <limits>
#include <vector>

#include "candidate_windows.h"
#include "noise_meter.h"
#include "trace_task.h"

namespace spikelab {

// kCrossings: samples at which |y|, y or -y first exceeds the threshold.
enum class PeakMethod { kByChannel, kLocallyExclusive, kDeadTime, kCrossings };
enum class PeakSign { kNegative, kPositive, kBoth };

struct PeakTask {
  PeakMethod method = PeakMethod::kByChannel;
  PeakSign sign = PeakSign::kNegative;
  // In samples: of exclusion; dead-time's two.
  uint64_t sweep = 0, dead = 0, align = 1;
  // kCrossings: false takes all samples beyond.
  bool hysteresis = true;
  // One a channel: of the noise, or in the unit of the traces.
  std::vector<double> thresholds;
  bool inNoise = true;
  NoiseKind noise = NoiseKind::kSiMad;
  // One a channel, where the noise is not measured.
  std::vector<double> givenNoise;
  // Channels without peaks.
  std::vector<uint8_t> bad;
  // kLocallyExclusive: of each channel, itself among them.
  std::vector<std::vector<uint32_t>> neighbours;
  // Peaks of this size and more are left out: |y| times the channel's gain.
  double maxAmplitudeUv = std::numeric_limits<double>::infinity();
  // The first of each channel; more in all are an error.
  uint64_t channelCap = 10'000'000;
  double maxPeaks = std::numeric_limits<double>::infinity();
  // Snippets that will be asked for.
  WindowTask windows;
};

struct FoundPeak {
  uint64_t sample;
  uint32_t channel;
  float amplitude;
};

struct FoundPeaks {
  // In order of sample, then channel.
  std::vector<FoundPeak> peaks;
  std::vector<double> noise, threshold;
  std::vector<Period> blanked;
  // Channels: stored samples all equal; not finite; noise 0; with more peaks than the cap.
  std::vector<double> flat, spoilt, silent, capped;
};

}  // namespace spikelab
