// Detection at its limits: samples on the threshold, channels that are dead, more spikes than wanted, noise that takes
// many sweeps to find, and ended while it runs.
#include <chrono>
#include <thread>

#include "check.h"
#include "detection.h"
#include "signal/filter/butterworth.h"

using namespace spikelab;

namespace {

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

// Channels that hold one value throughout have no noise and no spikes after any filter, and are not computed again.
void deadChannels(Random& random, ElementType type, const DetectOptions& options, bool allExact) {
  Recording recording = makeRecording(random, type, 19, 30'000);
  for (const size_t dead : {0, 7, 18}) {
    auto& x = recording.channels[dead];
    std::fill(x.begin(), x.end(), x[0]);
  }
  // not dead: one sample differs
  recording.channels[5].assign(30'000, recording.channels[0][0]);
  recording.channels[5][23'210] += 1;
  if (type == ElementType::kFloat32) recording.channels[6].assign(30'000, std::numeric_limits<double>::quiet_NaN());
  Results wanted;
  for (const auto& x : recording.channels) wanted.push_back(scalar::detect(x, options));
  std::vector<double> filtered(19 * recording.samples());
  for (double* out : {static_cast<double*>(nullptr), filtered.data()}) {
    Control control;
    const Detection found = detect(Piece(recording, {true}).view(), options, control, out);
    same(resultsOf(found), wanted, "dead channels, in memory");
    for (const size_t dead : {0, 7, 18}) CHECK(found.noise[dead] == 0);
    // the two others may be
    CHECK(allExact || out || found.recomputed <= 2);
  }
  const Detection found = detectInPieces(recording, options, {}, 1 << 18);
  same(resultsOf(found), wanted, "dead channels, in pieces");
  for (const size_t dead : {0, 7, 18}) CHECK(found.noise[dead] == 0);
  CHECK(allExact || found.recomputed <= 2);
}

void deadChannels(Random& random) {
  DetectOptions options;
  for (const ElementType type :
       {ElementType::kUint8, ElementType::kInt16, ElementType::kFloat32, ElementType::kFloat64}) {
    for (const Noise noise : {Noise::kDeviation, Noise::kMedian}) {
      options.noise = noise;
      options.sos = designButterworth(3, 0.03, 0.6);
      deadChannels(random, type, options, false);
      // what such a filter leaves of a constant is not small: rounding of many orders
      options.sos = designButterworth(4, 1e-4, 1e-2);
      deadChannels(random, type, options, true);
    }
  }
}

// An offset of a thousand times the noise, as unsigned samples have, is no reason to compute every channel exactly; one
// sample on the threshold is, for its channel.
void offsetsFarAboveTheNoise(Random& random) {
  std::normal_distribution<double> gauss(0, 20);
  Recording recording{ElementType::kUint16, std::vector<std::vector<double>>(19)};
  for (auto& x : recording.channels) {
    for (size_t t = 0; t < 30'000; t++) x.push_back(std::round(32'768 + gauss(random)) - (draw(random, 999) ? 0 : 300));
  }
  DetectOptions options;
  options.sos = designButterworth(5, 0.03, 0.6);
  const auto compare = [&](const char* what) {
    Results wanted;
    for (const auto& x : recording.channels) wanted.push_back(scalar::detect(x, options));
    Control control;
    const Detection found = detect(Piece(recording, {true}).view(), options, control, nullptr);
    same(resultsOf(found), wanted, what);
    same(inPieces(recording, options, {}, 1 << 18), wanted, what);
    return found.recomputed;
  };
  CHECK(compare("around an offset") <= 2);
  const std::vector<double> filtered = scalar::sosfiltfilt(options.sos, recording.channels[4]);
  options.sigma = std::abs(*std::max_element(filtered.begin(), filtered.end())) /
                  scalar::detect(recording.channels[4], options).noise;
  CHECK(compare("on the threshold around an offset") >= 1);
}

// Medians where most samples are nothing, or have squares that are 0 or infinite.
void mediansAtTheLimits(Random& random) {
  const Recording usual = makeRecording(random, ElementType::kFloat64, 19, 30'000);
  DetectOptions options;
  options.noise = Noise::kMedian;
  for (const double scale : {1e-308, 1e-170, 1.0, 1e155}) {
    Recording recording = usual;
    for (size_t c = 0; c < recording.channels.size(); c++) {
      auto& x = recording.channels[c];
      for (double& v : x) v *= scale;
      // silent from then on, or but for one sample
      if (c % 3 == 1) std::fill(x.begin() + static_cast<std::ptrdiff_t>(1000 * c), x.end(), 0.0);
      if (c % 6 == 2) std::fill(x.begin(), x.end(), 0.0);
      if (c == 8) x[20'000] = 50 * scale;
    }
    for (const Sos& sos : {Sos(), designButterworth(3, 0.03, 0.6), designButterworth(4, 1e-4, 1e-2)}) {
      options.sos = sos;
      Results wanted;
      for (const auto& x : recording.channels) wanted.push_back(scalar::detect(x, options));
      same(inMemory(recording, options, {true}), wanted, "medians at the limits, in memory");
      same(inPieces(recording, options, {}, 1 << 18), wanted, "medians at the limits, in pieces");
    }
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

// However many sweeps the medians take, progress rises from 0 to 1.
void progressOfMedians(Random& random) {
  std::normal_distribution<double> gauss(0, 1);
  Recording narrow = makeRecording(random, ElementType::kFloat64, 18, 60'000), usual = narrow;
  for (double& v : narrow.channels[17]) v = draw(random, 9) ? 3 + 1e-12 * gauss(random) : 100 * gauss(random);
  DetectOptions options;
  options.noise = Noise::kMedian;
  int sweeps[2] = {};
  for (const Recording* recording : {&usual, &narrow}) {
    const size_t frameBytes = recording->channels.size() * elementBytes(recording->type);
    StreamDetector detector(recording->channels.size(), recording->samples(), options, {1 << 20, frameBytes, 0});
    double last = 0;
    Control control;
    for (Stretch wanted; detector.next(wanted);) {
      CHECK(detector.progress() >= last && detector.progress() <= 1);
      last = detector.progress();
      const auto& channels = wanted.channels.empty() ? recording->all() : wanted.channels;
      const Piece piece(*recording, channels, wanted.start, wanted.count, {});
      detector.deliver(TracesPiece::of(piece.view()), control);
    }
    CHECK(detector.progress() == 1);
    sweeps[recording == &narrow] = detector.sweeps();
    Results wanted;
    for (const auto& x : recording->channels) wanted.push_back(scalar::detect(x, options));
    same(resultsOf(detector.result()), wanted, "progress of medians");
    same(inMemory(*recording, options, {}), wanted, "medians in memory");
  }
  CHECK(sweeps[0] <= 6 && sweeps[1] > 6);
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
      StreamDetector detector(20, 20'000, options, {(1 << 20) / 3, 20 * elementBytes(recording.type), 0});
      for (Stretch wanted; detector.next(wanted);) {
        const auto& channels = wanted.channels.empty() ? recording.all() : wanted.channels;
        const Piece part(recording, channels, wanted.start, wanted.count, {});
        detector.deliver(TracesPiece::of(part.view()), control);
      }
    });
  }
}

}  // namespace

int main() {
  Random random(1);
  samplesOnTheThreshold();
  deadChannels(random);
  offsetsFarAboveTheNoise(random);
  mediansAtTheLimits(random);
  theCapKeepsTheFirst(random, true);
  theCapKeepsTheFirst(random, false);
  progressOfMedians(random);
  cancellation(random);
  std::puts("signal limits: all passed");
}
