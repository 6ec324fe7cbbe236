// Eight float64 a vector: AVX-512 (F, DQ, BW, VL).

typedef __m512d Vector;
#define SPIKELAB_SHORTS 1
constexpr size_t kWidth = 8;

inline Vector load(const double* p) {
  return _mm512_loadu_pd(p);
}
inline void store(double* p, Vector v) {
  _mm512_storeu_pd(p, v);
}
// To memory that is not read again soon; p need not be aligned.
inline void storeFar(double* p, Vector v) {
  if (reinterpret_cast<uintptr_t>(p) % sizeof v == 0) {
    _mm512_stream_pd(p, v);
  } else {
    _mm512_storeu_pd(p, v);
  }
}
inline Vector all(double x) {
  return _mm512_set1_pd(x);
}
inline Vector fused(Vector a, Vector b, Vector c) {
  return _mm512_fmadd_pd(a, b, c);
}
inline Vector largest(Vector a, Vector b) {
  return _mm512_maskz_max_pd(0xff, a, b);
}
inline Vector smallest(Vector a, Vector b) {
  return _mm512_maskz_min_pd(0xff, a, b);
}
// max(top, |v|)
inline Vector largestMagnitude(Vector top, Vector v) {
  return _mm512_range_pd(top, v, 0b1011);
}
inline Vector measured(Vector v, Measure m) {
  const __m512i keep = _mm512_set1_epi64(static_cast<long long>(m.keep));
  const __m512i flip = _mm512_set1_epi64(static_cast<long long>(m.flip));
  // (v & keep) ^ flip
  return _mm512_castsi512_pd(_mm512_ternarylogic_epi64(_mm512_castpd_si512(v), keep, flip, 0x6a));
}
inline unsigned above(Vector a, Vector b) {
  return _mm512_cmp_pd_mask(a, b, _CMP_GT_OQ);
}
// counts, and one more where a > b
inline Vector countAbove(Vector counts, Vector a, Vector b) {
  return _mm512_mask_add_pd(counts, _mm512_cmp_pd_mask(a, b, _CMP_GT_OQ), counts, _mm512_set1_pd(1));
}
template <typename T>
inline Vector convert(const T* p) {
  return _mm512_set_pd(static_cast<double>(p[7]), static_cast<double>(p[6]), static_cast<double>(p[5]),
                       static_cast<double>(p[4]), static_cast<double>(p[3]), static_cast<double>(p[2]),
                       static_cast<double>(p[1]), static_cast<double>(p[0]));
}
template <>
inline Vector convert(const double* p) {
  return _mm512_loadu_pd(p);
}
template <>
inline Vector convert(const float* p) {
  return _mm512_maskz_cvtps_pd(0xff, _mm256_loadu_ps(p));
}
template <>
inline Vector convert(const int32_t* p) {
  return _mm512_maskz_cvtepi32_pd(0xff, _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p)));
}
template <>
inline Vector convert(const int16_t* p) {
  const __m128i narrow = _mm_loadu_si128(reinterpret_cast<const __m128i*>(p));
  return _mm512_maskz_cvtepi32_pd(0xff, _mm256_cvtepi16_epi32(narrow));
}
template <>
inline Vector convert(const uint16_t* p) {
  const __m128i narrow = _mm_loadu_si128(reinterpret_cast<const __m128i*>(p));
  return _mm512_maskz_cvtepi32_pd(0xff, _mm256_cvtepu16_epi32(narrow));
}
inline void transpose(Vector* v) {
  Vector a[8], b[8];
  for (int i = 0; i < 8; i += 2) {
    a[i] = _mm512_maskz_unpacklo_pd(0xff, v[i], v[i + 1]);
    a[i + 1] = _mm512_maskz_unpackhi_pd(0xff, v[i], v[i + 1]);
  }
  for (int i = 0; i < 8; i += 4) {
    for (int k = 0; k < 2; k++) {
      b[i + k] = _mm512_maskz_shuffle_f64x2(0xff, a[i + k], a[i + k + 2], 0x88);
      b[i + k + 2] = _mm512_maskz_shuffle_f64x2(0xff, a[i + k], a[i + k + 2], 0xdd);
    }
  }
  for (int i = 0; i < 4; i++) {
    v[i] = _mm512_maskz_shuffle_f64x2(0xff, b[i], b[i + 4], 0x88);
    v[i + 4] = _mm512_maskz_shuffle_f64x2(0xff, b[i], b[i + 4], 0xdd);
  }
}
// Samples of 16-bit series that turnShorts() takes at once.
constexpr size_t kShorts = 32;
// kShorts samples of eight series, each 16 bits: sample t of all eight at out[shortsAt(t)].
constexpr size_t shortsAt(size_t t) {
  return t % 8 * kShorts + t / 8 * 8;
}
inline void turnShorts(const void* const* rows, size_t t, uint16_t* out) {
  __m512i a[8], b[8];
  for (int k = 0; k < 8; k++) {
    const uint16_t* row = static_cast<const uint16_t*>(rows[k]) + t;
    __builtin_prefetch(reinterpret_cast<const char*>(row) + 512);
    a[k] = _mm512_loadu_si512(row);
  }
  for (int k = 0; k < 4; k++) {
    b[2 * k] = _mm512_unpacklo_epi16(a[2 * k], a[2 * k + 1]);
    b[2 * k + 1] = _mm512_unpackhi_epi16(a[2 * k], a[2 * k + 1]);
  }
  for (int k = 0; k < 4; k++) {
    const int low = k / 2 * 4 + k % 2;
    a[2 * k] = _mm512_maskz_unpacklo_epi32(0xffff, b[low], b[low + 2]);
    a[2 * k + 1] = _mm512_maskz_unpackhi_epi32(0xffff, b[low], b[low + 2]);
  }
  for (int k = 0; k < 4; k++) {
    b[2 * k] = _mm512_maskz_unpacklo_epi64(0xff, a[k], a[k + 4]);
    b[2 * k + 1] = _mm512_maskz_unpackhi_epi64(0xff, a[k], a[k + 4]);
  }
  for (int k = 0; k < 8; k++) _mm512_store_si512(out + k * kShorts, b[k]);
}
// Streamed stores become visible to other threads.
inline void finishFar() {
  _mm_sfence();
}
