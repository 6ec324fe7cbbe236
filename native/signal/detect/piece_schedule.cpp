#include "piece_schedule.h"

#include "../filter/filter_plan.h"
#include "lane_plan.h"

namespace spikelab {
namespace {

// Larger pieces would leave the processor's last cache.
constexpr size_t kCacheBytes = size_t{8} << 20;
// Filter blocks: a longer one spends less on letting the filter settle.
constexpr size_t kLongestBlock = 8192;
constexpr size_t kShortestBlock = 512;
constexpr size_t kLongestPiece = size_t{1} << 18;

}  // namespace

// Steps of whole blocks, or of whole units: as much as the cache holds, and at least something that is not all
// settling.
PieceSchedule::PieceSchedule(const StreamPieces& pieces, size_t ahead, uint64_t samples)
    : samples_(samples), ahead_(ahead) {
  if (pieces.unit > 0) {
    const size_t most = std::min(pieces.mostBytes, kCacheBytes);
    step_ = std::max<size_t>(1, most / (pieces.unit * pieces.frameBytes)) * pieces.unit;
    // blocks that share a step evenly
    const size_t blocks = (step_ + kLongestBlock - 1) / kLongestBlock;
    block_ = std::max<size_t>(step_ / blocks / 16, 1) * 16;
    return;
  }
  const size_t most = pieces.mostBytes / pieces.frameBytes, cached = kCacheBytes / pieces.frameBytes;
  const size_t rows = std::min(most, std::max(cached, 3 * ahead));
  const size_t room = std::max(rows, ahead + std::max(kShortestBlock, ahead / 4)) - ahead;
  block_ = std::min(room / 16 * 16, kLongestBlock);
  step_ = std::min(room / block_ * block_, kLongestPiece);
  first_ = ahead;
}

PieceSchedule PieceSchedule::choose(const StreamPieces& pieces, size_t channels, size_t ahead, size_t behind,
                                    uint64_t samples) {
  if (channels < kLanes && behind <= kLongestMargin) {
    const PieceSchedule schedule = cut(pieces, channels, ahead, behind, samples);
    const size_t end = static_cast<size_t>(schedule.end(0)), next = static_cast<size_t>(schedule.next(0));
    if (planLanes(channels, {end, 0, next}, behind).segments > 1) return schedule;
  }
  return PieceSchedule(pieces, ahead, samples);
}

PieceSchedule PieceSchedule::cut(const StreamPieces& pieces, size_t channels, size_t ahead, size_t behind,
                                 uint64_t samples) {
  PieceSchedule out;
  out.samples_ = samples;
  out.ahead_ = ahead;
  out.behind_ = behind;
  out.block_ = 1;
  const size_t rows = std::min(std::min(pieces.mostBytes, kCacheBytes) / pieces.frameBytes, pieces.mostCut / channels);
  if (pieces.unit > 0) {
    out.step_ = std::max<size_t>(1, rows / pieces.unit) * pieces.unit;
  } else {
    out.step_ = std::max(rows, 2 * (ahead + behind)) - ahead - behind;
    out.first_ = ahead;
  }
  return out;
}

// At a border between steps, with a whole block before it and what that needs.
uint64_t PieceSchedule::end(uint64_t position) const {
  const uint64_t least = position + block_ + ahead_;
  const uint64_t steps = (least - first_ + step_ - 1) / step_;
  return std::min<uint64_t>(first_ + steps * step_, samples_);
}

uint64_t PieceSchedule::next(uint64_t position) const {
  const uint64_t stop = end(position);
  return stop == samples_ ? stop : position + (stop - position - ahead_) / block_ * block_;
}

}  // namespace spikelab
