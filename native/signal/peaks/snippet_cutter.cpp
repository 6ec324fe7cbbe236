#include "snippet_cutter.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "../../parallel/pool.h"

namespace spikelab {

SnippetCutter::SnippetCutter(std::vector<SnippetUnit> units, size_t length, bool keep)
    : units_(std::move(units)), length_(length), keep_(keep) {
  for (const SnippetUnit& unit : units_) {
    std::vector<uint32_t>& order = order_.emplace_back(unit.starts.size());
    std::iota(order.begin(), order.end(), 0);
    std::sort(order.begin(), order.end(), [&](uint32_t a, uint32_t b) {
      return unit.starts[a] > unit.starts[b] || (unit.starts[a] == unit.starts[b] && a < b);
    });
    const size_t values = unit.channels.size() * length;
    UnitCut& cut = cuts_.emplace_back();
    if (keep) cut.waveforms.resize(values * unit.starts.size());
    cut.average.resize(values);
    cut.deviation.resize(values);
  }
  open_.resize(units_.size());
}

// Sums of each value go from the last spike to the first, however the traces are cut. Squares are of the difference to
// the first value that was seen, which for now lies in front of the sums: average[i] has the sum of differences.
void SnippetCutter::cutUnit(size_t index, double* const* tiles, uint64_t start, size_t count) {
  const SnippetUnit& unit = units_[index];
  const std::vector<uint32_t>& order = order_[index];
  UnitCut& cut = cuts_[index];
  const size_t spikes = order.size();
  size_t& open = open_[index];
  for (size_t i = open; i < spikes && unit.starts[order[i]] + length_ > start; i++) {
    const uint64_t first = unit.starts[order[i]];
    if (first >= start + count) continue;
    const uint64_t from = std::max(first, start), to = std::min(first + length_, start + count);
    for (size_t c = 0; c < unit.channels.size(); c++) {
      const double* rows = tiles[unit.channels[c] / kLanes] + unit.channels[c] % kLanes;
      for (uint64_t s = from; s < to; s++) {
        const double y = rows[(s - start) * kLanes];
        const size_t at = c * length_ + (s - first);
        if (keep_) cut.waveforms[at * spikes + order[i]] = static_cast<float>(y);
        cut.average[at] += y;
        cut.deviation[at] += y * y;
      }
    }
  }
  while (open < spikes && unit.starts[order[open]] >= start) open++;
}

void SnippetCutter::add(double* const* tiles, uint64_t start, size_t count, size_t threads, Control& control) {
  parallelFor(units_.size(), threads, control, [&](size_t unit, size_t) { cutUnit(unit, tiles, start, count); });
}

bool SnippetCutter::takeFrom(const CandidateWindows& windows) {
  if (windows.length() != length_ || windows.channels() != units_.size()) return false;
  std::vector<std::vector<const double*>> found(units_.size());
  for (uint32_t u = 0; u < units_.size(); u++) {
    if (units_[u].channels != windows.channelsOf(u)) return false;
    for (const uint64_t first : units_[u].starts) {
      found[u].push_back(windows.find(u, first));
      if (!found[u].back()) return false;
    }
  }
  for (size_t u = 0; u < units_.size(); u++) {
    UnitCut& cut = cuts_[u];
    const size_t spikes = order_[u].size();
    for (const uint32_t spike : order_[u]) {
      for (size_t at = 0; at < cut.average.size(); at++) {
        const double y = found[u][spike][at];
        if (keep_) cut.waveforms[at * spikes + spike] = static_cast<float>(y);
        cut.average[at] += y;
        cut.deviation[at] += y * y;
      }
    }
  }
  return true;
}

std::vector<UnitCut> SnippetCutter::take() {
  for (size_t u = 0; u < cuts_.size(); u++) {
    const double n = static_cast<double>(units_[u].starts.size());
    for (size_t i = 0; n > 0 && i < cuts_[u].average.size(); i++) {
      double& average = cuts_[u].average[i];
      double& deviation = cuts_[u].deviation[i];
      average /= n;
      deviation = std::sqrt(std::max(0.0, deviation / n - average * average));
    }
  }
  return std::move(cuts_);
}

}  // namespace spikelab
