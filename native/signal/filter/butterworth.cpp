#include "butterworth.h"

#include <numbers>

#include "complex_steps.h"
#include "pole_pairing.h"

namespace spikelab {
namespace {

struct Zpk {
  std::vector<Complex> zeros, poles;
  double gain;
};

// scipy's buttap: poles on the left half of the unit circle.
Zpk prototype(int order) {
  Zpk f{{}, {}, 1};
  for (int m = -order + 1; m < order; m += 2) {
    const double angle = std::numbers::pi * m * (1.0 / (2 * order));
    f.poles.push_back({-std::cos(angle), -std::sin(angle)});
  }
  return f;
}

double prewarp(double cutoff) {
  return 4.0 * std::tan(std::numbers::pi * cutoff / 2.0);
}

Complex product(const std::vector<Complex>& values, double from, double sign) {
  Complex out = 1;
  for (const Complex& v : values) out = multiply(out, {from + sign * v.real(), sign * v.imag()});
  return out;
}

void toLowpass(Zpk& f, double cutoff) {
  for (Complex& p : f.poles) p = {cutoff * p.real(), cutoff * p.imag()};
  f.gain *= std::pow(cutoff, static_cast<double>(f.poles.size()));
}

void toHighpass(Zpk& f, double cutoff) {
  f.gain *= divide(1, product(f.poles, 0, -1)).real();
  for (Complex& p : f.poles) p = divide(cutoff, p);
  f.zeros.assign(f.poles.size(), 0);
}

void toBandpass(Zpk& f, double low, double high) {
  const double width = high - low;
  // as the library's pow, which numpy calls, rounds it: a known exponent would be compiled to a product
  const volatile double two = 2;
  const double centreSquared = std::pow(std::sqrt(low * high), two);
  const size_t degree = f.poles.size();
  std::vector<Complex> upper, lower;
  for (const Complex& p : f.poles) {
    // as complex by complex, in numpy's steps: the sign of a zero imaginary part decides the branch of the root
    const Complex q = divide(multiply(p, width), 2);
    const Complex square = multiply(q, q);
    const Complex root = squareRoot({square.real() - centreSquared, square.imag()});
    upper.push_back(q + root);
    lower.push_back(q - root);
  }
  f.poles = upper;
  f.poles.insert(f.poles.end(), lower.begin(), lower.end());
  f.zeros.assign(degree, 0);
  f.gain *= std::pow(width, static_cast<double>(degree));
}

// s to z plane at a sampling rate of 2, which makes the Nyquist frequency 1.
void bilinear(Zpk& f) {
  const double twice = 4;
  const size_t degree = f.poles.size() - f.zeros.size();
  f.gain *= divide(product(f.zeros, twice, -1), product(f.poles, twice, -1)).real();
  const auto map = [&](Complex s) { return divide({twice + s.real(), s.imag()}, {twice - s.real(), -s.imag()}); };
  for (Complex& z : f.zeros) z = map(z);
  for (Complex& p : f.poles) p = map(p);
  // zeros at infinity come to lie at the Nyquist frequency
  f.zeros.insert(f.zeros.end(), degree, -1.0);
}

}  // namespace

Sos designButterworth(int order, double low, double high) {
  Zpk f = prototype(order);
  if (low == 0) {
    toLowpass(f, prewarp(high));
  } else if (high == 0) {
    toHighpass(f, prewarp(low));
  } else {
    toBandpass(f, prewarp(low), prewarp(high));
  }
  bilinear(f);
  return pairSections(std::move(f.zeros), std::move(f.poles), f.gain);
}

}  // namespace spikelab
