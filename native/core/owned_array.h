// An array that is not initialised: for buffers, and for results of known size that are written once and handed to
// JavaScript as they are.
#pragma once

#include <cstddef>
#include <limits>
#include <memory>
#include <new>
#include <span>
#include <utility>

#include "large_memory.h"

namespace spikelab {

template <typename T>
class OwnedArray {
 public:
  OwnedArray() = default;
  OwnedArray(OwnedArray&& other) noexcept : length_(std::exchange(other.length_, 0)), data_(std::move(other.data_)) {}
  OwnedArray& operator=(OwnedArray&& other) noexcept {
    length_ = std::exchange(other.length_, 0);
    data_ = std::move(other.data_);
    return *this;
  }
  explicit OwnedArray(size_t length, size_t hugeFrom = kLargeResult) : length_(length) {
    if (length > std::numeric_limits<size_t>::max() / sizeof(T)) throw std::bad_alloc();
    data_.reset(static_cast<T*>(allocateLarge(length == 0 ? sizeof(T) : length * sizeof(T), hugeFrom)));
    if (!data_) throw std::bad_alloc();
  }

  T* data() { return data_.get(); }
  const T* data() const { return data_.get(); }
  size_t length() const { return length_; }
  T& operator[](size_t index) { return data_.get()[index]; }
  const T& operator[](size_t index) const { return data_.get()[index]; }
  std::span<T> span() { return {data_.get(), length_}; }

  // Gives the memory away; free it with freeLarge.
  T* release() {
    length_ = 0;
    return data_.release();
  }

 private:
  struct Free {
    void operator()(T* data) const { freeLarge(data); }
  };
  size_t length_ = 0;
  std::unique_ptr<T, Free> data_;
};

// Bytes that are read from files, or decoded.
struct FileBuffer : OwnedArray<char> {
  FileBuffer() = default;
  explicit FileBuffer(size_t bytes) : OwnedArray(bytes, kLargeBuffer) {}
};

}  // namespace spikelab
