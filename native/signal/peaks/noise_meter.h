// The noise of 16 channels, from traces that go by as often as it takes.
#pragma once

#include <vector>

#include "../noise/median_finder.h"
#include "double_sums.h"
#include "joint_median.h"

namespace spikelab {

// median |y - median y| as it is (kDeviation), / 0.6744897501960817 (kSiMad) or / 0.6745 (kMad); median |y| / 0.6745
// (kQuiroga); numpy.std; sqrt(mean(y²)).
enum class NoiseKind { kNone, kDeviation, kSiMad, kMad, kQuiroga, kStd, kRms };

class NoiseMeter {
 public:
  // Bytes that may be kept of a channel.
  NoiseMeter(const Kernels& kernels, NoiseKind kind, size_t lanes, size_t bytes);

  // About what is to come: saves looking at it several times.
  void guess(const double* tile, size_t count);
  // No more of that will come.
  void endGuesses();
  // What the noise of a lane will be, about; NaN where nothing is known.
  double expected(size_t lane);

  // Samples of the channels, later ones before earlier ones.
  void add(const double* tile, size_t count);
  // This lane has samples that are not finite: its noise is NaN.
  void spoil(size_t lane);
  // True when all is known; else the traces must go by once more.
  bool endSweep();
  double noise(size_t lane) const { return noise_[lane]; }

 private:
  enum class Stage { kUnseen, kJoint, kMedian, kDeviation, kKnown };
  void addJoint(const double* tile, size_t count);
  void begin(size_t lane, const double* tile, size_t count);
  void endLane(size_t lane);
  void settle(size_t lane, double deviation);
  double ratio() const;
  bool medians() const { return kind_ != NoiseKind::kStd && kind_ != NoiseKind::kRms; }

  const Kernels& kernels_;
  NoiseKind kind_;
  size_t lanes_, mostKept_, guessStep_;
  std::vector<std::vector<float>> guesses_;
  LaneSums guessed_;
  bool anyGuess_ = false;
  std::vector<JointMedian> joint_;
  Bands bands_;
  std::vector<uint16_t> masks_;
  size_t total_ = 0;
  Stage stages_[kLanes] = {};
  double noise_[kLanes];
  std::vector<MedianFinder> finders_;
  LaneSums sums_;
};

}  // namespace spikelab
