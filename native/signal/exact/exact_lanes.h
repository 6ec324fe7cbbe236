// Detection bit for bit as scipy.signal.sosfiltfilt and numpy.std compute it, on some channels of a recording at a
// time, in memory that hardly grows with its length.
#pragma once

#include <memory>

#include "exact_tile.h"

namespace spikelab {

// numpy's std takes two sweeps over what is filtered (mean, squared deviations), the search a third. Whoever drives
// this delivers blocks in the order wanted.
class ExactLanes {
 public:
  static constexpr size_t kBlock = ExactSchedule::kBlock;

  ExactLanes(const Kernels& kernels, const ExactTask& task, ExactSize size);

  // The block that is wanted next: [start, start + count). False when all is done.
  bool next(size_t& start, size_t& count) const { return schedule_.next(start, count); }
  size_t lanes() const { return lanes_; }
  // Of 16 lanes each, the last of the rest.
  size_t tiles() const { return tiles_.size(); }
  // `samples` has the wanted block of a tile, unfiltered, and is overwritten. Tiles in any order and by any thread.
  void deliver(size_t tile, double* samples) { tiles_[tile]->deliver(schedule_, samples); }
  // When all tiles have theirs.
  void endBlock();

  // Where filtered samples of the first tile go: rows[lane], or null.
  void writeTo(double* const* rows) { tiles_[0]->writeTo(rows); }

  bool filters() const { return filters_; }
  double deviation(size_t lane) const { return tiles_[lane / kLanes]->deviation(lane % kLanes); }
  double noise(size_t lane) const { return tiles_[lane / kLanes]->noise(lane % kLanes); }
  // Samples of the spikes, the last first, once all is done.
  std::deque<uint64_t>& spikes(size_t lane) { return tiles_[lane / kLanes]->spikes(lane % kLanes); }

 private:
  bool filters_;
  size_t lanes_;
  ExactSchedule schedule_;
  std::vector<std::unique_ptr<ExactTile>> tiles_;
};

}  // namespace spikelab
