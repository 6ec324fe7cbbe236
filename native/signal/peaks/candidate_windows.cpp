#include "candidate_windows.h"

#include <algorithm>

#include "../../parallel/pool.h"

namespace spikelab {
namespace {

// Windows that one thread cuts at a time.
constexpr size_t kWindows = 64;

}  // namespace

CandidateWindows::CandidateWindows(WindowTask task, uint64_t samples, uint64_t delay, size_t bytes)
    : task_(std::move(task)),
      samples_(samples),
      edgeLength_(static_cast<size_t>(std::max(task_.before, delay + 1) + task_.after)),
      most_(bytes / sizeof(double)),
      cut_(task_.channels.size()),
      edgeStart_(samples) {}

void CandidateWindows::want(uint32_t channel, uint64_t sample) {
  if (gaveUp_ || sample < task_.before || sample + task_.after > samples_) return;
  const size_t at = values_.size(), size = task_.channels[channel].size() * length();
  if (at + size > most_) {
    gaveUp_ = true;
    std::vector<double>().swap(values_);
    std::vector<Window>().swap(open_);
    return;
  }
  if (at + size > values_.capacity()) values_.reserve(std::min(most_, std::max(at + size, 2 * at)));
  values_.resize(at + size);
  open_.push_back({sample - task_.before, channel, at});
}

void CandidateWindows::cut(const Window& window, double* const* tiles, uint64_t start, size_t count) {
  double* to = values_.data() + window.at;
  const uint64_t end = window.first + length(), block = std::min(end, start + count);
  for (const uint32_t c : task_.channels[window.channel]) {
    const double* rows = tiles[c / kLanes] + c % kLanes;
    const double* edge = edges_.empty() ? nullptr : edges_[c / kLanes].data() + c % kLanes;
    for (uint64_t s = window.first; s < block; s++) *to++ = rows[(s - start) * kLanes];
    for (uint64_t s = std::max(window.first, start + count); s < end; s++) *to++ = edge[(s - edgeStart_) * kLanes];
  }
}

void CandidateWindows::add(double* const* tiles, size_t tileCount, uint64_t start, size_t count, size_t threads,
                           Control& control) {
  if (gaveUp_) return;
  const auto later = std::partition(open_.begin(), open_.end(), [&](const Window& w) { return w.first < start; });
  const size_t before = static_cast<size_t>(later - open_.begin()), ready = open_.size() - before;
  parallelFor((ready + kWindows - 1) / kWindows, threads, control, [&](size_t part, size_t) {
    const size_t from = before + part * kWindows, to = std::min(open_.size(), from + kWindows);
    for (size_t i = from; i < to; i++) cut(open_[i], tiles, start, count);
  });
  for (size_t i = before; i < open_.size(); i++) cut_[open_[i].channel].push_back(open_[i]);
  open_.resize(before);
  // the same block again has nothing new
  if (start < edgeStart_) keepEdge(tiles, tileCount, start, count);
}

// The first rows from `start` on: of this block, and where it is short of the ones after it.
void CandidateWindows::keepEdge(double* const* tiles, size_t tileCount, uint64_t start, size_t count) {
  edges_.resize(tileCount);
  const size_t own = std::min(count, edgeLength_) * kLanes;
  for (size_t tile = 0; tile < tileCount; tile++) {
    std::vector<double>& edge = edges_[tile];
    edge.insert(edge.begin(), tiles[tile], tiles[tile] + own);
    edge.resize(std::min(edge.size(), edgeLength_ * kLanes));
  }
  edgeStart_ = start;
}

bool CandidateWindows::end() {
  for (std::vector<Window>& windows : cut_) {
    std::sort(windows.begin(), windows.end(), [](const Window& a, const Window& b) { return a.first < b.first; });
  }
  std::vector<std::vector<double>>().swap(edges_);
  return !gaveUp_ && open_.empty();
}

const double* CandidateWindows::find(uint32_t channel, uint64_t first) const {
  const std::vector<Window>& windows = cut_[channel];
  const auto found = std::lower_bound(windows.begin(), windows.end(), first,
                                      [](const Window& w, uint64_t sample) { return w.first < sample; });
  return found == windows.end() || found->first != first ? nullptr : values_.data() + found->at;
}

}  // namespace spikelab
