// Detection on a recording that comes piece by piece: the spikes of detect(), in memory that does not grow with its
// length.
#pragma once

#include <memory>

#include "piece_schedule.h"
#include "traces_piece.h"
#include "verdict.h"

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
  size_t parts() const { return phase_ == Phase::kExact ? exact_->tiles() : tiles_.size(); }
  void deliverPart(const TracesPiece& piece, size_t part);
  void endPiece();
  // When nothing is wanted any more: the channels, which the detector then has no longer.
  std::vector<Channel> takeChannels();
  Detection result();

  // Where the piece begins that is wanted now.
  uint64_t position() const { return position_; }
  size_t channels() const { return channels_.size(); }
  // What the noise of channels that are not exact is multiplied by.
  double gain() const { return fastPlan_.gain; }
  // Sweeps over the whole recording that were started, the exact ones not counted.
  int sweeps() const { return sweeps_; }
  // Share of the planned sweeps that is done.
  double progress() const;

 private:
  enum class Phase { kNoise, kMedian, kSearch, kExact, kDone };
  struct Tile;
  const FilterPlan* plan() const { return filters() ? &fastPlan_ : nullptr; }
  size_t firstOf(size_t tile) const;
  // The channel of a tile's lane; null where that lane is not needed.
  Channel* channelAt(size_t tile, size_t lane);
  void startSweep();
  void startTile(size_t tile);
  void relieve();
  void endSweep();
  void endTile(size_t tile);
  void startExact();
  void deliverExact(const TracesPiece& piece, size_t part);
  void endExact();
  bool median() const { return options_.noise == Noise::kMedian; }
  bool filters() const { return !options_.sos.empty(); }
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
  size_t candidateBytes_, listBytes_, exactBytes_;
  uint64_t position_ = 0;
  // channels to compute exactly, and the first of those under way
  std::vector<size_t> members_;
  size_t member_ = 0;
  std::unique_ptr<ExactLanes> exact_;
};

}  // namespace spikelab
