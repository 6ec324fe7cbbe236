// Detection in memory and piece by piece, on recordings of any type and layout, with every instruction set and up to
// four threads: always the spikes of a scalar reference. CASES=1000 tries more of them; SEED=7 others.
#include <cstdio>
#include <cstdlib>
#include <string>

#include "detection.h"
#include "signal/filter/butterworth.h"
#include "signal/kernels/kernels.h"

using namespace spikelab;

namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

struct Case {
  Recording recording;
  DetectOptions options;
  std::string what;
};

Sos randomFilter(Random& random) {
  switch (draw(random, 9)) {
    case 0:
      return {};
    case 1:
      return designButterworth(2, 0, 0.1);
    case 2:
      return designButterworth(3, 0.04, 0);
    case 3:
      return designButterworth(4, 0.03, 0.6);
    case 4:
      // too long a memory for margins: scipy's order of operations throughout
      return designButterworth(3, 1e-4, 1e-2);
    case 5:
      return designButterworth(1, 0.03, 0.3);
    default:
      return designButterworth(3, 0.03, 0.6);
  }
}

// Channels that have no noise: not finite in one sample, or constant.
void spoil(Random& random, Recording& recording) {
  const bool floats = recording.type == ElementType::kFloat32 || recording.type == ElementType::kFloat64;
  for (auto& x : recording.channels) {
    const size_t what = draw(random, 20), at = draw(random, x.size());
    if (what == 0 && floats) x[at] = std::numeric_limits<double>::quiet_NaN();
    if (what == 1 && floats) x[at] = draw(random, 2) ? kInfinity : -kInfinity;
    if (what == 2) std::fill(x.begin(), x.end(), x[0]);
    if (what == 3 && floats) std::fill(x.begin(), x.end(), 0.0);
    // silent for most of its length: the noise so far is no guess at the noise of all
    if (what == 4) std::fill(x.begin(), x.begin() + static_cast<std::ptrdiff_t>(x.size() - x.size() / 3), x[0]);
    if (what == 5) std::fill(x.begin() + static_cast<std::ptrdiff_t>(x.size() / 3), x.end(), x[0]);
  }
}

Case randomCase(Random& random) {
  Case made;
  const auto type = static_cast<ElementType>(draw(random, 10));
  const size_t channels = 1 + (draw(random, 3) ? draw(random, 40) : draw(random, 3));
  const size_t longest[] = {100, 1000, 9000, channels < 4 ? size_t{70'000} : size_t{2000}};
  const size_t samples = 60 + draw(random, longest[draw(random, 4)]);
  made.recording = makeRecording(random, type, channels, samples);
  spoil(random, made.recording);
  DetectOptions& o = made.options;
  const double sigmas[] = {0.5, 2, 3, 4, 5, 5};
  o.sos = randomFilter(random);
  o.sigma = sigmas[draw(random, 6)];
  o.direction = static_cast<Direction>(draw(random, 3));
  o.hysteresis = draw(random, 3) != 0;
  o.noise = draw(random, 4) ? Noise::kDeviation : Noise::kMedian;
  o.fsHz = draw(random, 2) ? 20000 : 24414.0625;
  o.startTimeMs = draw(random, 2) ? 0 : -12.5;
  made.what = "type " + std::to_string(static_cast<int>(type)) + ", " + std::to_string(channels) + " x " +
              std::to_string(samples) + ", " + std::to_string(o.sos.size()) + " sections, sigma " +
              std::to_string(o.sigma) + ", direction " + std::to_string(static_cast<int>(o.direction)) +
              (o.hysteresis ? "" : ", no hysteresis") + (o.noise == Noise::kMedian ? ", MAD" : "");
  return made;
}

Results referenceOf(const Case& made) {
  Results out;
  for (const auto& x : made.recording.channels) out.push_back(scalar::detect(x, made.options));
  return out;
}

void anyRecording(Random& random, int number) {
  Case made = randomCase(random);
  const Results wanted = referenceOf(made);
  const Kernels* kernels[3];
  const size_t available = availableKernels(kernels), memory[] = {1, 1 << 16, 1 << 20, 1 << 26};
  for (size_t isa = 0; isa < available; isa++) {
    setenv("SPIKELAB_ISA", kernels[isa]->name, 1);
    const Layout layout{draw(random, 2) == 0, draw(random, 3)};
    made.options.threads = 1 + draw(random, 4);
    const size_t bytes = memory[draw(random, 4)];
    const std::string how = "case " + std::to_string(number) + ", " + made.what + ", " + kernels[isa]->name + ", " +
                            std::to_string(made.options.threads) + " threads" + (layout.timeMajor ? ", by time" : "") +
                            ", gap " + std::to_string(layout.gap);
    same(inMemory(made.recording, made.options, layout), wanted, "in memory, " + how);
    same(inPieces(made.recording, made.options, layout, bytes), wanted,
         "in pieces, " + std::to_string(bytes) + " bytes, " + how);
  }
}

int setting(const char* name, int usual) {
  const char* text = std::getenv(name);
  return text ? std::atoi(text) : usual;
}

}  // namespace

int main() {
  const unsigned seed = static_cast<unsigned>(setting("SEED", 1));
  const int cases = setting("CASES", 80);
  for (int i = 0; i < cases; i++) {
    Random own(seed * 100'003u + static_cast<unsigned>(i));
    anyRecording(own, i);
  }
  std::printf("signal detection: %d cases passed\n", cases);
}
