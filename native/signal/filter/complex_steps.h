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

inline bool isReal(Complex z) {
  return z.imag() == 0;
}

}  // namespace spikelab
