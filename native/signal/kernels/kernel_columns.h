// Numbers of many channels compared sample by sample. Part of kernel_body.h.

// Rows of kWidth samples of 16 lanes, turned: from[t * fromStep + lane] to to[lane * toStep + t], and the way back.
inline void turnTile(const double* from, size_t fromStep, size_t fromCount, double* to, size_t toStep, size_t toCount) {
  for (size_t i = 0; i < fromCount; i += kWidth) {
    for (size_t k = 0; k < toCount; k += kWidth) {
      Vector v[kWidth];
      for (size_t j = 0; j < kWidth; j++) v[j] = load(from + (i + j) * fromStep + k);
      transpose(v);
      for (size_t j = 0; j < kWidth; j++) store(to + (k + j) * toStep + i, v[j]);
    }
  }
}
void toColumns(const double* tile, double* columns) {
  turnTile(tile, kLanes, kColumns, columns, kColumns, kLanes);
}
void fromColumns(const double* columns, double* tile) {
  turnTile(columns, kColumns, kLanes, tile, kLanes, kColumns);
}

void exchange(const Exchange* network, size_t count, double* columns) {
  for (size_t e = 0; e < count; e++) {
    double* const low = columns + network[e].low * kColumns;
    double* const high = columns + network[e].high * kColumns;
    for (size_t k = 0; k < kColumns; k += kWidth) {
      const Vector a = load(low + k), b = load(high + k);
      store(low + k, smallest(a, b));
      store(high + k, largest(a, b));
    }
  }
}
