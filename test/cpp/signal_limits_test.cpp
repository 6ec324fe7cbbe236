// Detection at its limits: samples on the threshold, more spikes than wanted, and ended while it runs.
#include <chrono>
#include <thread>

#include "check.h"
#include "detection.h"
#include "signal/butterworth.h"

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
  theCapKeepsTheFirst(random, true);
  theCapKeepsTheFirst(random, false);
  cancellation(random);
  std::puts("signal limits: all passed");
}
