// Detection on a recording that comes piece by piece: the spikes of detect(), in memory that does not grow with its
// length.
#pragma once

#include <memory>

#include "verdict.h"

namespace spikelab {

// Samples [start, start + count) of some channels.
struct Stretch {
  uint64_t start = 0;
  size_t count = 0;
  std::vector<size_t> channels;  // empty: all
};

// Says which stretch it wants next and takes it, until none is wanted. Mostly once through in order; again for channels
// whose threshold came out lower than guessed; and backwards for channels on which rounding could decide.
class StreamDetector {
 public:
  // About `memoryBytes` are used, most of it for pieces of samples of this type and for filters; at least what one
  // filter block of each channel needs.
  StreamDetector(size_t channels, uint64_t samples, ElementType type, const DetectOptions& options, size_t memoryBytes);
  ~StreamDetector();

  bool next(Stretch& wanted) const;
  // The stretch that will be wanted after the one that is wanted now, where that is certain: it may be read ahead. It
  // overlaps with the former.
  bool following(Stretch& wanted) const;
  // `piece` holds the stretch that next() asked for: its channels, its samples.
  void deliver(const TracesView& piece, Control& control);
  // When nothing is wanted any more.
  Detection result();

  size_t channels() const { return channels_.size(); }
  // Sweeps over the whole recording that were started, the exact ones not counted.
  int sweeps() const { return sweeps_; }

 private:
  enum class Step { kNoise, kMedian, kSearch, kExact, kDone };
  struct Tile;
  void startSweep();
  void endSweep();
  void startExact();
  void deliverExact(const TracesView& piece, Control& control);
  void endTile(size_t tile);
  bool median() const { return options_.noise == Noise::kMedian; }
  bool filters() const { return !options_.sos.empty(); }
  Search searchFor(bool wanted) const;
  void layOut(size_t memoryBytes, size_t frameBytes);
  const FilterPlan* plan() const { return filters() ? &fastPlan_ : nullptr; }
  size_t pieceFrom(uint64_t start) const;

  const Kernels& kernels_;
  DetectOptions options_;
  size_t samples_;
  FilterPlan exactPlan_, fastPlan_;
  Verdict verdict_{};
  std::vector<Channel> channels_;
  std::vector<std::unique_ptr<Tile>> tiles_;
  Step step_ = Step::kNoise;
  int sweeps_ = 0, medianSweeps_ = 0;
  // samples of each piece that are done with it; those of a filter block; those behind them that it needs
  size_t pieceRows_ = 0, block_ = 0, ahead_ = 0;
  uint64_t position_ = 0;
  // channels to compute exactly, and the first of those under way
  std::vector<size_t> members_;
  size_t member_ = 0;
  std::vector<std::unique_ptr<ExactLanes>> exact_;
};

}  // namespace spikelab
