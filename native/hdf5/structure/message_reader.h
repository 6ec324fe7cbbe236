// The fields of a header message, one after the other, never beyond its end.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "bytes.h"

namespace spikelab::hdf5 {

class MessageReader {
 public:
  MessageReader(const unsigned char* data, size_t size) : at_(data), left_(size) {}

  bool skip(uint64_t bytes) {
    if (bytes > left_) return false;
    at_ += bytes;
    left_ -= bytes;
    return true;
  }
  // The next field; what is not there is 0, and nothing is left.
  uint64_t number(unsigned width) {
    const unsigned char* field = at_;
    if (skip(width)) return littleEndian(field, width);
    left_ = 0;
    whole_ = false;
    return 0;
  }
  // A text with its NUL, padded to a multiple of `unit` bytes.
  bool text(size_t unit) {
    const void* end = left_ == 0 ? nullptr : std::memchr(at_, 0, left_);
    if (end == nullptr) return false;
    const size_t length = static_cast<size_t>(static_cast<const unsigned char*>(end) - at_) + 1;
    return skip((length + unit - 1) / unit * unit);
  }
  bool whole() const { return whole_; }

 private:
  const unsigned char* at_;
  size_t left_;
  bool whole_ = true;
};

}  // namespace spikelab::hdf5
