// Complex arithmetic in numpy's order of operations. std::complex may divide by another algorithm, and filter
// coefficients must agree with scipy's to the last bit.
#pragma once

#include <cmath>
#include <complex>

namespace spikelab {

using Complex = std::complex<double>;

inline Complex multiply(Complex a, Complex b) {
  return {a.real() * b.real() - a.imag() * b.imag(), a.real() * b.imag() + a.imag() * b.real()};
}

// Smith's algorithm with one reciprocal.
inline Complex divide(Complex a, Complex b) {
  if (std::abs(b.real()) >= std::abs(b.imag())) {
    const double ratio = b.imag() / b.real();
    const double scale = 1.0 / (b.real() + b.imag() * ratio);
    return {(a.real() + a.imag() * ratio) * scale, (a.imag() - a.real() * ratio) * scale};
  }
  const double ratio = b.real() / b.imag();
  const double scale = 1.0 / (b.imag() + b.real() * ratio);
  return {(a.real() * ratio + a.imag()) * scale, (a.imag() * ratio - a.real()) * scale};
}

// As glibc's csqrt, which numpy calls, takes it: the standard libraries of other compilers go by way of the angle,
// whose rounding makes other coefficients. Of numbers that are far from overflow.
inline Complex squareRoot(Complex z) {
  const double re = z.real(), im = z.imag();
  if (im == 0) {
    const double root = std::sqrt(std::abs(re));
    return re < 0 ? Complex(0, std::copysign(root, im)) : Complex(root, std::copysign(0.0, im));
  }
  if (re == 0) {
    const double root = std::sqrt(0.5 * std::abs(im));
    return {root, std::copysign(root, im)};
  }
  const double size = std::hypot(re, im);
  const double larger = std::sqrt(0.5 * (size + std::abs(re)));
  const double smaller = std::abs(0.5 * (im / larger));
  return re > 0 ? Complex(larger, std::copysign(smaller, im)) : Complex(smaller, std::copysign(larger, im));
}

inline bool isReal(Complex z) {
  return z.imag() == 0;
}

}  // namespace spikelab
