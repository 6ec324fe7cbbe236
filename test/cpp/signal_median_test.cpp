// Medians and median absolute deviations of values that go by several times, against sorting them all: noise, few
// distinct values, gaps where the middle is, values closer to each other than to anything; in parts and in little
// memory.
#include <malloc.h>

#include <cstdio>
#include <cstdlib>
#include <functional>
#include <new>
#include <string>

#include "check.h"
#include "recordings.h"
#include "scalar_reference.h"
#include "signal/noise/noise_finder.h"

namespace {
size_t allocated = 0;
}

void* operator new(size_t bytes) {
  void* const p = std::malloc(bytes);
  if (!p) throw std::bad_alloc();
  allocated += malloc_usable_size(p);
  return p;
}
void operator delete(void* p) noexcept {
  allocated -= p ? malloc_usable_size(p) : 0;
  std::free(p);
}
void operator delete(void* p, size_t) noexcept {
  operator delete(p);
}

using namespace spikelab;

namespace {

using scalar::Series;

// Shows the values to a finder, whole or in parts. Returns the most memory that finders had meanwhile.
template <typename Finder>
size_t show(Finder& finder, const Series& y, Random& random, bool inParts) {
  const size_t before = allocated;
  size_t most = 0;
  for (size_t t = 0; t < y.size();) {
    const size_t n = std::min(y.size() - t, 1 + draw(random, inParts ? y.size() / 3 + 1 : 8192));
    if (inParts) {
      Finder part = finder.part();
      part.add(y.data() + t, n, 1);
      finder.merge(part);
    } else {
      finder.add(y.data() + t, n, 1);
    }
    t += n;
    most = std::max(most, allocated - before);
  }
  return most;
}

// In double arithmetic: squares may be 0 or infinite.
double roughDeviation(const Series& y, double mean) {
  double squares = 0;
  for (const double v : y) squares += (v - mean) * (v - mean);
  return std::sqrt(squares / static_cast<double>(y.size()));
}

// The noise that the finder comes to, in so many sweeps.
int sweepsFor(const Series& y, Random& random, const std::string& what, bool inParts) {
  NoiseFinder finder;
  const double mean = std::accumulate(y.begin(), y.end(), 0.0) / static_cast<double>(y.size());
  finder.start(mean, roughDeviation(y, mean));
  int sweeps = 0;
  for (; !finder.known(); sweeps++) {
    CHECK(show(finder, y, random, inParts) <= 40'000);
    finder.endSweep();
    CHECK(sweeps < 20);
  }
  const double wanted = scalar::deviation(y) > 0 ? scalar::medianDeviation(y) : 0;
  if (finder.noise() == wanted) return sweeps;
  std::fprintf(stderr, "%s: %.17g, wanted %.17g\n", what.c_str(), finder.noise(), wanted);
  std::exit(1);
}

void medianAlone(const Series& y, Random& random, double low, double high) {
  MedianFinder finder;
  finder.startValues(low, high);
  int sweeps = 0;
  do {
    show(finder, y, random, false);
    CHECK(++sweeps < 20);
  } while (!finder.endSweep());
  CHECK(finder.median() == scalar::median(y));
}

template <typename Draw>
Series series(size_t n, Draw next) {
  Series y(n);
  for (double& v : y) v = next();
  return y;
}

struct Kind {
  const char* name;
  // what as many sweeps are enough for, in any length tried here
  int sweeps;
  std::function<double()> next;
};

std::vector<Kind> kinds(Random& random) {
  const auto gauss = [&random] { return std::normal_distribution<double>(0, 1)(random); };
  const auto one = [&random](int of) { return draw(random, static_cast<size_t>(of)) == 0; };
  return {
      {"noise", 4, [=] { return 7 * gauss(); }},
      {"noise far from 0", 4, [=] { return 1e6 + gauss(); }},
      {"noise too far from 0", 20, [=] { return 1e15 + gauss(); }},
      {"noise and spikes", 4, [=] { return gauss() * (one(20) ? 30 : 1); }},
      {"skewed", 5, [=] { return std::exp(2 * gauss()); }},
      {"integers", 4, [=] { return std::round(9 * gauss()); }},
      {"many integers", 4, [=] { return std::round(9000 * gauss()); }},
      {"float32", 6, [=] { return static_cast<double>(static_cast<float>(1 + 1e-6 * gauss())); }},
      {"two values", 4, [=] { return one(2) ? 1.0 : -3.0; }},
      {"two clusters", 8, [=] { return (one(2) ? 1 : -1) * (100 + 1e-3 * gauss()); }},
      {"a narrow cluster", 12, [=] { return one(9) ? 100 * gauss() : 3 + 1e-12 * gauss(); }},
      {"mostly 0", 8, [=] { return one(4) ? gauss() : 0.0; }},
      {"both zeros", 12, [=] { return one(3)   ? 1e-300 * gauss()
                                      : one(2) ? 0.0
                                               : -0.0; }},
      {"hardly numbers", 12, [=] { return 1e-318 * gauss(); }},
      {"squares of 0", 12, [=] { return 1e-165 * gauss(); }},
      {"infinite squares", 12, [=] { return 1e160 * gauss(); }},
      {"infinite differences", 12, [sign = -1]() mutable { return (sign = -sign) * 1.7e308; }},
      {"of all sizes", 20, [=] { return gauss() * std::pow(10.0, 5 * gauss()); }},
      {"constant", 0, [=] { return 4.0; }},
  };
}

}  // namespace

int main() {
  Random random(11);
  for (const Kind& kind : kinds(random)) {
    int most = 0;
    for (const size_t n : {1, 2, 3, 10, 4096, 4097, 20'000, 150'001, 300'000}) {
      const Series y = series(n, kind.next);
      const std::string what = std::string(kind.name) + ", " + std::to_string(n);
      const int sweeps = sweepsFor(y, random, what, false);
      // however they are divided
      CHECK(sweepsFor(y, random, what + ", in parts", true) == sweeps);
      most = std::max(most, sweeps);
      medianAlone(y, random, -1e3, 1e3);
      // not where it was expected
      medianAlone(y, random, 1e4, 1e5);
    }
    if (most > kind.sweeps) std::fprintf(stderr, "%s: %d sweeps\n", kind.name, most);
    CHECK(most <= kind.sweeps);
  }
  std::puts("medians: all passed");
}
