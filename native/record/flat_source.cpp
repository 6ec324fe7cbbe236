#include "flat_source.h"

#include <cstring>

#include "../hdf5/buffer.h"

namespace spikelab {
namespace {

// What one thread reads at a time: enough for full speed, and it stays in the second-level cache where it is converted.
constexpr size_t kPartBytes = size_t{256} << 10;
// Samples of a channel that are read at once where channels lie one after the other.
constexpr size_t kRowSamples = size_t{1} << 16;
// What pieces of so many samples may take altogether, to stay in the last-level cache.
constexpr size_t kRowsBytes = size_t{8} << 20;

static_assert(static_cast<int>(hdf5::Element::kFloat64) == static_cast<int>(ElementType::kFloat64));

class FlatSource : public FrameSource {
 public:
  FlatSource(std::shared_ptr<FileHandle> file, FlatLayout layout)
      : file_(std::move(file)), layout_(std::move(layout)), element_(hdf5::exactElement(layout_.type)) {}

  size_t channels() const override { return layout_.columns.size(); }
  uint64_t samples() const override { return layout_.frames; }
  ElementType type() const override { return elementTypeOf(layout_.type); }
  size_t channelsAtATime(size_t bytes) const override;
  StreamPieces pieces(size_t channels, size_t bytes) const override {
    return {bytes, (layout_.timeFirst ? layout_.width : channels) * hdf5::elementBytes(element_), 0};
  }
  std::unique_ptr<PieceReader> reader(size_t threads) override;

  const FlatLayout& layout() const { return layout_; }
  hdf5::Element element() const { return element_; }

  // Values [first, first + count) of the file to `into`.
  void readValues(uint64_t first, size_t count, char* into, std::vector<char>& scratch) const {
    const size_t bytes = layout_.type.size;
    const uint64_t at = layout_.offset + first * bytes;
    if (hdf5::storedAsUsed(layout_.type, element_)) return file_->readAt(at, into, count * bytes);
    scratch.resize(count * bytes);
    file_->readAt(at, scratch.data(), count * bytes);
    hdf5::convertNumbers(layout_.type, scratch.data(), element_, into, count);
  }

 private:
  std::shared_ptr<FileHandle> file_;
  FlatLayout layout_;
  hdf5::Element element_;
};

// Where channels lie one after the other: long runs of few, rather than short ones of all.
size_t FlatSource::channelsAtATime(size_t bytes) const {
  if (layout_.timeFirst) return channels();
  const size_t rows = std::min(bytes, kRowsBytes) / (kRowSamples * hdf5::elementBytes(element_)) / kLanes * kLanes;
  return std::clamp(rows, kLanes, std::max(kLanes, channels()));
}

class FlatReader : public PieceReader {
 public:
  FlatReader(const FlatSource& source, size_t threads) : source_(source), scratch_(threads) {
    piece_.type = source.type();
    piece_.padded = true;
  }
  size_t start(const Stretch& wanted, const PieceReader* before, Control& control) override;
  void read(size_t part, size_t worker) override;

 private:
  struct Run {
    uint64_t first;  // value of the file
    size_t at;       // value of the piece
    size_t count;
  };
  void addRun(uint64_t first, size_t at, size_t count);

  const FlatSource& source_;
  hdf5::Buffer buffer_;
  std::vector<Run> runs_;
  std::vector<std::vector<char>> scratch_;
};

// What overlaps is read again: out of the page cache that is as quick as copying it.
size_t FlatReader::start(const Stretch& wanted, const PieceReader*, Control&) {
  const FlatLayout& layout = source_.layout();
  const size_t values = wanted.count * (layout.timeFirst ? layout.width : wanted.channels.size());
  const size_t bytes = values * bytesOf(piece_.type) + TracesPiece::kPadding;
  if (buffer_.bytes() < bytes) buffer_ = hdf5::Buffer(bytes);
  std::memset(buffer_.data() + bytes - TracesPiece::kPadding, 0, TracesPiece::kPadding);
  piece_.data = buffer_.data();
  piece_.samples = wanted.count;
  piece_.sampleStride = layout.timeFirst ? layout.width : 1;
  piece_.offsets.clear();
  runs_.clear();
  if (layout.timeFirst) addRun(wanted.start * layout.width, 0, values);
  for (const size_t channel : wanted.channels) {
    const size_t column = layout.columns[channel], at = piece_.offsets.size() * wanted.count;
    piece_.offsets.push_back(layout.timeFirst ? column : at);
    if (!layout.timeFirst) addRun(column * layout.frames + wanted.start, at, wanted.count);
  }
  return runs_.size();
}

void FlatReader::addRun(uint64_t first, size_t at, size_t count) {
  const size_t most = kPartBytes / source_.layout().type.size;
  for (size_t done = 0; done < count; done += most) {
    runs_.push_back({first + done, at + done, std::min(most, count - done)});
  }
}

void FlatReader::read(size_t part, size_t worker) {
  const Run& run = runs_[part];
  source_.readValues(run.first, run.count, buffer_.data() + run.at * bytesOf(piece_.type), scratch_[worker]);
}

std::unique_ptr<PieceReader> FlatSource::reader(size_t threads) {
  return std::make_unique<FlatReader>(*this, threads);
}

}  // namespace

ElementType elementTypeOf(const hdf5::Type& type) {
  return static_cast<ElementType>(hdf5::exactElement(type));
}

std::unique_ptr<FrameSource> flatSource(std::shared_ptr<FileHandle> file, FlatLayout layout) {
  return std::make_unique<FlatSource>(std::move(file), std::move(layout));
}

}  // namespace spikelab
