// The rows that a tile is filtered in: lent to one thread at a time and kept between calls, since fresh memory of this
// size costs a tenth of the filtering in page faults.
#pragma once

#include "samples.h"

namespace spikelab {

// Rows of kLanes float64, not initialised, aligned for the widest vectors. Throws std::bad_alloc.
class WorkRows {
 public:
  explicit WorkRows(size_t rows);
  ~WorkRows();
  WorkRows(const WorkRows&) = delete;
  WorkRows& operator=(const WorkRows&) = delete;

  double* row(size_t t) { return data_ + t * kLanes; }
  const double* row(size_t t) const { return data_ + t * kLanes; }

 private:
  size_t bytes_;
  double* data_;
};

}  // namespace spikelab
