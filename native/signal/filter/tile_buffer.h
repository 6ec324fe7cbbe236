// Memory for tiles: rows of kLanes float64, aligned for the widest vectors.
#pragma once

#include <cstdlib>
#include <memory>
#include <new>

#include "samples.h"

namespace spikelab {

class TileBuffer {
 public:
  TileBuffer() = default;
  explicit TileBuffer(size_t rows) : rows_(rows) {
    const size_t bytes = (rows * kLanes * sizeof(double) + kAlignment - 1) / kAlignment * kAlignment;
    data_.reset(static_cast<double*>(std::aligned_alloc(kAlignment, bytes ? bytes : kAlignment)));
    if (!data_) throw std::bad_alloc();
  }

  double* row(size_t t) { return data_.get() + t * kLanes; }
  const double* row(size_t t) const { return data_.get() + t * kLanes; }
  size_t rows() const { return rows_; }

 private:
  static constexpr size_t kAlignment = 4096;
  struct Free {
    void operator()(double* p) const { std::free(p); }
  };
  size_t rows_ = 0;
  std::unique_ptr<double, Free> data_;
};

}  // namespace spikelab
