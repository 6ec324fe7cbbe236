// Reads any layout, window by window: lib/recordings/layout-windows.ts plans them alike.
#include <algorithm>
#include <cstring>

#include "../io/read_ahead.h"
#include "sample_layout.h"

namespace spikelab {
namespace {

using Channel = SampleLayout::Channel;
using Run = SampleLayout::Run;
using Stream = SampleLayout::Stream;

// What one thread reads at a time, if records are not longer: it stays in the second-level cache.
constexpr uint64_t kPartBytes = uint64_t{256} << 10;
// Longer records are not read whole.
constexpr uint64_t kWholeBytes = uint64_t{4} << 20;
// What one more call costs, in bytes that could be read meanwhile.
constexpr uint64_t kCallBytes = uint64_t{8} << 10;
// Pieces, of which two stay in the last-level cache: of all channels, or of some whose files are read in long runs.
constexpr size_t kRecordsBytes = size_t{4} << 20;
constexpr size_t kRunsBytes = size_t{8} << 20;
// Samples of a channel in such a run.
constexpr size_t kRunSamples = size_t{1} << 16;
// A stretch of this length, and longer ones, are read into their places.
constexpr uint64_t kScatterBytes = 512;
// At a time, then: what was read need not stay in the second-level cache.
constexpr uint64_t kScatteredBytes = uint64_t{512} << 10;
// What lies between them goes where it stays in the cache.
constexpr uint64_t kBetweenBytes = uint64_t{32} << 10;
// Frames that stay in the first-level cache while all their channels are picked: so many, or of so many bytes.
constexpr uint64_t kTileSamples = 32, kTileBytes = uint64_t{1} << 14;

// Frames are one record without end: the step is then that of frames.
constexpr uint64_t kEndless = UINT64_MAX;

// A channel that is wanted: its row in the piece, and where it lies in a record.
struct Picked {
  size_t row;
  uint64_t offset;
};

// Samples [first, end) of a run, of channels [channel, channel + channels) among those that are picked of its stream.
struct Part {
  size_t stream, run, channel, channels;
  uint64_t first, end;
};

// Bytes from the beginning of a run to a sample, but for the channel's own.
uint64_t placeOf(const Stream& stream, uint64_t sample) {
  return sample / stream.recordSamples * stream.recordBytes + sample % stream.recordSamples * stream.step;
}

// The run that a sample lies in; the last one for those behind all.
std::vector<Run>::const_iterator runAt(const std::vector<Run>& runs, uint64_t sample) {
  const auto next =
      std::upper_bound(runs.begin(), runs.end(), sample, [](uint64_t t, const Run& run) { return t < run.first; });
  return next == runs.begin() ? next : next - 1;
}

class RecordSource : public FrameSource {
 public:
  explicit RecordSource(SampleLayout layout)
      : layout_(std::move(layout)), element_(hdf5::exactElement(layout_.type)), ahead_(layout_.streams.size()) {
    for (Stream& stream : layout_.streams) {
      if (stream.recordSamples == 1) stream = {kEndless, 0, stream.recordBytes, std::move(stream.runs)};
    }
  }

  size_t channels() const override { return layout_.channels.size(); }
  uint64_t samples() const override { return layout_.samples; }
  ElementType type() const override { return element_; }
  // Where each channel's samples lie for themselves: long runs of few channels, rather than short ones of all.
  size_t channelsAtATime(size_t bytes) const override {
    if (together()) return channels();
    const size_t rows = std::min(bytes, kRunsBytes) / (kRunSamples * elementBytes(element_)) / kLanes * kLanes;
    return std::clamp(rows, kLanes, std::max(kLanes, channels()));
  }
  StreamPieces pieces(size_t channels, size_t bytes) const override {
    const size_t most = together() && channels >= kLanes ? kRecordsBytes : kRunsBytes;
    return {std::min(bytes, most), channels * elementBytes(element_), 0};
  }
  std::unique_ptr<PieceReader> reader(size_t threads) override;

  const SampleLayout& layout() const { return layout_; }
  ReadAhead& ahead() { return ahead_; }

 private:
  bool together() const { return layout_.streams.size() == 1 && layout_.streams[0].recordBytes <= kWholeBytes; }

  SampleLayout layout_;
  ElementType element_;
  ReadAhead ahead_;
};

class RecordReader : public PieceReader {
 public:
  RecordReader(RecordSource& source, size_t threads)
      : PieceReader(source.type()),
        layout_(source.layout()),
        ahead_(source.ahead()),
        scratch_(threads),
        packed_(threads),
        pieces_(threads),
        inOrder_(layout_.streams.size()) {
    direct_ = hdf5::storedAsUsed(layout_.type, piece_.type);
  }
  size_t start(const Stretch& wanted, const PieceReader* before, Control& control) override;
  void read(size_t part, size_t worker) override;

 private:
  void layOut(const Stretch& wanted);
  static bool putInOrder(std::vector<Picked>& channels, const Stream& stream);
  size_t copyOverlap(const RecordReader& before, const Stretch& wanted);
  void expect(uint64_t sample, bool backward);
  void addRun(size_t stream, size_t run, uint64_t first, uint64_t end);
  bool recordsPay(const Stream& stream, uint64_t first, uint64_t end, size_t channels) const;
  bool scatters(size_t stream, uint64_t samples) const;
  void readScattered(const Part& part, size_t worker);
  void scatter(const Part& part, const char* window, uint64_t low, size_t worker);
  void copy(const char* from, uint64_t step, size_t row, uint64_t sample, uint64_t count, size_t worker);
  std::pair<uint64_t, uint64_t> spanOf(const Part& part) const;

  const SampleLayout& layout_;
  ReadAhead& ahead_;
  bool direct_;
  FileBuffer buffer_;
  Stretch wanted_;
  std::vector<std::vector<Picked>> picked_;
  std::vector<Part> parts_;
  std::vector<std::vector<char>> scratch_, packed_;
  std::vector<std::vector<iovec>> pieces_;
  std::vector<bool> inOrder_;  // of each stream: its channels that are wanted lie one behind the other
};

size_t RecordReader::start(const Stretch& wanted, const PieceReader* before, Control& control) {
  layOut(wanted);
  const uint64_t known = before ? copyOverlap(static_cast<const RecordReader&>(*before), wanted) : 0;
  const uint64_t first = wanted.start + known, end = wanted.start + wanted.count;
  parts_.clear();
  expect(wanted.backward ? wanted.start : end, wanted.backward);
  for (size_t s = 0; s < picked_.size(); s++) {
    if (picked_[s].empty()) continue;
    control.check();
    const std::vector<Run>& runs = layout_.streams[s].runs;
    for (auto run = runAt(runs, first); run != runs.end() && run->first < end; ++run) {
      const uint64_t from = std::max(first, run->first), to = std::min(end, run->first + run->samples);
      if (from < to) addRun(s, static_cast<size_t>(run - runs.begin()), from - run->first, to - run->first);
    }
  }
  return parts_.size();
}

// The samples from this one on, or those before it, come next: of streams that are read from one end to the other, not
// here and there.
void RecordReader::expect(uint64_t sample, bool backward) {
  const auto taken = [](const std::vector<Picked>& channels) { return !channels.empty(); };
  const auto streams = static_cast<size_t>(std::count_if(picked_.begin(), picked_.end(), taken));
  for (size_t s = 0; s < picked_.size(); s++) {
    const Stream& stream = layout_.streams[s];
    if (picked_[s].empty() || stream.runs.empty()) continue;
    const auto [low, span] = spanOf({s, 0, 0, picked_[s].size(), 0, 0});
    if (span > stream.step && stream.recordBytes > kWholeBytes) continue;
    const auto run = runAt(stream.runs, sample);
    const uint64_t at = sample - std::min(sample, run->first);
    if (at < run->samples) {
      ahead_.expect(s, layout_.files[run->file], run->offset + placeOf(stream, at) + low, backward, streams - 1);
    }
  }
}

void RecordReader::layOut(const Stretch& wanted) {
  wanted_ = wanted;
  picked_.assign(layout_.streams.size(), {});
  piece_.samples = wanted.count;
  piece_.sampleStride = 1;
  piece_.offsets.clear();
  for (size_t row = 0; row < wanted.channels.size(); row++) {
    const Channel& channel = layout_.channels[wanted.channels[row]];
    picked_[channel.stream].push_back({row, channel.offset});
    piece_.offsets.push_back(row * wanted.count);
  }
  for (size_t s = 0; s < picked_.size(); s++) inOrder_[s] = putInOrder(picked_[s], layout_.streams[s]);
  const size_t bytes = wanted.count * wanted.channels.size() * elementBytes(piece_.type) + TracesPiece::kPadding;
  if (buffer_.length() < bytes) buffer_ = FileBuffer(bytes);
  std::memset(buffer_.data() + bytes - TracesPiece::kPadding, 0, TracesPiece::kPadding);
  piece_.data = buffer_.data();
}

// By their places; returns whether the samples of each come before those of the next, in a record.
bool RecordReader::putInOrder(std::vector<Picked>& channels, const Stream& stream) {
  std::sort(channels.begin(), channels.end(), [](const Picked& a, const Picked& b) { return a.offset < b.offset; });
  if (channels.size() < 2) return true;
  if (stream.recordSamples == kEndless) return false;
  const uint64_t apart = stream.recordSamples * stream.step;
  const auto overlap = [&](const Picked& a, const Picked& b) { return b.offset - a.offset < apart; };
  return std::adjacent_find(channels.begin(), channels.end(), overlap) == channels.end();
}

// Samples at the beginning that the piece before ended with; returns their number.
size_t RecordReader::copyOverlap(const RecordReader& before, const Stretch& wanted) {
  const uint64_t start = before.wanted_.start, end = start + before.wanted_.count;
  if (before.wanted_.channels != wanted.channels || wanted.start < start || wanted.start >= end) return 0;
  const size_t count = std::min<size_t>(end - wanted.start, wanted.count), each = elementBytes(piece_.type);
  for (size_t row = 0; row < wanted.channels.size(); row++) {
    std::memcpy(buffer_.data() + row * wanted.count * each,
                before.buffer_.data() + (row * before.wanted_.count + wanted.start - start) * each, count * each);
  }
  return count;
}

// What one sample of each channel covers: from, and bytes.
std::pair<uint64_t, uint64_t> RecordReader::spanOf(const Part& part) const {
  const Picked* const begin = picked_[part.stream].data() + part.channel;
  const auto less = [](const Picked& a, const Picked& b) { return a.offset < b.offset; };
  const auto [low, high] = std::minmax_element(begin, begin + part.channels, less);
  return {low->offset, high->offset - low->offset + layout_.type.size};
}

// Whether whole records are read sooner than, in each, the samples that are wanted: of so many channels, one by one.
bool RecordReader::recordsPay(const Stream& stream, uint64_t first, uint64_t end, size_t channels) const {
  if (stream.recordSamples == kEndless || stream.recordBytes > kWholeBytes) return false;
  const uint64_t records = (end - 1) / stream.recordSamples - first / stream.recordSamples + 1;
  const uint64_t whole = records * stream.recordBytes;
  return whole + whole / kPartBytes * kCallBytes <= channels * ((end - first) * stream.step + records * kCallBytes);
}

void RecordReader::addRun(size_t s, size_t run, uint64_t first, uint64_t end) {
  const Stream& stream = layout_.streams[s];
  const size_t all = picked_[s].size();
  const bool together = spanOf({s, run, 0, all, 0, 0}).second <= std::min(stream.step, kWholeBytes);
  const uint64_t length = stream.recordSamples, last = (end - 1) / length;
  if (recordsPay(stream, first, end, together ? 1 : all)) {
    const uint64_t most = scatters(s, end - first) ? kScatteredBytes : kPartBytes;
    const uint64_t records = std::max<uint64_t>(1, most / stream.recordBytes);
    for (uint64_t r = first / length; r <= last; r += records) {
      parts_.push_back({s, run, 0, all, std::max(first, r * length), std::min(end, (r + records) * length)});
    }
    return;
  }
  const uint64_t most = std::max<uint64_t>(1, kPartBytes / stream.step);
  for (uint64_t r = first / length; r <= last; r++) {
    const uint64_t from = std::max(first, r * length), to = r == last ? end : (r + 1) * length;
    for (size_t channel = 0; channel < all; channel += together ? all : 1) {
      for (uint64_t at = from; at < to; at += most) {
        parts_.push_back({s, run, channel, together ? all : 1, at, std::min(to, at + most)});
      }
    }
  }
}

void RecordReader::read(size_t index, size_t worker) {
  const Part& part = parts_[index];
  const Stream& stream = layout_.streams[part.stream];
  if (scatters(part.stream, part.end - part.first)) return readScattered(part, worker);
  const Run& run = stream.runs[part.run];
  const auto [low, span] = spanOf(part);
  const uint64_t begins = placeOf(stream, part.first);
  const size_t bytes = placeOf(stream, part.end - 1) - begins + span;
  std::vector<char>& window = scratch_[worker];
  if (window.size() < bytes) window.resize(bytes);
  ahead_.readAt(*layout_.files[run.file], run.offset + begins + low, window.data(), bytes);
  scatter(part, window.data(), low, worker);
}

// Whether samples go straight to where they are wanted: those of a record lie side by side, and are used as they are
// stored. Short stretches are sooner copied from the cache than told to the system one by one.
bool RecordReader::scatters(size_t s, uint64_t samples) const {
  const Stream& stream = layout_.streams[s];
  const uint64_t bytes = std::min(stream.recordSamples, samples) * stream.step;
  return kScatters && direct_ && stream.step == layout_.type.size && layout_.type.size != 3 && bytes >= kScatterBytes &&
         inOrder_[s];
}

void RecordReader::readScattered(const Part& part, size_t worker) {
  const Stream& stream = layout_.streams[part.stream];
  const Run& run = stream.runs[part.run];
  const size_t each = layout_.type.size;
  const Picked* const channels = picked_[part.stream].data() + part.channel;
  const uint64_t begins = placeOf(stream, part.first) + channels[0].offset, at = run.first - wanted_.start;
  std::vector<iovec>& pieces = pieces_[worker];
  std::vector<char>& between = scratch_[worker];
  if (between.size() < kBetweenBytes) between.resize(kBetweenBytes);
  pieces.clear();
  uint64_t place = begins;
  for (uint64_t s = part.first, count; s < part.end; s += count) {
    count = std::min(part.end - s, stream.recordSamples - s % stream.recordSamples);
    for (size_t c = 0; c < part.channels; c++) {
      const uint64_t from = placeOf(stream, s) + channels[c].offset;
      for (uint64_t bytes; place < from; place += bytes) {
        bytes = std::min(from - place, kBetweenBytes);
        pieces.push_back({between.data(), bytes});
      }
      pieces.push_back({buffer_.data() + (channels[c].row * wanted_.count + at + s) * each, count * each});
      place = from + count * each;
    }
  }
  ahead_.readScattered(*layout_.files[run.file], run.offset + begins, pieces, place - begins);
}

void RecordReader::scatter(const Part& part, const char* window, uint64_t low, size_t worker) {
  const Stream& stream = layout_.streams[part.stream];
  const uint64_t begins = placeOf(stream, part.first), at = stream.runs[part.run].first - wanted_.start;
  const uint64_t tile = stream.step == layout_.type.size ? kEndless : std::max(kTileSamples, kTileBytes / stream.step);
  const Picked* const channels = picked_[part.stream].data() + part.channel;
  for (uint64_t s = part.first, count; s < part.end; s += count) {
    count = std::min({part.end - s, stream.recordSamples - s % stream.recordSamples, tile});
    const char* const from = window + (placeOf(stream, s) - begins);
    for (size_t c = 0; c < part.channels; c++) {
      copy(from + (channels[c].offset - low), stream.step, channels[c].row, at + s, count, worker);
    }
  }
}

template <size_t bytes>
void pick(const char* from, uint64_t step, char* to, uint64_t count) {
  for (uint64_t i = 0; i < count; i++) std::memcpy(to + i * bytes, from + i * step, bytes);
}

// Three bytes to the four of this machine; the sign goes into the eight bits above them.
void widen(const hdf5::Type& type, const char* from, uint64_t step, char* to, uint64_t count) {
  const auto* const bytes = reinterpret_cast<const uint8_t*>(from);
  const size_t low = type.bigEndian ? 2 : 0;
  for (uint64_t i = 0; i < count; i++) {
    const uint8_t* const b = bytes + i * step;
    const uint32_t bits = uint32_t{b[2 - low]} << 24 | uint32_t{b[1]} << 16 | uint32_t{b[low]} << 8;
    const uint32_t value = type.isSigned ? static_cast<uint32_t>(static_cast<int32_t>(bits) >> 8) : bits >> 8;
    std::memcpy(to + i * 4, &value, 4);
  }
}

void RecordReader::copy(const char* from, uint64_t step, size_t row, uint64_t sample, uint64_t count, size_t worker) {
  const size_t size = layout_.type.size, each = elementBytes(piece_.type);
  char* const to = buffer_.data() + (row * wanted_.count + sample) * each;
  if (size == 3) return widen(layout_.type, from, step, to, count);
  if (step == size && direct_) {
    std::memcpy(to, from, count * size);
    return;
  }
  std::vector<char>& packed = packed_[worker];
  const char* stored = from;
  if (step != size) {
    if (!direct_ && packed.size() < count * size) packed.resize(count * size);
    char* const into = direct_ ? to : packed.data();
    if (size == 1) pick<1>(from, step, into, count);
    if (size == 2) pick<2>(from, step, into, count);
    if (size == 4) pick<4>(from, step, into, count);
    if (size == 8) pick<8>(from, step, into, count);
    stored = into;
  }
  if (!direct_) hdf5::convertNumbers(layout_.type, stored, piece_.type, to, count);
}

std::unique_ptr<PieceReader> RecordSource::reader(size_t threads) {
  return std::make_unique<RecordReader>(*this, threads);
}

}  // namespace

std::unique_ptr<FrameSource> recordSource(SampleLayout layout) {
  return std::make_unique<RecordSource>(std::move(layout));
}

}  // namespace spikelab
