// The one lock around libhdf5, ownership of its identifiers, and its error stack as text.
#pragma once

#include <cstdint>
#include <mutex>
#include <string>
#include <utility>

#include "api.h"

namespace spikelab::hdf5 {

// libhdf5 serialises its callers at best (and not at all where it is built without threads), so each use of it holds
// this lock. It is held for metadata and for the few kinds of data that only libhdf5 decodes, in pieces: never for a
// whole read.
class LibraryLock {
 public:
  LibraryLock();

 private:
  std::unique_lock<std::recursive_mutex> held_;
};

// What libhdf5 says about its last failure: the innermost entry of its error stack. Clears the stack.
std::string errorText();

// Owns one identifier of libhdf5.
class Handle {
 public:
  using Close = herr_t (*)(hid_t);

  Handle() = default;
  Handle(hid_t id, Close close) : id_(id), close_(close) {}
  Handle(Handle&& other) noexcept { swap(other); }
  Handle& operator=(Handle&& other) noexcept {
    Handle moved(std::move(other));
    swap(moved);
    return *this;
  }
  ~Handle();

  hid_t get() const { return id_; }
  explicit operator bool() const { return id_ >= 0; }

 private:
  void swap(Handle& other) noexcept {
    std::swap(id_, other.id_);
    std::swap(close_, other.close_);
  }

  hid_t id_ = -1;
  Close close_ = nullptr;
};

}  // namespace spikelab::hdf5
