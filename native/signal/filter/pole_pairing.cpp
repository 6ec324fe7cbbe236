#include "pole_pairing.h"

#include <algorithm>
#include <limits>
#include <numeric>

namespace spikelab {
namespace {

using Roots = std::vector<Complex>;

// scipy's _cplxreal: one of each conjugate pair (positive imaginary part), sorted, then the real ones.
Roots halves(Roots z) {
  const double tolerance = 100 * std::numeric_limits<double>::epsilon();
  std::stable_sort(z.begin(), z.end(), [](Complex a, Complex b) {
    return a.real() != b.real() ? a.real() < b.real() : std::abs(a.imag()) < std::abs(b.imag());
  });
  Roots up, down, real;
  for (const Complex& v : z) {
    if (std::abs(v.imag()) <= tolerance * std::abs(v))
      real.push_back(v.real());
    else
      (v.imag() > 0 ? up : down).push_back(v);
  }
  // runs of (nearly) the same real part are ordered by their imaginary parts, so that conjugates face each other
  const auto byImaginary = [](Complex a, Complex b) { return std::abs(a.imag()) < std::abs(b.imag()); };
  for (size_t start = 0, i = 0; i < up.size(); i++) {
    if (i + 1 < up.size() && up[i + 1].real() - up[i].real() <= tolerance * std::abs(up[i])) continue;
    std::stable_sort(up.begin() + start, up.begin() + i + 1, byImaginary);
    std::stable_sort(down.begin() + start, down.begin() + i + 1, byImaginary);
    start = i + 1;
  }
  Roots out;
  for (size_t i = 0; i < up.size(); i++) {
    out.push_back({(up[i].real() + down[i].real()) / 2, (up[i].imag() - down[i].imag()) / 2});
  }
  out.insert(out.end(), real.begin(), real.end());
  return out;
}

enum class Kind { kAny, kReal, kComplex };

bool fits(Complex v, Kind kind) {
  return kind == Kind::kAny || isReal(v) == (kind == Kind::kReal);
}

Complex take(Roots& roots, size_t index) {
  const Complex value = roots[index];
  roots.erase(roots.begin() + static_cast<std::ptrdiff_t>(index));
  return value;
}

// The first of those for which `distance` is smallest.
template <typename Distance>
Complex takeLeast(Roots& roots, Kind kind, Distance distance) {
  size_t best = roots.size();
  for (size_t i = 0; i < roots.size(); i++) {
    if (fits(roots[i], kind) && (best == roots.size() || distance(roots[i]) < distance(roots[best]))) best = i;
  }
  return take(roots, best);
}

// "Worst" is the pole closest to the unit circle.
Complex takeWorst(Roots& poles, Kind kind) {
  return takeLeast(poles, kind, [](Complex p) { return std::abs(1 - std::abs(p)); });
}

Complex takeNearest(Roots& zeros, Complex to, Kind kind) {
  return takeLeast(zeros, kind, [&](Complex z) { return std::abs(z - to); });
}

// x² - (r + s) x + r s. numpy's sums start at 0, which makes -0 to 0.
std::array<double, 3> polynomial(Complex r, Complex s) {
  return {1, 0.0 + (-s.real() - r.real()), 0.0 + multiply(-r, -s).real()};
}

size_t realCount(const Roots& roots) {
  return static_cast<size_t>(std::count_if(roots.begin(), roots.end(), isReal));
}

Section makeSection(Roots& zeros, Roots& poles) {
  const Complex p1 = takeWorst(poles, Kind::kAny);
  Complex p2 = std::conj(p1), z1, z2;
  if (isReal(p1) && realCount(poles) == 0) {
    // the last real pole stands alone
    p2 = 0;
    z1 = takeNearest(zeros, p1, Kind::kReal);
    z2 = 0;
  } else if (poles.size() + 1 == zeros.size() && !isReal(p1) && realCount(poles) == 1 && realCount(zeros) == 1) {
    // the one real zero is left for the one real pole
    z1 = takeNearest(zeros, p1, Kind::kComplex);
    z2 = std::conj(z1);
  } else {
    if (isReal(p1)) p2 = takeWorst(poles, Kind::kReal);
    z1 = takeNearest(zeros, p1, Kind::kAny);
    z2 = isReal(z1) ? takeNearest(zeros, p1, Kind::kReal) : std::conj(z1);
  }
  const auto b = polynomial(z1, z2), a = polynomial(p1, p2);
  return {b[0], b[1], b[2], a[0], a[1], a[2]};
}

}  // namespace

Sos pairSections(std::vector<Complex> zeros, std::vector<Complex> poles, double gain) {
  if (poles.size() % 2 == 1) {
    poles.push_back(0);
    zeros.push_back(0);
  }
  Sos sos((poles.size() + 1) / 2);
  zeros = halves(std::move(zeros));
  poles = halves(std::move(poles));
  // the "worst" poles come last
  for (size_t i = sos.size(); i-- > 0;) sos[i] = makeSection(zeros, poles);
  for (size_t k = 0; k < 3; k++) sos[0][k] *= gain;
  return sos;
}

}  // namespace spikelab
