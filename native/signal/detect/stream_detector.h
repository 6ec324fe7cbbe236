// Detection on a recording that comes piece by piece: the spikes of detect(), in memory that does not grow with its
// length.
#pragma once

#include <memory>

#include "../filter/traces_piece.h"
#include "../search/relief.h"
#include "piece_schedule.h"
#include "span_sweep.h"

namespace spikelab {

// Says which stretch it wants next and takes it, until none is wanted. Mostly once through in order; again for channels
// whose threshold came out lower than guessed; and backwards for channels on which rounding could decide.
class StreamDetector {
 public:
  StreamDetector(size_t channels, uint64_t samples, const DetectOptions& options, const StreamPieces& pieces);
  ~StreamDetector();

  bool next(Stretch& wanted) const;
  // The stretch that will be wanted after the one that is wanted now, where that is certain: it may be read ahead. It
  // overlaps with the former.
  bool following(Stretch& wanted) const;
  // `piece` holds the stretch that next() asked for: its channels, its samples.
  void deliver(const TracesPiece& piece, Control& control);
  // The same in parts, in any order and by any thread; then the end.
  size_t parts() const;
  void deliverPart(const TracesPiece& piece, size_t part);
  void endPiece();
  // When nothing is wanted any more: the channels, which the detector then has no longer.
  std::vector<Channel> takeChannels();
  Detection result();

  size_t channels() const { return channels_.size(); }
  // What the noise of channels that are not exact is multiplied by.
  double gain() const { return fastPlan_.gain; }
  // Sweeps over the whole recording that were started, the exact ones not counted.
  int sweeps() const { return sweeps_; }
  // Share of the planned sweeps that is done.
  double progress() const;

 private:
  struct Tile;
  void stretchAt(uint64_t position, Stretch& wanted) const;
  const FilterPlan* plan() const { return filters() ? &fastPlan_ : nullptr; }
  size_t firstOf(size_t tile) const;
  // The channel of a tile's lane; null where that lane is not needed.
  Channel* channelAt(size_t tile, size_t lane);
  // What is needed before samples that are filtered anew: without a filter still the one before them.
  size_t margin() const { return filters() ? fastPlan_.margin : 1; }
  bool cuts() const { return schedule_.behind() > 0; }
  void startSweep();
  void startSpans();
  void startTile(size_t tile);
  void endSpans();
  void endSweep();
  void startExact();
  void deliverExact(const TracesPiece& piece, size_t part);
  void endExact();
  bool median() const { return options_.noise == Noise::kMedian; }
  bool filters() const { return !options_.sos.empty(); }
  bool searches() const { return phase_ == Phase::kSearch || (phase_ == Phase::kNoise && worthOnePass(options_)); }
  Search searchFor(bool wanted) const;

  const Kernels& kernels_;
  DetectOptions options_;
  size_t samples_;
  FilterPlan exactPlan_, fastPlan_;
  Verdict verdict_{};
  std::vector<Channel> channels_;
  std::vector<std::unique_ptr<Tile>> tiles_;
  Phase phase_ = Phase::kNoise;
  int sweeps_ = 0, medianSweeps_ = 0;
  PieceSchedule schedule_;
  // one sweep over the piece that is wanted now, where pieces are cut into segments
  std::unique_ptr<SpanSweep> spans_;
  Relief relief_;
  size_t exactBytes_;
  // first sample that is not done
  uint64_t position_ = 0;
  // channels to compute exactly, and the first of those under way
  std::vector<size_t> members_;
  size_t member_ = 0;
  std::unique_ptr<ExactLanes> exact_;
};

}  // namespace spikelab
