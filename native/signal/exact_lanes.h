// Detection on 16 lanes bit for bit as scipy.signal.sosfiltfilt and numpy.std compute it, in memory that does not grow
// with the recording.
#pragma once

#include <array>
#include <vector>

#include "filter_plan.h"
#include "lane_detector.h"
#include "tile_buffer.h"

namespace spikelab {

// The backward pass needs what comes after, so one forward sweep keeps the filter's state at every block; blocks are
// then filtered again from there, from the last to the first, with the backward state carried between them. numpy's std
// takes two such sweeps (mean, squared deviations), the search a third. Whoever drives this delivers blocks in the
// order wanted.
class ExactLanes {
 public:
  // numpy sums in buffers of this many elements; blocks that match them let its std be repeated.
  static constexpr size_t kBlock = 8192;

  // No plan: the samples as they are.
  ExactLanes(const Kernels& kernels, const FilterPlan* plan, size_t samples, const Search& search, bool median = false);

  // The block that is wanted next: [start, start + count). False when all is done.
  bool next(size_t& start, size_t& count) const;
  // `tile` has the samples of that block, unfiltered, and is overwritten.
  void deliver(double* tile);

  // Where filtered samples go: rows[lane], or null.
  void writeTo(double* const* rows);

  bool filters() const { return plan_ != nullptr; }
  double deviation(size_t lane) const { return deviation_[lane]; }
  // Samples of the spikes, in order, once all is done.
  std::vector<uint64_t>& spikes(size_t lane) { return spikes_[lane]; }

 private:
  enum class Step { kForward, kMean, kSquares, kNoise, kSearch, kDone };
  using States = std::vector<State>;
  using Row = std::array<double, kLanes>;

  size_t blocks() const { return (samples_ + kBlock - 1) / kBlock; }
  void advance();
  void endMoments();
  void endNoise();
  void enter(Step step);
  void forwardBlock(double* tile, size_t count);
  void backwardBlock(double* tile, size_t count);
  void finishForward();
  void sumBlock(const double* y, size_t count);
  void searchBlock(const double* y, size_t start, size_t count);
  void filter(States& states, double* tile, size_t count, bool backward) const;
  States settled(const double* value) const;

  const Kernels& kernels_;
  const FilterPlan* plan_;
  size_t samples_;
  Search search_;
  Step step_;
  size_t block_ = 0;
  TileBuffer edge_, extension_;
  size_t edgeRows_ = 0;
  States forward_, backward_, backwardStart_;
  std::vector<States> checkpoints_;
  std::vector<Row> parts_;
  Row mean_{}, deviation_{};
  bool median_;
  int noiseSweeps_ = 0;
  std::vector<NoiseFinder> finders_;
  bool over_[kLanes] = {};
  double* rows_[kLanes] = {};
  std::vector<uint64_t> spikes_[kLanes];
};

}  // namespace spikelab
