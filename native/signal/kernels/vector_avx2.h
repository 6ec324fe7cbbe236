// Four float64 a vector: AVX2 with FMA.

typedef __m256d Vector;
constexpr size_t kWidth = 4;

inline Vector load(const double* p) {
  return _mm256_loadu_pd(p);
}
inline void store(double* p, Vector v) {
  _mm256_storeu_pd(p, v);
}
// To memory that is not read again soon; p need not be aligned.
inline void storeFar(double* p, Vector v) {
  if (reinterpret_cast<uintptr_t>(p) % sizeof v == 0) {
    _mm256_stream_pd(p, v);
  } else {
    _mm256_storeu_pd(p, v);
  }
}
inline Vector all(double x) {
  return _mm256_set1_pd(x);
}
inline Vector fused(Vector a, Vector b, Vector c) {
  return _mm256_fmadd_pd(a, b, c);
}
inline Vector largest(Vector a, Vector b) {
  return _mm256_max_pd(a, b);
}
inline Vector smallest(Vector a, Vector b) {
  return _mm256_min_pd(a, b);
}
inline Vector magnitude(Vector v) {
  return _mm256_andnot_pd(_mm256_set1_pd(-0.0), v);
}
// max(top, |v|)
inline Vector largestMagnitude(Vector top, Vector v) {
  return largest(top, magnitude(v));
}
inline Vector measured(Vector v, Measure m) {
  const Vector keep = _mm256_castsi256_pd(_mm256_set1_epi64x(static_cast<long long>(m.keep)));
  const Vector flip = _mm256_castsi256_pd(_mm256_set1_epi64x(static_cast<long long>(m.flip)));
  return _mm256_xor_pd(_mm256_and_pd(v, keep), flip);
}
inline unsigned above(Vector a, Vector b) {
  return static_cast<unsigned>(_mm256_movemask_pd(_mm256_cmp_pd(a, b, _CMP_GT_OQ)));
}
// counts, and one more where a > b
inline Vector countAbove(Vector counts, Vector a, Vector b) {
  return _mm256_add_pd(counts, _mm256_and_pd(_mm256_cmp_pd(a, b, _CMP_GT_OQ), _mm256_set1_pd(1)));
}
template <typename T>
inline Vector convert(const T* p) {
  return _mm256_set_pd(static_cast<double>(p[3]), static_cast<double>(p[2]), static_cast<double>(p[1]),
                       static_cast<double>(p[0]));
}
template <>
inline Vector convert(const double* p) {
  return _mm256_loadu_pd(p);
}
template <>
inline Vector convert(const float* p) {
  return _mm256_cvtps_pd(_mm_loadu_ps(p));
}
template <>
inline Vector convert(const int32_t* p) {
  return _mm256_cvtepi32_pd(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p)));
}
template <>
inline Vector convert(const int16_t* p) {
  return _mm256_cvtepi32_pd(_mm_cvtepi16_epi32(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(p))));
}
template <>
inline Vector convert(const uint16_t* p) {
  return _mm256_cvtepi32_pd(_mm_cvtepu16_epi32(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(p))));
}
inline void transpose(Vector* v) {
  const Vector a = _mm256_unpacklo_pd(v[0], v[1]), b = _mm256_unpackhi_pd(v[0], v[1]);
  const Vector c = _mm256_unpacklo_pd(v[2], v[3]), d = _mm256_unpackhi_pd(v[2], v[3]);
  v[0] = _mm256_permute2f128_pd(a, c, 0x20);
  v[1] = _mm256_permute2f128_pd(b, d, 0x20);
  v[2] = _mm256_permute2f128_pd(a, c, 0x31);
  v[3] = _mm256_permute2f128_pd(b, d, 0x31);
}
// Streamed stores become visible to other threads.
inline void finishFar() {
  _mm_sfence();
}
