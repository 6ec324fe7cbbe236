#include "noise_meter.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

namespace spikelab {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
// What a median absolute deviation is of standard deviations of Gaussian noise: as SpikeInterface writes it, and as
// SpikeLab and wave_clus do.
constexpr double kSiRatio = 0.6744897501960817, kRatio = 0.6745;

// Values near the median and the deviation that may be kept of a channel in any case; samples that are shown to guess
// from, at most.
constexpr size_t kLeastKept = 4096, kMostGuessed = 65536;

double middleOf(std::vector<double>& values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

}  // namespace

NoiseMeter::NoiseMeter(const Kernels& kernels, NoiseKind kind, size_t lanes, size_t bytes)
    : kernels_(kernels),
      kind_(kind),
      lanes_(lanes),
      mostKept_(std::max(kLeastKept, bytes / sizeof(double))),
      guessStep_(1 + kMostGuessed / std::max(kLeastKept, bytes / sizeof(float))) {
  std::fill(noise_, noise_ + kLanes, kNaN);
  if (medians()) finders_.resize(lanes);
}

void NoiseMeter::spoil(size_t lane) {
  stages_[lane] = Stage::kKnown;
  noise_[lane] = kNaN;
  if (medians()) finders_[lane] = MedianFinder();
}

void NoiseMeter::guess(const double* tile, size_t count) {
  anyGuess_ = true;
  if (!medians()) return guessed_.add(tile, count);
  guesses_.resize(lanes_);
  for (size_t lane = 0; lane < lanes_; lane++) {
    for (size_t t = 0; t < count; t += guessStep_) {
      guesses_[lane].push_back(static_cast<float>(tile[t * kLanes + lane]));
    }
  }
}

void NoiseMeter::endGuesses() {
  for (size_t lane = 0; lane < guesses_.size(); lane++) {
    joint_.emplace_back(guesses_[lane], kind_ == NoiseKind::kQuiroga);
    std::vector<float>().swap(guesses_[lane]);
    joint_[lane].describe(bands_, lane);
    if (stages_[lane] == Stage::kUnseen && !joint_[lane].failed()) stages_[lane] = Stage::kJoint;
  }
  guesses_.clear();
}

double NoiseMeter::expected(size_t lane) {
  if (!anyGuess_ || stages_[lane] == Stage::kKnown) return kNaN;
  if (kind_ == NoiseKind::kStd) return guessed_.deviation(lane);
  if (kind_ == NoiseKind::kRms) return guessed_.rootMeanSquare(lane);
  endGuesses();
  return stages_[lane] == Stage::kJoint ? joint_[lane].expected() / ratio() : kNaN;
}

// What lies in the bands is kept, the rest counted.
void NoiseMeter::addJoint(const double* tile, size_t count) {
  unsigned joint = 0;
  for (size_t lane = 0; lane < lanes_; lane++) joint |= stages_[lane] == Stage::kJoint ? 1u << lane : 0;
  if (joint == 0) return;
  masks_.resize(count);
  kernels_.bands(tile, count, bands_, masks_.data());
  total_ += count;
  double* ends[kLanes] = {};
  for (unsigned mask = joint; mask != 0; mask &= mask - 1) {
    const size_t lane = static_cast<size_t>(std::countr_zero(mask));
    ends[lane] = joint_[lane].room(count);
  }
  for (size_t t = 0; t < count; t++) {
    for (unsigned mask = masks_[t] & joint; mask != 0; mask &= mask - 1) {
      const size_t lane = static_cast<size_t>(std::countr_zero(mask));
      *ends[lane]++ = tile[t * kLanes + lane];
    }
  }
  for (size_t lane = 0; lane < joint_.size(); lane++) {
    if (ends[lane]) joint_[lane].keepUntil(ends[lane]);
    if (joint_[lane].counts()) joint_[lane].count();
    if (joint_[lane].kept() > mostKept_)
      joint_[lane].canNarrow() ? joint_[lane].startCounting() : joint_[lane].giveUp();
    joint_[lane].describe(bands_, lane);
  }
}

// The first samples say about where the median and the deviations lie; only speed depends on it.
void NoiseMeter::begin(size_t lane, const double* tile, size_t count) {
  std::vector<double> values(count);
  const auto fill = [&](double centre, bool size) {
    for (size_t t = 0; t < count; t++) {
      const double d = tile[t * kLanes + lane] - centre;
      values[t] = size ? std::abs(d) : d;
    }
    return middleOf(values);
  };
  const double centre = kind_ == NoiseKind::kQuiroga ? 0 : fill(0, false);
  const double deviation = fill(centre, true);
  MedianFinder& finder = finders_[lane];
  if (kind_ == NoiseKind::kQuiroga) {
    finder.startDeviations(0, deviation * 0.5, deviation > 0 ? deviation * 1.5 : 1);
  } else if (deviation > 0) {
    finder.startValues(centre - 1.5 * deviation, centre + 1.5 * deviation);
  } else {
    finder.startAnywhere();
  }
  stages_[lane] = kind_ == NoiseKind::kQuiroga ? Stage::kDeviation : Stage::kMedian;
}

void NoiseMeter::add(const double* tile, size_t count) {
  if (count == 0) return;
  if (!medians()) return sums_.add(tile, count);
  endGuesses();
  addJoint(tile, count);
  for (size_t lane = 0; lane < lanes_; lane++) {
    // the first samples that do not fit are too late for a sweep of the other kind
    if (stages_[lane] == Stage::kJoint) continue;
    if (stages_[lane] == Stage::kUnseen) begin(lane, tile, count);
    if (stages_[lane] != Stage::kKnown) finders_[lane].add(tile + lane, count, kLanes);
  }
}

void NoiseMeter::endLane(size_t lane) {
  // all of the recording is blanked
  if (stages_[lane] == Stage::kUnseen) return spoil(lane);
  if (stages_[lane] == Stage::kJoint) {
    if (joint_[lane].counts()) {
      if (!joint_[lane].narrow(total_, bands_.below[lane], bands_.nearer[lane])) stages_[lane] = Stage::kUnseen;
      joint_[lane].describe(bands_, lane);
      return;
    }
    double deviation = 0;
    if (joint_[lane].end(total_, bands_.below[lane], bands_.nearer[lane], deviation)) return settle(lane, deviation);
    stages_[lane] = Stage::kUnseen;
    return;
  }
  if (stages_[lane] == Stage::kKnown || !finders_[lane].endSweep()) return;
  MedianFinder& finder = finders_[lane];
  if (stages_[lane] == Stage::kMedian) {
    stages_[lane] = Stage::kDeviation;
    double least = finder.leastDeviation(), most = finder.mostDeviation();
    if (!(most < std::numeric_limits<double>::infinity())) {
      least = 0;
      most = 1;
    }
    return finder.startDeviations(finder.median(), least, most);
  }
  settle(lane, finder.median());
}

double NoiseMeter::ratio() const {
  return kind_ == NoiseKind::kDeviation ? 1 : kind_ == NoiseKind::kSiMad ? kSiRatio : kRatio;
}

void NoiseMeter::settle(size_t lane, double deviation) {
  noise_[lane] = deviation / ratio();
  stages_[lane] = Stage::kKnown;
  finders_[lane] = MedianFinder();
}

bool NoiseMeter::endSweep() {
  if (medians()) {
    for (size_t lane = 0; lane < lanes_; lane++) {
      endLane(lane);
      bands_.below[lane] = bands_.nearer[lane] = 0;
    }
    total_ = 0;
    return std::all_of(stages_, stages_ + lanes_, [](Stage stage) { return stage == Stage::kKnown; });
  }
  for (size_t lane = 0; lane < lanes_; lane++) {
    if (stages_[lane] == Stage::kKnown) continue;
    noise_[lane] = kind_ == NoiseKind::kStd ? sums_.deviation(lane) : sums_.rootMeanSquare(lane);
  }
  return true;
}

}  // namespace spikelab
