// Two float64 a vector, by the compiler's own vector types: SSE2 on x86, plain code where there is nothing like it.

typedef double Vector __attribute__((vector_size(16)));
typedef int64_t Bits __attribute__((vector_size(16)));
constexpr size_t kWidth = 2;

inline Vector load(const double* p) {
  Vector v;
  __builtin_memcpy(&v, p, sizeof v);
  return v;
}
inline void store(double* p, Vector v) {
  __builtin_memcpy(p, &v, sizeof v);
}
// To memory that is not read again soon; p need not be aligned.
inline void storeFar(double* p, Vector v) {
  __builtin_memcpy(p, &v, sizeof v);
}
inline Vector all(double x) {
  return Vector{x, x};
}
inline Vector fused(Vector a, Vector b, Vector c) {
  return a * b + c;
}
inline Vector largest(Vector a, Vector b) {
  return a > b ? a : b;
}
inline Vector smallest(Vector a, Vector b) {
  return a < b ? a : b;
}
inline Vector magnitude(Vector v) {
  return reinterpret_cast<Vector>(reinterpret_cast<Bits>(v) & Bits{INT64_MAX, INT64_MAX});
}
// max(top, |v|)
inline Vector largestMagnitude(Vector top, Vector v) {
  return largest(top, magnitude(v));
}
inline Vector measured(Vector v, Measure m) {
  const Bits keep = {static_cast<int64_t>(m.keep), static_cast<int64_t>(m.keep)};
  const Bits flip = {static_cast<int64_t>(m.flip), static_cast<int64_t>(m.flip)};
  return reinterpret_cast<Vector>((reinterpret_cast<Bits>(v) & keep) ^ flip);
}
inline unsigned above(Vector a, Vector b) {
  return (a[0] > b[0] ? 1u : 0u) | (a[1] > b[1] ? 2u : 0u);
}
// counts, and one more where a > b
inline Vector countAbove(Vector counts, Vector a, Vector b) {
  return counts + (a > b ? all(1) : all(0));
}
template <typename T>
inline Vector convert(const T* p) {
  return Vector{static_cast<double>(p[0]), static_cast<double>(p[1])};
}
inline void transpose(Vector* v) {
  const Vector a = v[0], b = v[1];
  v[0] = Vector{a[0], b[0]};
  v[1] = Vector{a[1], b[1]};
}
inline void finishFar() {}
