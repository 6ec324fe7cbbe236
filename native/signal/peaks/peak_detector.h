// Peaks of a recording that comes piece by piece: the same whatever the pieces, threads and instruction set.
#pragma once

#include <memory>

#include "exclusion.h"
#include "peak_task.h"
#include "saturation_finder.h"
#include "tile_search.h"
#include "trace_consumer.h"
#include "trace_tiles.h"

namespace spikelab {

// How a recording lies where it is: blocks are best multiples of `unit` samples (0: any), each of so many bytes.
struct PieceShape {
  size_t unit = 0, frameBytes = 0;
};

// Says which stretch of all channels it wants next and takes it, until none is wanted. First forward, where saturated
// periods are to be found, and where filters need it; then from the end to the beginning, as often as the noise takes;
// then for the peaks; then for snippets.
class PeakDetector {
 public:
  PeakDetector(const TraceTask& traces, const PeakTask& peaks, PieceShape shape);
  ~PeakDetector();

  bool next(Stretch& wanted) const;
  bool following(Stretch& wanted) const;
  void deliver(const TracesPiece& piece, Control& control, const SideWork& side = {});
  // Once nothing is wanted any more.
  FoundPeaks& result() { return found_; }
  // Shows the traces to another instead of, or after, looking for peaks: the recording is wanted once more.
  void show(std::shared_ptr<TraceConsumer> consumer);
  double progress() const;
  size_t channels() const { return traces_.channels; }
  const std::vector<Period>& blanked() const { return traces_.blanked; }

 private:
  enum class Phase { kSaturation, kForward, kLook, kNoise, kSearch, kIdle, kShow };
  void begin();
  void enter(Phase phase);
  void takeTraces(Control& control);
  void measure(size_t tile, bool guess);
  void endSweep(Control& control);
  void beginEager();
  void collectEager(bool last, Control& control);
  bool settleEager();
  void settleThresholds();
  void beginSearch();
  void seekIn(const std::vector<double>& thresholds);
  void checkTotal();
  void collect(bool last, Control& control);
  void keep(const PeakCandidate& candidate);
  void seekWindows();
  void cutWindows(Control& control);
  void finish();
  bool measures() const { return peaks_.noise != NoiseKind::kNone; }
  bool looksFirst() const;
  size_t lanesOf(size_t tile) const { return std::min(kLanes, traces_.channels - tile * kLanes); }

  const Kernels& kernels_;
  TraceTask traces_;
  PeakTask peaks_;
  PieceShape shape_;
  Phase phase_ = Phase::kIdle;
  int sweeps_ = 0, forwards_ = 0;
  uint64_t position_ = 0;
  std::unique_ptr<SaturationFinder> saturation_;
  std::unique_ptr<TraceTiles> tiles_;
  std::vector<NoiseMeter> meters_;
  std::vector<uint8_t> spoilt_;
  std::vector<std::unique_ptr<TileSearch>> searches_;
  // Candidates beyond less than any likely threshold, found in the sweep that measures the noise: thresholds, and of
  // each channel later ones first. Empty where that is not done.
  std::vector<double> eagerThresholds_;
  std::vector<std::vector<PeakCandidate>> eager_;
  size_t eagerCount_ = 0;
  std::unique_ptr<Exclusion> exclusion_;
  // Null: what snippets need is not cut along.
  std::unique_ptr<CandidateWindows> windows_;
  // of each channel, later ones mostly first
  std::vector<std::vector<FoundPeak>> kept_;
  FoundPeaks found_;
  std::shared_ptr<TraceConsumer> consumer_;
};

}  // namespace spikelab
