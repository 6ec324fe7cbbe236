#include "range_cache.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace spikelab {
namespace {

thread_local bool missed = false;

}  // namespace

bool RangeCache::missedHere() {
  return missed;
}

void RangeCache::forgetMisses() {
  missed = false;
}

// The first block that ends behind a position.
RangeCache::Blocks::const_iterator RangeCache::firstBehind(uint64_t position) const {
  auto at = blocks_.upper_bound(position);
  if (at == blocks_.begin()) return at;
  const auto before = std::prev(at);
  return before->first + before->second.bytes->size() > position ? before : at;
}

std::vector<ByteRange> RangeCache::gapsOf(uint64_t start, uint64_t end) const {
  std::vector<ByteRange> out;
  for (auto at = firstBehind(start); start < end; ++at) {
    if (at == blocks_.end() || at->first >= end) {
      out.push_back({start, end});
      break;
    }
    if (at->first > start) out.push_back({start, at->first});
    start = at->first + at->second.bytes->size();
  }
  return out;
}

std::vector<ByteRange> RangeCache::gaps(uint64_t start, uint64_t end) {
  std::lock_guard<std::mutex> lock(mutex_);
  return gapsOf(start, std::min(end, size_));
}

bool RangeCache::read(uint64_t start, void* into, size_t bytes) {
  struct Part {
    std::shared_ptr<const std::vector<char>> from;
    size_t offset, count;
  };
  std::vector<Part> parts;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    uint64_t position = start;
    const uint64_t end = start + bytes;
    for (auto at = firstBehind(start); position < end && at != blocks_.end() && at->first <= position; ++at) {
      Block& block = blocks_.at(at->first);
      block.used = ++clock_;
      const size_t offset = static_cast<size_t>(position - at->first);
      const size_t count = static_cast<size_t>(std::min<uint64_t>(end - position, block.bytes->size() - offset));
      parts.push_back({block.bytes, offset, count});
      position += count;
    }
    if (position < end) {
      const std::vector<ByteRange> gaps = gapsOf(position, end);
      missing_.read.insert(missing_.read.end(), gaps.begin(), gaps.end());
      misses_++;
      missed = true;
      return false;
    }
  }
  // not under the lock: chunks of many MB are copied by several threads
  char* out = static_cast<char*>(into);
  for (const Part& part : parts) {
    std::memcpy(out, part.from->data() + part.offset, part.count);
    out += part.count;
  }
  return true;
}

bool RangeCache::expect(const std::vector<ByteRange>& ranges) {
  std::lock_guard<std::mutex> lock(mutex_);
  const size_t before = missing_.expected.size();
  for (const ByteRange& range : ranges) {
    const std::vector<ByteRange> gaps = gapsOf(range.start, std::min(range.end, size_));
    missing_.expected.insert(missing_.expected.end(), gaps.begin(), gaps.end());
  }
  if (missing_.expected.size() == before) return true;
  misses_++;
  missed = true;
  return false;
}

void RangeCache::supply(uint64_t start, const char* bytes, size_t count, bool passing) {
  std::lock_guard<std::mutex> lock(mutex_);
  for (const ByteRange& gap : gapsOf(start, start + count)) {
    const char* from = bytes + (gap.start - start);
    const auto size = static_cast<std::ptrdiff_t>(gap.end - gap.start);
    blocks_[gap.start] = {std::make_shared<const std::vector<char>>(from, from + size), passing, ++clock_};
    held_ += gap.end - gap.start;
  }
}

void RangeCache::trim(uint64_t most) {
  std::lock_guard<std::mutex> lock(mutex_);
  drop(most, true);
  drop(most, false);
}

void RangeCache::drop(uint64_t most, bool passing) {
  if (held_ <= most) return;
  std::vector<std::pair<uint64_t, uint64_t>> byUse;  // and where it starts
  for (const auto& [start, block] : blocks_) {
    if (block.passing == passing) byUse.emplace_back(block.used, start);
  }
  std::sort(byUse.begin(), byUse.end());
  for (const auto& [used, start] : byUse) {
    if (held_ <= most) return;
    held_ -= blocks_.at(start).bytes->size();
    blocks_.erase(start);
  }
}

RangeCache::Missing RangeCache::takeMissing() {
  std::lock_guard<std::mutex> lock(mutex_);
  return std::exchange(missing_, {});
}

}  // namespace spikelab
