// Where elements go as they are read: converted to numbers of one type, or kept as they are stored.
#pragma once

#include <cstring>

#include "convert.h"

namespace spikelab::hdf5 {

class Target {
 public:
  // Numbers of `type` become `element`s.
  Target(const Type& type, Element element, char* into)
      : type_(&type),
        element_(element),
        into_(into),
        storedBytes_(type.size),
        bytes_(elementBytes(element)),
        direct_(storedAsUsed(type, element)) {}
  // Elements of any type as they are stored.
  Target(const Type& type, char* into)
      : type_(&type), into_(into), storedBytes_(type.size), bytes_(type.size), direct_(true) {}

  size_t storedBytes() const { return storedBytes_; }
  // Whether stored bytes are the result: then they may be read straight to at().
  bool direct() const { return direct_; }
  char* at(uint64_t element) const { return into_ + element * bytes_; }

  void put(const char* stored, uint64_t first, uint64_t count) const {
    if (direct_) {
      std::memcpy(at(first), stored, count * bytes_);
    } else {
      convertNumbers(*type_, stored, element_, at(first), count);
    }
  }

 private:
  const Type* type_;
  Element element_ = Element::kFloat64;
  char* into_;
  size_t storedBytes_;
  size_t bytes_;
  bool direct_;
};

}  // namespace spikelab::hdf5
