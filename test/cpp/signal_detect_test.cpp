// Detection in memory and piece by piece, on recordings of any type and layout, with every instruction set and up to
// four threads: always the spikes of a scalar reference. CASES=1000 tries more of them; SEED=7 others.
#include <cstdio>
#include <cstdlib>
#include <string>
#include <thread>

#include "check.h"
#include "recordings.h"
#include "scalar_reference.h"
#include "signal/butterworth.h"
#include "signal/kernels/kernels.h"
#include "signal/stream_detector.h"

using namespace spikelab;

namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

using Results = std::vector<scalar::Found>;

Results resultsOf(const Detection& detection) {
  Results out;
  for (size_t c = 0; c < detection.noise.size(); c++) {
    const double* times = detection.times.data();
    out.push_back(
        {detection.noise[c],
         {times + static_cast<size_t>(detection.offsets[c]), times + static_cast<size_t>(detection.offsets[c + 1])}});
  }
  return out;
}

Results inMemory(const Recording& recording, const DetectOptions& options, Layout layout) {
  Control control;
  return resultsOf(detect(Piece(recording, layout).view(), options, control, nullptr));
}

Results inPieces(const Recording& recording, const DetectOptions& options, Layout layout, size_t memoryBytes) {
  Control control;
  StreamDetector detector(recording.channels.size(), recording.samples(), recording.type, options, memoryBytes);
  for (Stretch wanted; detector.next(wanted);) {
    const auto& channels = wanted.channels.empty() ? recording.all() : wanted.channels;
    detector.deliver(Piece(recording, channels, wanted.start, wanted.count, layout).view(), control);
  }
  return resultsOf(detector.result());
}

void same(const Results& found, const Results& wanted, const std::string& what) {
  bool equal = found.size() == wanted.size();
  for (size_t c = 0; equal && c < wanted.size(); c++) {
    const double a = found[c].noise, b = wanted[c].noise;
    // the noise of what is flat is rounding itself
    const double tolerance = 1e-9 * std::abs(b) + 1e-14 * wanted[c].peak;
    equal = (std::isnan(a) && std::isnan(b)) || std::abs(a - b) <= tolerance;
    if (equal && found[c].times == wanted[c].times) continue;
    std::fprintf(stderr, "channel %zu: noise %.17g, wanted %.17g; %zu spikes, wanted %zu\n", c, a, b,
                 found[c].times.size(), wanted[c].times.size());
    equal = false;
  }
  if (equal) return;
  std::fprintf(stderr, "not the reference's spikes: %s\n", what.c_str());
  std::exit(1);
}

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

// ±a has a standard deviation of exactly a, which no sample is above.
void samplesOnTheThreshold() {
  Recording recording{ElementType::kInt16, {{}, {}}};
  for (size_t t = 0; t < 10'000; t++) {
    recording.channels[0].push_back(t % 7 < 3 || t % 14 == 3 ? 30 : -30);
    recording.channels[1].push_back(t % 2 ? 30 : -30);
  }
  DetectOptions options;
  options.sigma = 1;
  for (const Direction direction : {Direction::kBoth, Direction::kUp, Direction::kDown}) {
    options.direction = direction;
    Results wanted;
    for (const auto& x : recording.channels) wanted.push_back(scalar::detect(x, options));
    CHECK(wanted[1].times.empty() && wanted[1].noise == 30);
    same(inMemory(recording, options, {}), wanted, "on the threshold, in memory");
    same(inPieces(recording, options, {}, 1), wanted, "on the threshold, in pieces");
  }
}

void theCapKeepsTheFirst(Random& random, bool hysteresis) {
  const Recording recording = makeRecording(random, ElementType::kInt16, 5, 40'000);
  DetectOptions options;
  options.sos = designButterworth(3, 0.03, 0.6);
  options.sigma = 2;
  options.hysteresis = hysteresis;
  Results wanted;
  for (const auto& x : recording.channels) wanted.push_back(scalar::detect(x, options));
  options.spikeCap = wanted[0].times.size();
  for (const scalar::Found& one : wanted) options.spikeCap = std::min(options.spikeCap, one.times.size());
  std::vector<double> capped;
  for (size_t c = 0; c < wanted.size(); c++) {
    if (wanted[c].times.size() <= options.spikeCap) continue;
    wanted[c].times.resize(options.spikeCap);
    capped.push_back(static_cast<double>(c));
  }
  CHECK(!capped.empty() && capped.size() < wanted.size());
  Control control;
  const Detection found = detect(Piece(recording, {}).view(), options, control, nullptr);
  CHECK(found.capped == capped);
  same(resultsOf(found), wanted, "capped, in memory");
  same(inPieces(recording, options, {}, 1 << 16), wanted, "capped, in pieces");
}

template <typename Work>
void endsWhenCancelled(Work work) {
  for (int delay = 0; delay < 8; delay++) {
    Control control;
    std::thread canceller([&] {
      std::this_thread::sleep_for(std::chrono::microseconds(delay * 700));
      control.cancel();
    });
    bool cancelled = false;
    try {
      while (true) work(control);
    } catch (const Error& error) {
      cancelled = error.code() == Code::kCancelled;
    }
    canceller.join();
    CHECK(cancelled);
  }
}

void cancellation(Random& random) {
  const Recording recording = makeRecording(random, ElementType::kFloat32, 20, 20'000);
  const Piece piece(recording, {});
  DetectOptions options;
  options.threads = 3;
  for (const double low : {0.03, 1e-4}) {
    options.sos = designButterworth(3, low, 0.6);
    endsWhenCancelled([&](Control& control) { detect(piece.view(), options, control, nullptr); });
    endsWhenCancelled([&](Control& control) {
      StreamDetector detector(20, 20'000, recording.type, options, 1 << 20);
      for (Stretch wanted; detector.next(wanted);) {
        const auto& channels = wanted.channels.empty() ? recording.all() : wanted.channels;
        detector.deliver(Piece(recording, channels, wanted.start, wanted.count, {}).view(), control);
      }
    });
  }
}

int setting(const char* name, int usual) {
  const char* text = std::getenv(name);
  return text ? std::atoi(text) : usual;
}

}  // namespace

int main() {
  const unsigned seed = static_cast<unsigned>(setting("SEED", 1));
  Random random(seed);
  samplesOnTheThreshold();
  theCapKeepsTheFirst(random, true);
  theCapKeepsTheFirst(random, false);
  cancellation(random);
  const int cases = setting("CASES", 150);
  for (int i = 0; i < cases; i++) {
    Random own(seed * 100'003u + static_cast<unsigned>(i));
    anyRecording(own, i);
  }
  std::printf("signal detection: %d cases passed\n", cases);
}
