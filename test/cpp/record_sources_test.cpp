// Detection that reads a file by itself against the scalar reference: layouts, byte orders, threads, memory so small
// that most spikes are decided before the threshold is known, and noise that changes when it was thought to be.
#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <bit>

#include "check.h"
#include "detection.h"
#include "recordings/detect_source.h"
#include "recordings/flat_source.h"
#include "signal/filter/butterworth.h"

using namespace spikelab;

namespace {

const char* const kPath = "record_sources_test.bin";

hdf5::Type typeOf(bool wide, bool bigEndian) {
  hdf5::Type type;
  type.cls = wide ? hdf5::TypeClass::kFloat : hdf5::TypeClass::kInteger;
  type.size = wide ? 8 : 2;
  type.isSigned = type.plain = true;
  type.bigEndian = bigEndian;
  return type;
}

void put(std::string& out, double value, const hdf5::Type& type) {
  const uint64_t bits =
      type.size == 8 ? std::bit_cast<uint64_t>(value) : static_cast<uint64_t>(static_cast<int64_t>(value));
  for (size_t i = 0; i < type.size; i++) {
    out += static_cast<char>(bits >> 8 * (type.bigEndian ? type.size - 1 - i : i));
  }
}

// Writes a recording with `extra` values behind each frame, or rows behind the last; returns how it lies.
FlatLayout writeFile(const Recording& recording, const hdf5::Type& type, bool timeFirst, size_t extra) {
  const size_t channels = recording.channels.size(), samples = recording.samples(), width = channels + extra;
  std::string bytes(24, 'x');
  for (size_t i = 0; i < width * samples; i++) {
    const size_t channel = timeFirst ? i % width : i / samples, sample = timeFirst ? i / width : i % samples;
    put(bytes, channel < channels ? recording.channels[channel][sample] : 77, type);
  }
  const int fd = open(kPath, O_CREAT | O_TRUNC | O_WRONLY, 0600);
  CHECK(fd >= 0 && write(fd, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()));
  close(fd);
  return {24, type, width, samples, timeFirst, recording.all()};
}

std::unique_ptr<FrameSource> openFile(const FlatLayout& layout) {
  const int fd = open(kPath, O_RDONLY);
  auto file = std::make_shared<FileHandle>(fd, kPath);
  close(fd);
  return flatSource(file, layout);
}

Results wantedOf(const Recording& recording, const DetectOptions& options) {
  Results out;
  for (const auto& x : recording.channels) out.push_back(scalar::detect(x, options));
  return out;
}

void files(Random& random) {
  for (int i = 0; i < 24; i++) {
    const bool wide = i % 2, timeFirst = i % 4 < 2;
    const Recording recording = makeRecording(random, wide ? ElementType::kFloat64 : ElementType::kInt16,
                                              1 + draw(random, 50), 3000 + draw(random, 9000));
    DetectOptions options;
    // the second one rings for so long that every channel is computed in scipy's order, tile by tile of its own
    options.sos = i % 6 < 5 ? designButterworth(3, 0.03, 0.6) : designButterworth(3, 1e-4, 0.01);
    options.threads = 1 + draw(random, 3);
    const Results wanted = wantedOf(recording, options);
    const FlatLayout layout =
        writeFile(recording, typeOf(wide, i % 3 == 0), timeFirst, i % 5 ? 0 : 1 + draw(random, 3));
    for (const size_t samples : {size_t{0}, size_t{16}, size_t{1000}}) {
      Control control;
      same(resultsOf(detectSource(*openFile(layout), options, size_t{8} << 20, control, samples)), wanted,
           "file " + std::to_string(i) + ", pieces " + std::to_string(samples));
      CHECK(control.done() == control.total());
    }
    // a file that ends before what it was said to hold
    CHECK(truncate(kPath, 24 + 2000) == 0);
    bool refused = false;
    try {
      Control control;
      detectSource(*openFile(layout), options, size_t{8} << 20, control);
    } catch (const Error& error) {
      refused = error.code() == Code::kFormat;
    }
    CHECK(refused);
  }
  unlink(kPath);
}

// Few channels, which fill the lanes by segments of time. Thresholds that every few samples cross put spikes on all
// borders between segments and between pieces.
void fewChannels(Random& random) {
  const Kernels* kernels[3];
  const size_t available = availableKernels(kernels);
  const Sos filters[] = {{}, designButterworth(3, 0.03, 0.6), designButterworth(2, 0.004, 0.3)};
  for (int i = 0; i < 36; i++) {
    const size_t lengths[] = {70, 9000 + draw(random, 9000), 90'000 + draw(random, 60'000)};
    const bool wide = i % 2, timeFirst = i % 4 < 2;
    const Recording recording = makeRecording(random, wide ? ElementType::kFloat64 : ElementType::kInt16,
                                              1 + draw(random, i % 5 ? 4 : 15), lengths[i % 6 ? 2 : draw(random, 3)]);
    DetectOptions options;
    options.sos = filters[i % 3];
    options.sigma = std::array{0.5, 2.0, 4.0}[draw(random, 3)];
    options.direction = static_cast<Direction>(draw(random, 3));
    options.hysteresis = draw(random, 3) != 0;
    options.noise = draw(random, 5) ? Noise::kDeviation : Noise::kMedian;
    const Results wanted = wantedOf(recording, options);
    const FlatLayout layout = writeFile(recording, typeOf(wide, i % 3 == 0), timeFirst, draw(random, 2));
    for (const size_t samples : {size_t{0}, size_t{3000}, size_t{20000}, size_t{50000}}) {
      setenv("SPIKELAB_ISA", kernels[draw(random, available)]->name, 1);
      options.threads = 1 + draw(random, 4);
      Control control;
      same(resultsOf(detectSource(*openFile(layout), options, size_t{8} << 20, control, samples)), wanted,
           "few channels " + std::to_string(i) + ", pieces " + std::to_string(samples));
      CHECK(control.done() == control.total());
    }
  }
  unlink(kPath);
  unsetenv("SPIKELAB_ISA");
}

// Noise that is `factor` times as large from a sample on. Short pieces go on, long ones are cut into segments.
void changing(Random& random, double factor, size_t from, size_t pieceBytes, size_t candidateBytes) {
  Recording recording = makeRecording(random, ElementType::kFloat64, 3, 260'000);
  for (auto& x : recording.channels) {
    for (size_t t = from; t < x.size(); t++) x[t] *= factor;
  }
  DetectOptions options;
  options.sigma = 3;
  options.threads = 2;
  Control control;
  StreamDetector detector(3, recording.samples(), options, {pieceBytes, 3 * sizeof(double), 0, candidateBytes});
  const Piece piece(recording, {});
  for (Stretch wanted; detector.next(wanted);) {
    TracesPiece part = TracesPiece::of(piece.view());
    part.data = piece.view().at(0, wanted.start);
    part.samples = wanted.count;
    detector.deliver(part, control);
  }
  const int sweeps = detector.sweeps();
  // one sweep finds all where the noise stays as it is, and nothing had to be decided before it was known
  if (factor == 1 && candidateBytes > 1 << 20) CHECK(sweeps == 1);
  same(resultsOf(detector.result()), wantedOf(recording, options),
       "noise times " + std::to_string(factor) + " from " + std::to_string(from) + " on, " +
           std::to_string(pieceBytes) + " bytes a piece, " + std::to_string(candidateBytes) + " bytes of candidates, " +
           std::to_string(sweeps) + " sweeps");
}

}  // namespace

int main() {
  Random random(7);
  files(random);
  fewChannels(random);
  for (const double factor : {1.0, 1.03, 1.3, 20.0, 0.9, 0.01}) {
    for (const size_t from : {60'000, 220'000}) {
      for (const size_t candidateBytes : {size_t{1} << 12, size_t{1} << 16, size_t{1} << 23}) {
        for (const size_t pieceBytes : {1 << 16, 1 << 20}) changing(random, factor, from, pieceBytes, candidateBytes);
      }
    }
  }
  std::printf("sources: all passed\n");
}
