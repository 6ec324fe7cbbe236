// Layouts of every kind, in files of random bytes, against the formula that says where a sample lies, one sample at a
// time: any stretch, any channels, any number of threads, with and without the piece before.
#include <fcntl.h>
#include <unistd.h>

#include <bit>
#include <string>

#include "check.h"
#include "parallel/pool.h"
#include "recordings.h"
#include "recordings/sample_layout.h"

using namespace spikelab;

namespace {

size_t draw(Random& random, size_t below) {
  return std::uniform_int_distribution<size_t>(0, below - 1)(random);
}

// A layout, and the bytes of its files.
struct Case {
  SampleLayout layout;
  std::vector<std::string> files;
};

hdf5::Type makeType(Random& random) {
  constexpr size_t sizes[] = {1, 2, 2, 3, 4, 8};
  hdf5::Type type;
  type.size = sizes[draw(random, 6)];
  type.cls = type.size >= 4 && draw(random, 2) ? hdf5::TypeClass::kFloat : hdf5::TypeClass::kInteger;
  type.isSigned = type.cls == hdf5::TypeClass::kFloat || draw(random, 2);
  type.bigEndian = draw(random, 2);
  type.plain = type.size != 3;
  return type;
}

// Records with bytes of no channel at their ends, and channels in any order: frame after frame, or block after block.
SampleLayout::Stream makeStream(Random& random, Case& made, size_t channels) {
  const size_t s = made.layout.streams.size(), size = made.layout.type.size;
  const bool frames = draw(random, 3) == 0, blocks = draw(random, 2);
  const bool odd = draw(random, 2);
  const size_t head = draw(random, 4) * (odd ? 1 : size), tail = draw(random, 3) * (odd ? 1 : size);
  SampleLayout::Stream stream;
  // the largest do not fit into what is read at a time
  stream.recordSamples = frames ? 1 : 1 + draw(random, draw(random, 6) ? 200 : 40'000);
  stream.step = (blocks ? 1 : channels) * size;
  stream.recordBytes = head + channels * stream.recordSamples * size + tail;
  for (size_t c = channels; c-- > 0;) {
    made.layout.channels.push_back({s, head + c * size * (blocks ? stream.recordSamples : 1)});
  }
  const size_t runs = 1 + draw(random, 4);
  for (size_t r = 0; r < runs || stream.runs.back().first + stream.runs.back().samples < made.layout.samples; r++) {
    const size_t file = draw(random, made.files.size()), count = draw(random, made.layout.samples + 1);
    std::string& bytes = made.files[file];
    const size_t at = bytes.size() + draw(random, 9);
    const size_t records = (count + stream.recordSamples - 1) / stream.recordSamples;
    bytes.resize(at + records * stream.recordBytes);
    stream.addRun(file, at, count);
  }
  return stream;
}

Case makeCase(Random& random) {
  Case made;
  made.layout.type = makeType(random);
  made.layout.samples = 1 + draw(random, draw(random, 4) ? 3000 : 60'000);
  made.files.resize(1 + draw(random, 3));
  const size_t streams = draw(random, 3) ? 1 : 1 + draw(random, 4);
  for (size_t s = 0; s < streams; s++) {
    made.layout.streams.push_back(makeStream(random, made, 1 + draw(random, draw(random, 2) ? 4 : 40)));
  }
  std::shuffle(made.layout.channels.begin(), made.layout.channels.end(), random);
  for (std::string& bytes : made.files) {
    for (char& byte : bytes) byte = static_cast<char>(random());
  }
  return made;
}

void openFiles(Case& made) {
  for (const std::string& bytes : made.files) {
    const char* const path = "record_layout_test.bin";
    const int fd = open(path, O_CREAT | O_TRUNC | O_RDWR, 0600);
    CHECK(fd >= 0 && write(fd, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()));
    made.layout.files.push_back(std::make_shared<FileHandle>(fd, path));
    close(fd);
    unlink(path);
  }
}

// The stored bits of a sample, by the formula.
uint64_t storedBits(const Case& made, size_t channel, uint64_t t) {
  const auto [s, offset] = made.layout.channels[channel];
  const SampleLayout::Stream& stream = made.layout.streams[s];
  size_t run = 0;
  while (t >= stream.runs[run].first + stream.runs[run].samples) run++;
  const uint64_t i = t - stream.runs[run].first, record = i / stream.recordSamples, within = i % stream.recordSamples;
  const size_t at = stream.runs[run].offset + record * stream.recordBytes + offset + within * stream.step;
  uint64_t bits = 0;
  for (size_t b = 0; b < made.layout.type.size; b++) {
    const size_t place = made.layout.type.bigEndian ? b : made.layout.type.size - 1 - b;
    bits = bits << 8 | static_cast<uint8_t>(made.files[stream.runs[run].file][at + place]);
  }
  return bits;
}

// The bits of a sample as it is used: three bytes have become four.
uint64_t wantedBits(const Case& made, size_t channel, uint64_t t) {
  const uint64_t bits = storedBits(made, channel, t);
  const bool negative = made.layout.type.size == 3 && made.layout.type.isSigned && (bits & 0x800000);
  return negative ? bits | 0xff000000 : bits;
}

uint64_t bitsAt(const TracesPiece& piece, size_t channel, size_t sample) {
  const size_t each = elementBytes(piece.type);
  const char* from = static_cast<const char*>(piece.at(channel, sample));
  if (piece.tileStride > 0) from = static_cast<const char*>(piece.lanes(channel).from(sample).rows[0]);
  uint64_t bits = 0;
  std::memcpy(&bits, from, each);
  return bits;
}

void compare(const Case& made, const TracesPiece& piece, const Stretch& wanted) {
  CHECK(piece.samples == wanted.count && piece.channels() == wanted.channels.size());
  // in tiles, the first lane of sixteen; the others follow by the same reading
  const size_t step = piece.tileStride > 0 ? kLanes : 1;
  for (size_t c = 0; c + (step - 1) < piece.channels(); c += step) {
    for (size_t i = 0; i < wanted.count; i += 1 + i / 50) {
      CHECK(bitsAt(piece, c, i) == wantedBits(made, wanted.channels[c], wanted.start + i));
    }
    CHECK(bitsAt(piece, c, wanted.count - 1) == wantedBits(made, wanted.channels[c], wanted.start + wanted.count - 1));
  }
}

void read(PieceReader& reader, const Stretch& wanted, const PieceReader* before, size_t threads) {
  Control control;
  const size_t parts = reader.start(wanted, before, control);
  // the last part first: they may come in any order
  parallelFor(parts, threads, control, [&](size_t part, size_t worker) { reader.read(parts - 1 - part, worker); });
}

void readings(Random& random, const Case& made, FrameSource& source) {
  const size_t threads = 1 + draw(random, 3);
  CHECK(source.channels() == made.layout.channels.size() && source.samples() == made.layout.samples);
  CHECK(elementBytes(source.type()) == (made.layout.type.size == 3 ? 4 : made.layout.type.size));
  const std::unique_ptr<PieceReader> first = source.reader(threads), second = source.reader(threads);
  for (int i = 0; i < 5; i++) {
    Stretch wanted;
    wanted.start = draw(random, made.layout.samples);
    wanted.count = 1 + draw(random, made.layout.samples - wanted.start);
    const size_t from = draw(random, source.channels());
    for (size_t c = from; c < source.channels(); c++) {
      if (i % 2 == 0 || draw(random, 2)) wanted.channels.push_back(c);
    }
    if (wanted.channels.empty()) continue;
    read(*first, wanted, nullptr, threads);
    compare(made, first->piece(), wanted);
    // one that overlaps, as neighbouring pieces do
    Stretch next = wanted;
    next.start += draw(random, wanted.count);
    next.count = 1 + draw(random, made.layout.samples - next.start);
    read(*second, next, first.get(), threads);
    compare(made, second->piece(), next);
  }
}

void layouts(Random& random, size_t cases) {
  for (size_t i = 0; i < cases; i++) {
    Case made = makeCase(random);
    openFiles(made);
    readings(random, made, *layoutSource(made.layout));
    readings(random, made, *recordSource(made.layout));
  }
}

bool refused(const SampleLayout& layout) {
  try {
    layoutSource(layout);
  } catch (const Error& error) {
    return error.code() == Code::kInternal;
  }
  return false;
}

// What would read or write beyond memory.
void refusals() {
  SampleLayout sound;
  sound.type.cls = hdf5::TypeClass::kInteger;
  sound.type.size = 2;
  sound.type.isSigned = true;
  sound.type.plain = true;
  sound.samples = 8;
  sound.files.push_back(std::make_shared<FileHandle>(0, "standard input"));
  sound.channels = {{0, 0}, {0, 8}};
  sound.streams.push_back({4, 16, 2, {}});
  sound.streams[0].addRun(0, 0, 8);
  CHECK(!refused(sound));
  const auto with = [&](auto change) {
    SampleLayout layout = sound;
    change(layout);
    return refused(layout);
  };
  CHECK(with([](SampleLayout& l) { l.samples = 9; }));
  CHECK(with([](SampleLayout& l) { l.channels[1].offset = 10; }));
  CHECK(with([](SampleLayout& l) { l.channels[1].offset = UINT64_MAX; }));
  CHECK(with([](SampleLayout& l) { l.channels[1].stream = 1; }));
  CHECK(with([](SampleLayout& l) { l.streams[0].step = 1; }));
  CHECK(with([](SampleLayout& l) { l.streams[0].step = UINT64_MAX; }));
  CHECK(with([](SampleLayout& l) { l.streams[0].recordSamples = 0; }));
  CHECK(with([](SampleLayout& l) { l.streams[0].recordSamples = 5; }));
  CHECK(with([](SampleLayout& l) { l.streams[0].recordBytes = 15; }));
  CHECK(with([](SampleLayout& l) { l.streams[0].runs[0].file = 1; }));
}

}  // namespace

int main() {
  const char* const seed = std::getenv("SEED");
  const char* const cases = std::getenv("CASES");
  Random random(seed ? static_cast<unsigned>(std::strtoul(seed, nullptr, 10)) : 1);
  layouts(random, cases ? std::strtoul(cases, nullptr, 10) : 60);
  refusals();
  std::printf("layouts passed\n");
}
