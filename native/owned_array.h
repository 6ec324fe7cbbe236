// A heap array that is not initialised: for results of known size that are written once. Handed to JavaScript as it is.
#pragma once

#include <cstddef>
#include <limits>
#include <memory>
#include <new>
#include <span>

#include "large_memory.h"

namespace spikelab {

template <typename T>
class OwnedArray {
 public:
  OwnedArray() = default;
  explicit OwnedArray(size_t length) : length_(length) {
    if (length > std::numeric_limits<size_t>::max() / sizeof(T)) throw std::bad_alloc();
    data_.reset(static_cast<T*>(allocateLarge(length == 0 ? sizeof(T) : length * sizeof(T))));
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
  std::unique_ptr<T, Free> data_;
  size_t length_ = 0;
};

}  // namespace spikelab
