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

inline void exchangeTwo(Vector& low, Vector& high) {
  const Vector a = low, b = high;
  low = smallest(a, b);
  high = largest(a, b);
}

// 60 exchanges sort 16 numbers (Green 1969; Knuth, The Art of Computer Programming 3, 5.3.4).
constexpr unsigned char kSorter[60][2] = {
    {0, 13},  {1, 12}, {2, 15},  {3, 14},  {4, 8},   {5, 6}, {7, 11},  {9, 10},  {0, 5},   {1, 7},   {2, 9},   {3, 4},
    {6, 13},  {8, 14}, {10, 15}, {11, 12}, {0, 1},   {2, 3}, {4, 5},   {6, 8},   {7, 9},   {10, 11}, {12, 13}, {14, 15},
    {0, 2},   {1, 3},  {4, 10},  {5, 11},  {6, 7},   {8, 9}, {12, 14}, {13, 15}, {1, 2},   {3, 12},  {4, 6},   {5, 7},
    {8, 10},  {9, 11}, {13, 14}, {1, 4},   {2, 6},   {5, 8}, {7, 10},  {9, 13},  {11, 14}, {2, 4},   {3, 6},   {9, 12},
    {11, 13}, {3, 5},  {6, 8},   {7, 9},   {10, 12}, {3, 4}, {5, 6},   {7, 8},   {9, 10},  {11, 12}, {6, 7},   {8, 9}};

// By templates, so that all 16 stay in registers.
template <size_t kStep>
[[gnu::always_inline]] inline void sortFrom(Vector* v) {
  if constexpr (kStep < 60) {
    exchangeTwo(v[kSorter[kStep][0]], v[kSorter[kStep][1]]);
    sortFrom<kStep + 1>(v);
  }
}

// Of numbers that rise and then fall, or fall and then rise.
template <size_t kStep>
[[gnu::always_inline]] inline void sortTurningFrom(Vector* v) {
  if constexpr (kStep < 32) {
    constexpr size_t apart = 8 >> kStep / 8, nth = kStep % 8;
    constexpr size_t low = nth / apart * 2 * apart + nth % apart;
    exchangeTwo(v[low], v[low + apart]);
    sortTurningFrom<kStep + 1>(v);
  }
}

inline void loadBlock(const double* rows, Vector* v) {
  for (size_t i = 0; i < kBlockRows; i++) v[i] = load(rows + i * kColumns);
}
inline void storeBlock(double* rows, const Vector* v) {
  for (size_t i = 0; i < kBlockRows; i++) store(rows + i * kColumns, v[i]);
}

void sortBlocks(double* columns, size_t blocks) {
  for (size_t b = 0; b < blocks; b++) {
    for (size_t k = 0; k < kColumns; k += kWidth) {
      double* const rows = columns + b * kBlockRows * kColumns + k;
      Vector v[kBlockRows];
      loadBlock(rows, v);
      sortFrom<0>(v);
      storeBlock(rows, v);
    }
  }
}

// Of two sorted blocks the 16 smaller numbers are the smaller ones of each and its opposite.
template <bool kEnds>
inline void split(const Split& split, double* lowRows, double* highRows) {
  Vector v[kBlockRows];
  Vector top = load(lowRows), bottom = load(highRows + (kBlockRows - 1) * kColumns);
  if constexpr (kEnds) exchangeTwo(top, bottom);
  for (size_t i = 0; i < kBlockRows; i++) {
    double* const opposite = highRows + (kBlockRows - 1 - i) * kColumns;
    const Vector a = load(lowRows + i * kColumns), b = load(opposite);
    v[i] = smallest(a, b);
    const Vector larger = largest(a, b);
    if constexpr (kEnds) {
      top = largest(top, v[i]);
      bottom = smallest(bottom, larger);
    }
    store(opposite, larger);
  }
  if (split.low == Want::kAll) {
    sortTurningFrom<0>(v);
    storeBlock(lowRows, v);
  } else if (split.low == Want::kEnd) {
    store(lowRows + (kBlockRows - 1) * kColumns, top);
  }
  if (split.high == Want::kAll) {
    loadBlock(highRows, v);
    sortTurningFrom<0>(v);
    storeBlock(highRows, v);
  } else if (split.high == Want::kEnd) {
    store(highRows, bottom);
  }
}

void splitBlocks(const Split* splits, size_t count, double* columns) {
  for (size_t s = 0; s < count; s++) {
    double* const low = columns + splits[s].lowBlock * kBlockRows * kColumns;
    double* const high = columns + splits[s].highBlock * kBlockRows * kColumns;
    const bool ends = splits[s].low == Want::kEnd || splits[s].high == Want::kEnd;
    for (size_t k = 0; k < kColumns; k += kWidth) {
      ends ? split<true>(splits[s], low + k, high + k) : split<false>(splits[s], low + k, high + k);
    }
  }
}

bool gather(const uint32_t* from, size_t count, const double* rows, double* columns) {
  Vector sums[kColumns / kWidth];
  for (size_t k = 0; k < kColumns; k += kWidth) sums[k / kWidth] = all(0);
  for (size_t i = 0; i < count; i++) {
    for (size_t k = 0; k < kColumns; k += kWidth) {
      const Vector v = load(rows + from[i] * kColumns + k);
      sums[k / kWidth] = sums[k / kWidth] + v;
      store(columns + i * kColumns + k, v);
    }
  }
  alignas(64) double sum[kColumns];
  bool sound = true;
  for (size_t k = 0; k < kColumns; k += kWidth) store(sum + k, sums[k / kWidth]);
  for (size_t k = 0; k < kColumns; k++) sound = sound && sum[k] == sum[k];
  return sound;
}

void takeOff(const double* shifts, const uint32_t* of, size_t count, const double* rows, double* out) {
  for (size_t i = 0; i < count; i++) {
    for (size_t k = 0; k < kColumns; k += kWidth) {
      store(out + of[i] * kColumns + k, load(rows + of[i] * kColumns + k) - load(shifts + k));
    }
  }
}

void takeOffAll(const double* shifts, size_t count, double* tile) {
  for (size_t t = 0; t < count; t++) {
    const Vector shift = all(shifts[t]);
    for (size_t k = 0; k < kLanes; k += kWidth) store(tile + t * kLanes + k, load(tile + t * kLanes + k) - shift);
  }
}
