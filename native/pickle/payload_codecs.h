// Bytes that pickle protocols 0 to 2 carry as text. Each decoder takes the text in pieces and writes the bytes it
// stands for; it never writes beyond the end it is given.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace spikelab {

// UTF-8 of characters up to U+00FF.
class Utf8ToBytes {
 public:
  explicit Utf8ToBytes(std::span<uint8_t> out) : out_(out) {}
  // False where the text stands for no bytes, or for more than there is room for.
  bool push(std::span<const uint8_t> stored);
  // Whether the text may end here, with every byte of the room written.
  bool complete() const { return previous_ < 0xc0 && written_ == out_.size(); }

 private:
  std::span<uint8_t> out_;
  size_t written_ = 0;
  uint8_t previous_ = 0;
};

// Latin-1 in which \u00XX and \U000000XX stand for the byte XX.
class RawUnicodeEscapeToBytes {
 public:
  explicit RawUnicodeEscapeToBytes(std::span<uint8_t> out) : out_(out) {}
  bool push(std::span<const uint8_t> stored);
  bool complete() const { return length_ == 0 && written_ == out_.size(); }

 private:
  bool put(uint8_t byte);
  bool escaped(uint8_t next);

  std::span<uint8_t> out_;
  size_t written_ = 0;
  // The escape that an earlier piece began: its characters so far, the digits it has, and their value.
  size_t length_ = 0;
  size_t digits_ = 0;
  uint32_t value_ = 0;
};

}  // namespace spikelab
