// The traces around candidates, cut in the sweep that finds them: a second sweep for snippets would filter all again.
#pragma once

#include <cstdint>
#include <vector>

#include "../../parallel/control.h"
#include "../filter/samples.h"

namespace spikelab {

// Windows [sample - before, sample + after) of these channels; `channels`: of a candidate on each channel. Empty: none.
struct WindowTask {
  uint64_t before = 0, after = 0;
  std::vector<std::vector<uint32_t>> channels;
};

class CandidateWindows {
 public:
  // Candidates are up to `delay` samples behind the block that they are wanted in. `bytes` may be kept.
  CandidateWindows(WindowTask task, uint64_t samples, uint64_t delay, size_t bytes);

  // One that was found in the block that comes next; its window is left out where it leaves the recording.
  void want(uint32_t channel, uint64_t sample);
  // tiles[c / 16] has the samples [start, start + count) of 16 channels, which come before those of the last call, or
  // are the same ones again.
  void add(double* const* tiles, size_t tileCount, uint64_t start, size_t count, size_t threads, Control& control);
  // No more will come; says whether all that were wanted are there.
  bool end();

  size_t length() const { return static_cast<size_t>(task_.before + task_.after); }
  size_t channels() const { return task_.channels.size(); }
  const std::vector<uint32_t>& channelsOf(size_t channel) const { return task_.channels[channel]; }
  // (channels, samples) of the window that begins there, on a channel that is one of the task's; null: not there.
  const double* find(uint32_t channel, uint64_t first) const;

 private:
  struct Window {
    uint64_t first;
    uint32_t channel;
    size_t at;
  };
  void cut(const Window& window, double* const* tiles, uint64_t start, size_t count);
  void keepEdge(double* const* tiles, size_t tileCount, uint64_t start, size_t count);

  WindowTask task_;
  uint64_t samples_;
  size_t edgeLength_, most_;
  bool gaveUp_ = false;
  // wanted, and not yet cut, as they begin before the block at hand
  std::vector<Window> open_;
  // of each channel: what is cut; sorted once all is
  std::vector<std::vector<Window>> cut_;
  std::vector<double> values_;
  // of each tile: the first rows of what came last, at most edgeLength_
  std::vector<std::vector<double>> edges_;
  uint64_t edgeStart_ = 0;
};

}  // namespace spikelab
