// Two float64 a vector: NEON of 64-bit ARM, which always has fused multiply-add.

typedef float64x2_t Vector;
constexpr size_t kWidth = 2;

inline Vector load(const double* p) {
  return vld1q_f64(p);
}
inline void store(double* p, Vector v) {
  vst1q_f64(p, v);
}
// To memory that is not read again soon; p need not be aligned.
inline void storeFar(double* p, Vector v) {
  vst1q_f64(p, v);
}
inline Vector all(double x) {
  return vdupq_n_f64(x);
}
inline Vector fused(Vector a, Vector b, Vector c) {
  return vfmaq_f64(c, a, b);
}
inline Vector largest(Vector a, Vector b) {
  return vmaxnmq_f64(a, b);
}
inline Vector smallest(Vector a, Vector b) {
  return vminnmq_f64(a, b);
}
inline Vector magnitude(Vector v) {
  return vabsq_f64(v);
}
// max(top, |v|)
inline Vector largestMagnitude(Vector top, Vector v) {
  return largest(top, magnitude(v));
}
inline Vector measured(Vector v, Measure m) {
  const uint64x2_t kept = vandq_u64(vreinterpretq_u64_f64(v), vdupq_n_u64(m.keep));
  return vreinterpretq_f64_u64(veorq_u64(kept, vdupq_n_u64(m.flip)));
}
inline unsigned above(Vector a, Vector b) {
  const uint64x2_t bits = vcombine_u64(vcreate_u64(1), vcreate_u64(2));
  return static_cast<unsigned>(vaddvq_u64(vandq_u64(vcgtq_f64(a, b), bits)));
}
// counts, and one more where a > b
inline Vector countAbove(Vector counts, Vector a, Vector b) {
  const uint64x2_t one = vreinterpretq_u64_f64(vdupq_n_f64(1));
  return vaddq_f64(counts, vreinterpretq_f64_u64(vandq_u64(vcgtq_f64(a, b), one)));
}
template <typename T>
inline Vector convert(const T* p) {
  return Vector{static_cast<double>(p[0]), static_cast<double>(p[1])};
}
template <>
inline Vector convert(const double* p) {
  return vld1q_f64(p);
}
template <>
inline Vector convert(const float* p) {
  return vcvt_f64_f32(vld1_f32(p));
}
template <>
inline Vector convert(const int32_t* p) {
  return vcvtq_f64_s64(vmovl_s32(vld1_s32(p)));
}
// Two 16-bit samples in the lower half of a vector.
inline uint32x2_t pairOf16(const void* p) {
  uint32_t two;
  __builtin_memcpy(&two, p, sizeof two);
  return vset_lane_u32(two, vdup_n_u32(0), 0);
}
template <>
inline Vector convert(const int16_t* p) {
  const int32x4_t wide = vmovl_s16(vreinterpret_s16_u32(pairOf16(p)));
  return vcvtq_f64_s64(vmovl_s32(vget_low_s32(wide)));
}
template <>
inline Vector convert(const uint16_t* p) {
  const uint32x4_t wide = vmovl_u16(vreinterpret_u16_u32(pairOf16(p)));
  return vcvtq_f64_u64(vmovl_u32(vget_low_u32(wide)));
}
inline void transpose(Vector* v) {
  const Vector a = v[0], b = v[1];
  v[0] = vzip1q_f64(a, b);
  v[1] = vzip2q_f64(a, b);
}
inline void finishFar() {}
