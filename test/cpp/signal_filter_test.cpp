// Filter design and filtering: against what scipy gave (fixtures/signal/filters.txt), and against a scalar
// sosfiltfilt on recordings of every layout.
#include <cstdio>
#include <fstream>
#include <string>

#include "check.h"
#include "recordings.h"
#include "scalar_reference.h"
#include "signal/filter/butterworth.h"
#include "signal/filter/complex_steps.h"
#include "signal/filter/filter_plan.h"
#include "signal/kernels/kernels.h"

using namespace spikelab;

namespace {

bool near(double a, double b, double tolerance) {
  return std::abs(a - b) <= tolerance;
}

double rms(const std::vector<double>& y) {
  double sum = 0;
  for (const double v : y) sum += v * v;
  return std::sqrt(sum / static_cast<double>(y.size()));
}

std::vector<double> filterOne(const std::vector<double>& x, const Sos& sos) {
  const Recording recording{ElementType::kFloat64, {x}};
  std::vector<double> out(x.size());
  Control control;
  filterTraces(Piece(recording, {}).view(), sos, 1, control, out.data());
  return out;
}

void scipysDesignsAndOutput() {
  std::ifstream file(SPIKELAB_FIXTURES "/signal/filters.txt");
  size_t designs = 0, samples = 0;
  CHECK(file >> designs >> samples);
  std::vector<double> x(samples), wanted(samples);
  for (double& v : x) file >> v;
  for (size_t d = 0; d < designs; d++) {
    double order = 0, low = 0, high = 0, fs = 0;
    size_t sections = 0, padding = 0;
    CHECK(file >> order >> low >> high >> fs >> sections >> padding);
    const Sos made = designButterworth(static_cast<int>(order), low / fs * 2, high / fs * 2);
    const auto steady = steadyState(made);
    CHECK(made.size() == sections);
    CHECK(defaultPadding(made) == padding);
    Sos sos(sections);
    for (size_t k = 0; k < sections; k++) {
      double z[2];
      for (double& v : sos[k]) CHECK(file >> v);
      CHECK(file >> z[0] >> z[1]);
      // the last digits of the tangent depend on the mathematical library
      for (size_t i = 0; i < 6; i++) CHECK(near(made[k][i], sos[k][i], 1e-13 * std::max(1.0, std::abs(sos[k][i]))));
      const auto theirs = steadyState(sos)[k];
      for (size_t i = 0; i < 2; i++) {
        CHECK(near(theirs[i], z[i], 1e-9 * std::max(1.0, std::abs(z[i]))));
        CHECK(near(steady[k][i], z[i], 1e-6 * std::max(1.0, std::abs(z[i]))));
      }
    }
    for (double& v : wanted) CHECK(file >> v);
    // scipy's own sections: both the scalar reference and the kernels give scipy's output
    const std::vector<double> plain = scalar::sosfiltfilt(sos, x), ours = filterOne(x, sos);
    const double scale = std::max(rms(wanted), 1e-9 * rms(x));
    for (size_t t = 0; t < samples; t++) {
      CHECK(near(plain[t], wanted[t], 1e-12 * scale));
      CHECK(near(ours[t], wanted[t], 1e-12 * scale));
    }
  }
}

std::vector<double> filterAll(const Piece& piece, const Sos& sos, size_t threads) {
  std::vector<double> out(piece.view().channels * piece.view().samples);
  Control control;
  filterTraces(piece.view(), sos, threads, control, out.data());
  return out;
}

// Any type, layout and instruction set gives the scalar filter's output; the number of threads changes no bit.
void scalarOutput(Random& random) {
  const Sos filters[] = {designButterworth(3, 0.03, 0.6), designButterworth(2, 0, 0.2), designButterworth(4, 0.05, 0),
                         designButterworth(1, 0.1, 0.5), designButterworth(5, 0.02, 0.4)};
  const Kernels* kernels[3];
  const size_t available = availableKernels(kernels);
  for (int round = 0; round < 30; round++) {
    const auto type = static_cast<ElementType>(round % 10);
    const Sos& sos = filters[draw(random, std::size(filters))];
    const size_t channels = 1 + draw(random, 40), samples = 40 + draw(random, channels < 3 ? 50000 : 3000);
    const Recording recording = makeRecording(random, type, channels, samples);
    const Piece piece(recording, {draw(random, 2) == 0, draw(random, 3)});
    setenv("SPIKELAB_ISA", kernels[draw(random, available)]->name, 1);
    const std::vector<double> once = filterAll(piece, sos, 1);
    CHECK(filterAll(piece, sos, 2 + draw(random, 3)) == once);
    for (size_t c = 0; c < channels; c++) {
      const std::vector<double> wanted = scalar::sosfiltfilt(sos, recording.channels[c]);
      const double scale = rms(wanted);
      for (size_t t = 0; t < samples; t++) CHECK(near(once[c * samples + t], wanted[t], 1e-12 * scale));
    }
  }
}

// libstdc++ calls csqrt; those of other compilers and C libraries take other steps.
void squareRootsOfGlibc([[maybe_unused]] Random& random) {
#if defined(__GLIBCXX__) && defined(__GLIBC__)
  std::normal_distribution<double> gauss(0, 1);
  for (int i = 0; i < 100'000; i++) {
    Complex z(gauss(random) * std::exp(8 * gauss(random)), gauss(random) * std::exp(8 * gauss(random)));
    if (i % 17 == 0) z.imag(i % 2 ? 0.0 : -0.0);
    if (i % 23 == 0) z.real(i % 2 ? 0.0 : -0.0);
    const Complex ours = squareRoot(z), theirs = std::sqrt(z);
    CHECK(ours == theirs && std::signbit(ours.real()) == std::signbit(theirs.real()) &&
          std::signbit(ours.imag()) == std::signbit(theirs.imag()));
  }
#endif
}

}  // namespace

int main() {
  Random random(1);
  squareRootsOfGlibc(random);
  scipysDesignsAndOutput();
  scalarOutput(random);
  std::puts("signal filters: all passed");
}
