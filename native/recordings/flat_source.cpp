#include "flat_source.h"

#include <cstring>

#include "../core/owned_array.h"
#include "../io/read_ahead.h"

namespace spikelab {
namespace {

// What one thread reads at a time: enough for full speed, and it stays in the second-level cache where it is converted.
constexpr size_t kPartBytes = size_t{256} << 10;
// Samples of a channel that are read at once where channels lie one after the other.
constexpr size_t kRowSamples = size_t{1} << 16;
// Pieces of this size, two of them, stay in the last-level cache between reading and filtering: of all channels, or of
// so many that their rows are long. Few channels take longer ones, which are cut into rows.
constexpr size_t kFramesBytes = size_t{4} << 20;
constexpr size_t kRowsBytes = size_t{8} << 20;

class FlatSource : public FrameSource {
 public:
  FlatSource(std::shared_ptr<FileHandle> file, FlatLayout layout)
      : file_(std::move(file)), layout_(std::move(layout)), element_(hdf5::exactElement(layout_.type)) {}

  size_t channels() const override { return layout_.columns.size(); }
  uint64_t samples() const override { return layout_.frames; }
  ElementType type() const override { return hdf5::exactElement(layout_.type); }
  size_t channelsAtATime(size_t bytes) const override;
  StreamPieces pieces(size_t channels, size_t bytes) const override {
    const size_t each = elementBytes(element_);
    if (!layout_.timeFirst) return {bytes, channels * each, 0};
    return {std::min(bytes, channels < kLanes ? kRowsBytes : kFramesBytes), layout_.width * each, 0};
  }
  std::unique_ptr<PieceReader> reader(size_t threads) override;

  const FlatLayout& layout() const { return layout_; }
  hdf5::Element element() const { return element_; }

  // Values [first, first + count) of the file to `into`.
  void readValues(uint64_t first, size_t count, char* into, std::vector<char>& scratch) {
    const size_t bytes = count * layout_.type.size;
    const uint64_t at = layout_.offset + first * layout_.type.size;
    const bool direct = hdf5::storedAsUsed(layout_.type, element_);
    if (!direct) scratch.resize(bytes);
    ahead_.readAt(*file_, at, direct ? into : scratch.data(), bytes);
    if (!direct) hdf5::convertNumbers(layout_.type, scratch.data(), element_, into, count);
  }

  // What comes after these frames, or before them, will be wanted soon. Only one thread calls this.
  void expectBeside(const Stretch& frames) {
    const uint64_t frame = frames.backward ? frames.start : frames.start + frames.count;
    ahead_.expect(0, file_, layout_.offset + frame * layout_.width * layout_.type.size, frames.backward);
  }

 private:
  std::shared_ptr<FileHandle> file_;
  FlatLayout layout_;
  hdf5::Element element_;
  ReadAhead ahead_{1};
};

// Where channels lie one after the other: long runs of few, rather than short ones of all.
size_t FlatSource::channelsAtATime(size_t bytes) const {
  if (layout_.timeFirst) return channels();
  const size_t rows = std::min(bytes, kRowsBytes) / (kRowSamples * elementBytes(element_)) / kLanes * kLanes;
  return std::clamp(rows, kLanes, std::max(kLanes, channels()));
}

class FlatReader : public PieceReader {
 public:
  FlatReader(FlatSource& source, size_t threads)
      : PieceReader(source.type()), source_(source), scratch_(threads), frames_(threads) {}
  size_t start(const Stretch& wanted, const PieceReader* before, Control& control) override;
  void read(size_t part, size_t worker) override;

 private:
  struct Run {
    uint64_t first;  // value of the file
    size_t at;       // value of the piece, or its frame where it is in tiles
    size_t count;
  };
  void layOut(const Stretch& wanted);
  void addRun(uint64_t first, size_t at, size_t count);
  void addFrames(uint64_t first, size_t at, size_t count);
  size_t copyOverlap(const FlatReader& before, const Stretch& wanted);
  void intoTiles(const char* frames, size_t at, size_t count);
  size_t tiles() const { return (piece_.channels() + kLanes - 1) / kLanes; }

  FlatSource& source_;
  FileBuffer buffer_;
  uint64_t start_ = 0;
  std::vector<Run> runs_;
  std::vector<std::vector<char>> scratch_, frames_;
};

bool consecutive(const std::vector<size_t>& channels, const std::vector<size_t>& columns) {
  for (size_t i = 1; i < channels.size(); i++) {
    if (columns[channels[i]] != columns[channels[0]] + i) return false;
  }
  return true;
}

size_t FlatReader::start(const Stretch& wanted, const PieceReader* before, Control&) {
  layOut(wanted);
  const FlatLayout& layout = source_.layout();
  runs_.clear();
  if (layout.timeFirst) source_.expectBeside(wanted);
  if (piece_.tileStride > 0) {
    const size_t known = before ? copyOverlap(static_cast<const FlatReader&>(*before), wanted) : 0;
    addFrames(wanted.start + known, known, wanted.count - known);
  } else if (layout.timeFirst) {
    addRun(wanted.start * layout.width, 0, wanted.count * layout.width);
  } else {
    for (size_t i = 0; i < wanted.channels.size(); i++) {
      addRun(layout.columns[wanted.channels[i]] * layout.frames + wanted.start, i * wanted.count, wanted.count);
    }
  }
  return runs_.size();
}

// Many channels of frames are put into tiles while they are in the second-level cache: filters then read them in a row.
void FlatReader::layOut(const Stretch& wanted) {
  const FlatLayout& layout = source_.layout();
  const size_t channels = wanted.channels.size();
  const bool tiled = layout.timeFirst && channels > kLanes && consecutive(wanted.channels, layout.columns);
  start_ = wanted.start;
  piece_.samples = wanted.count;
  piece_.sampleStride = tiled ? kLanes : layout.timeFirst ? layout.width : 1;
  piece_.tileStride = tiled ? wanted.count * kLanes : 0;
  piece_.offsets.clear();
  for (size_t i = 0; i < channels; i++) {
    const size_t column = layout.columns[wanted.channels[i]];
    // in tiles the first one tells the columns
    piece_.offsets.push_back(layout.timeFirst ? column : i * wanted.count);
  }
  const size_t width = tiled ? tiles() * kLanes : layout.timeFirst ? layout.width : channels;
  const size_t bytes = wanted.count * width * elementBytes(piece_.type) + TracesPiece::kPadding;
  if (buffer_.length() < bytes) buffer_ = FileBuffer(bytes);
  std::memset(buffer_.data() + bytes - TracesPiece::kPadding, 0, TracesPiece::kPadding);
  piece_.data = buffer_.data();
}

void FlatReader::addRun(uint64_t first, size_t at, size_t count) {
  const size_t most = kPartBytes / source_.layout().type.size;
  for (size_t done = 0; done < count; done += most) {
    runs_.push_back({first + done, at + done, std::min(most, count - done)});
  }
}

void FlatReader::addFrames(uint64_t first, size_t at, size_t count) {
  const size_t width = source_.layout().width;
  const size_t most = std::max<size_t>(1, kPartBytes / (source_.layout().type.size * width));
  for (size_t done = 0; done < count; done += most) {
    runs_.push_back({(first + done) * width, at + done, std::min(most, count - done)});
  }
}

// Frames at the beginning that the piece before ended with; returns their number.
size_t FlatReader::copyOverlap(const FlatReader& before, const Stretch& wanted) {
  const uint64_t end = before.start_ + before.piece_.samples;
  const bool same = before.piece_.tileStride > 0 && before.piece_.offsets == piece_.offsets;
  if (!same || wanted.start < before.start_ || wanted.start >= end) return 0;
  const size_t count = std::min<size_t>(end - wanted.start, wanted.count), frame = kLanes * elementBytes(piece_.type);
  for (size_t t = 0; t < tiles(); t++) {
    std::memcpy(buffer_.data() + t * piece_.samples * frame,
                before.buffer_.data() + (t * before.piece_.samples + wanted.start - before.start_) * frame,
                count * frame);
  }
  return count;
}

template <size_t bytes>
void copyFrames(const char* from, size_t frame, char* to, size_t count) {
  for (size_t i = 0; i < count; i++) std::memcpy(to + i * bytes, from + i * frame, bytes);
}

void FlatReader::intoTiles(const char* frames, size_t at, size_t count) {
  const size_t each = elementBytes(piece_.type), frame = source_.layout().width * each;
  for (size_t t = 0; t < tiles(); t++) {
    const size_t first = std::min(t * kLanes, piece_.channels() - kLanes) + piece_.offsets[0];
    char* const to = buffer_.data() + (t * piece_.tileStride + at * kLanes) * each;
    const char* const from = frames + first * each;
    if (each == 1) copyFrames<kLanes>(from, frame, to, count);
    if (each == 2) copyFrames<2 * kLanes>(from, frame, to, count);
    if (each == 4) copyFrames<4 * kLanes>(from, frame, to, count);
    if (each == 8) copyFrames<8 * kLanes>(from, frame, to, count);
  }
}

void FlatReader::read(size_t part, size_t worker) {
  const Run& run = runs_[part];
  const size_t each = elementBytes(piece_.type);
  if (piece_.tileStride == 0) {
    return source_.readValues(run.first, run.count, buffer_.data() + run.at * each, scratch_[worker]);
  }
  const size_t values = run.count * source_.layout().width;
  frames_[worker].resize(std::max(frames_[worker].size(), values * each));
  source_.readValues(run.first, values, frames_[worker].data(), scratch_[worker]);
  intoTiles(frames_[worker].data(), run.at, run.count);
}

std::unique_ptr<PieceReader> FlatSource::reader(size_t threads) {
  return std::make_unique<FlatReader>(*this, threads);
}

}  // namespace

std::unique_ptr<FrameSource> flatSource(std::shared_ptr<FileHandle> file, FlatLayout layout) {
  return std::make_unique<FlatSource>(std::move(file), std::move(layout));
}

}  // namespace spikelab
