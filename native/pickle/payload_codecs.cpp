#include "payload_codecs.h"

#include <algorithm>
#include <cstring>

namespace spikelab {

bool Utf8ToBytes::push(std::span<const uint8_t> stored) {
  uint8_t* out = out_.data() + written_;
  uint32_t previous = previous_, broken = 0;
  size_t at = 0;
  const auto step = [&](uint32_t byte) {
    const uint32_t high = byte >> 7, second = byte >> 6 & 1;
    const uint32_t lead = high & second, continuation = high & ~second & 1;
    const uint32_t expected = previous >> 7 & previous >> 6 & 1;
    // a continuation byte takes bit 6 from its lead byte, C2 or C3
    out[at] = static_cast<uint8_t>(byte | (previous & continuation) << 6);
    broken |= (expected ^ continuation) | (-lead & ((byte >> 1) ^ 0x61));
    at += 1 - lead;
    previous = byte;
  };
  // No branch looks at the data: in numbers each would be a coin toss. Before each block there is room for all of it.
  constexpr size_t kBlock = 4096;
  size_t i = 0;
  for (size_t room = out_.size() - written_; i < stored.size() && at + kBlock <= room;) {
    const size_t end = std::min(stored.size(), i + kBlock);
    for (; i < end; i++) step(stored[i]);
  }
  for (const size_t room = out_.size() - written_; i < stored.size(); i++) {
    if (at == room) {
      // a lead byte writes nothing that stays, but its continuation would be one byte too many
      return false;
    }
    step(stored[i]);
  }
  written_ += at;
  previous_ = static_cast<uint8_t>(previous);
  return broken == 0;
}

bool RawUnicodeEscapeToBytes::put(uint8_t byte) {
  if (written_ == out_.size()) return false;
  out_[written_++] = byte;
  return true;
}

bool RawUnicodeEscapeToBytes::escaped(uint8_t next) {
  if (length_ == 1) {
    digits_ = next == 'u' ? 4 : next == 'U' ? 8 : 0;
    length_ = digits_ ? 2 : 0;
    value_ = 0;
    // a backslash that begins no code point stands for itself, and so does what follows it
    return digits_ || (put('\\') && put(next));
  }
  const int digit = next >= '0' && next <= '9'   ? next - '0'
                    : next >= 'a' && next <= 'f' ? next - 'a' + 10
                    : next >= 'A' && next <= 'F' ? next - 'A' + 10
                                                 : -1;
  if (digit < 0) return false;
  value_ = value_ << 4 | static_cast<uint32_t>(digit);
  if (++length_ < 2 + digits_) return true;
  length_ = 0;
  return value_ < 256 && put(static_cast<uint8_t>(value_));
}

bool RawUnicodeEscapeToBytes::push(std::span<const uint8_t> stored) {
  while (!stored.empty()) {
    if (length_ > 0) {
      if (!escaped(stored[0])) return false;
      stored = stored.subspan(1);
      continue;
    }
    const void* found = std::memchr(stored.data(), '\\', stored.size());
    const size_t run = found ? static_cast<size_t>(static_cast<const uint8_t*>(found) - stored.data()) : stored.size();
    if (run > out_.size() - written_) return false;
    if (run > 0) std::memcpy(out_.data() + written_, stored.data(), run);
    written_ += run;
    if (found) length_ = 1;
    stored = stored.subspan(std::min(stored.size(), run + 1));
  }
  return true;
}

}  // namespace spikelab
