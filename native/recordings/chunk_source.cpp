#include "chunk_source.h"

#include <cstring>
#include <numeric>

#include "../hdf5/numbers/chunk_reader.h"

namespace spikelab {
namespace {

// Samples that a piece has beyond its chunks, about: they are there for the next one.
constexpr size_t kOverlap = 8192;

class ChunkSource : public FrameSource {
 public:
  ChunkSource(std::shared_ptr<hdf5::File> file, hdf5::Dataset dataset, const Hdf5Layout& layout)
      : file_(std::move(file)), dataset_(std::move(dataset)), layout_(layout) {
    flat_ = dataset_.shape.size() == 1;
    time_ = flat_ || layout_.timeFirst ? 0 : 1;
    if (flat_) frame_ = static_cast<size_t>(dataset_.size / layout_.samples);
    chunks_ = hdf5::ChunkReader::open(*file_, dataset_, dataset_.type.size);
  }

  bool known() const { return chunks_ != nullptr; }
  size_t channels() const override { return layout_.columns.size(); }
  uint64_t samples() const override { return layout_.samples; }
  ElementType type() const override { return hdf5::exactElement(dataset_.type); }
  size_t channelsAtATime(size_t bytes) const override;
  StreamPieces pieces(size_t channels, size_t bytes) const override {
    return {bytes, channels * elementBytes(type()), static_cast<size_t>(std::min(chunkSamples(), samples()))};
  }
  std::unique_ptr<PieceReader> reader(size_t threads) override;

  bool flat() const { return flat_; }
  bool timeFirst() const { return time_ == 0; }
  size_t column(size_t channel) const { return layout_.columns[channel]; }
  // Along time everything is counted in steps: samples, or where frames of 5 values lie in one dimension, its values.
  // Chunks of such a dataset may end within a frame: those of 12 values end behind 2 and 2/5 frames.
  uint64_t stepsPerSample() const { return frame_; }
  uint64_t steps() const { return samples() * frame_; }
  uint64_t chunkSteps() const { return dataset_.chunk[time_]; }
  uint64_t chunkSamples() const { return (chunkSteps() + frame_ - 1) / frame_; }
  uint64_t chunkChannels() const { return flat_ ? frame_ : dataset_.chunk[1 - time_]; }
  const hdf5::ChunkReader& chunks() const { return *chunks_; }
  hdf5::File& file() const { return *file_; }
  const hdf5::Dataset& dataset() const { return dataset_; }
  hdf5::ChunkDecoder& decoder(size_t worker) { return *decoders_[worker]; }

  void checkSize(uint64_t bytes) const {
    file_->checkPlausible(bytes, dataset_.path);
    if (static_cast<double>(bytes) <= layout_.maxArrayBytes) return;
    throw Error(Code::kLimit, dataset_.path + " of " + file_->path(),
                {{"limit", std::string("maxArrayBytes")},
                 {"allowed", layout_.maxArrayBytes},
                 {"found", static_cast<double>(bytes)}});
  }

 private:
  std::shared_ptr<hdf5::File> file_;
  hdf5::Dataset dataset_;
  Hdf5Layout layout_;
  bool flat_ = false;
  size_t time_ = 0;
  size_t frame_ = 1;
  std::unique_ptr<hdf5::ChunkReader> chunks_;
  std::vector<std::unique_ptr<hdf5::ChunkDecoder>> decoders_;
};

// All, where a row of their chunks fits; else groups that share neither chunks nor lanes.
size_t ChunkSource::channelsAtATime(size_t bytes) const {
  checkSize(chunks_->chunkBytes());
  const uint64_t length = std::min(chunkSamples() + kOverlap, samples());
  const uint64_t most = bytes / (length * elementBytes(type()));
  if (channels() <= most) return channels();
  const uint64_t wide = std::min<uint64_t>(chunkChannels(), channels());
  const uint64_t unit = std::lcm(wide, uint64_t{kLanes}), largest = std::max<uint64_t>(1, most / unit) * unit;
  const uint64_t groups = (channels() + largest - 1) / largest, even = (channels() + groups - 1) / groups;
  return static_cast<size_t>(std::min<uint64_t>((even + unit - 1) / unit * unit, channels()));
}

class ChunkPieceReader : public PieceReader {
 public:
  explicit ChunkPieceReader(ChunkSource& source) : PieceReader(source.type()), source_(source) {}
  size_t start(const Stretch& wanted, const PieceReader* before, Control& control) override;
  void read(size_t part, size_t worker) override;

 private:
  // Channels beside each other in the dataset, and where in the piece they are.
  struct Block {
    size_t low, width, at;
    hdf5::Slab slab;
    hdf5::ChunkGrid grid;
  };
  struct Part {
    size_t block;
    uint64_t index;  // in the grid
    hdf5::StoredChunk chunk;
  };
  void findBlocks();
  void addBlock(size_t low, size_t high, size_t at);
  void locate(uint64_t from, Control& control);
  void copyFrom(const ChunkPieceReader& before);
  void place(const Stretch& wanted);
  bool holds(const Stretch& wanted) const;

  ChunkSource& source_;
  FileBuffer buffer_;
  std::vector<size_t> channels_;
  uint64_t start_ = 0, count_ = 0;  // steps
  std::vector<Block> blocks_;
  std::vector<Part> parts_;
};

bool ChunkPieceReader::holds(const Stretch& wanted) const {
  const uint64_t steps = source_.stepsPerSample();
  return wanted.channels == channels_ && wanted.start * steps >= start_ &&
         (wanted.start + wanted.count) * steps <= start_ + count_;
}

size_t ChunkPieceReader::start(const Stretch& wanted, const PieceReader* before, Control& control) {
  const bool ready = holds(wanted);
  if (!ready) {
    // whole chunks: what comes next, or comes again, may be in them
    const uint64_t length = source_.chunkSteps(), steps = source_.stepsPerSample();
    const uint64_t from = wanted.start * steps, end = from + wanted.count * steps;
    const auto* other = static_cast<const ChunkPieceReader*>(before);
    const bool shared =
        other && other->channels_ == wanted.channels && other->start_ <= from && other->start_ + other->count_ > from;
    channels_ = wanted.channels;
    start_ = shared ? from : from / length * length;
    count_ = std::min((end + length - 1) / length * length, source_.steps()) - start_;
    findBlocks();
    if (shared) copyFrom(*other);
    locate(shared ? other->start_ + other->count_ : start_, control);
  }
  place(wanted);
  return ready ? 0 : parts_.size();
}

// Channels whose chunks are the same, or lie beside each other, are read together.
void ChunkPieceReader::findBlocks() {
  std::vector<size_t> columns;
  for (const size_t channel : channels_) columns.push_back(source_.column(channel));
  std::sort(columns.begin(), columns.end());
  blocks_.clear();
  size_t at = 0;
  for (size_t i = 0; i < columns.size();) {
    size_t high = columns[i];
    const size_t low = high;
    const auto near = [&](size_t column) {
      return source_.timeFirst() || column <= high + 1 ||
             column / source_.chunkChannels() == high / source_.chunkChannels();
    };
    for (i++; i < columns.size() && near(columns[i]); i++) high = columns[i];
    addBlock(low, high, at);
    at += source_.flat() ? count_ : (high - low + 1) * count_;
  }
  const uint64_t bytes = at * elementBytes(piece_.type) + TracesPiece::kPadding;
  source_.checkSize(bytes);
  if (buffer_.length() < bytes) buffer_ = FileBuffer(bytes);
  std::memset(buffer_.data() + bytes - TracesPiece::kPadding, 0, TracesPiece::kPadding);
  piece_.data = buffer_.data();
}

void ChunkPieceReader::addBlock(size_t low, size_t high, size_t at) {
  if (source_.flat()) low = 0;
  const uint64_t width = source_.flat() ? source_.stepsPerSample() : high - low + 1;
  hdf5::Slab slab{{start_, low}, {count_, width}, count_ * width};
  if (!source_.timeFirst()) slab = {{low, start_}, {width, count_}, count_ * width};
  if (source_.flat()) slab = {{start_}, {count_}, count_};
  const hdf5::ChunkGrid grid(source_.file(), source_.dataset(), slab);
  blocks_.push_back({low, width, at, std::move(slab), grid});
}

// What the piece before has of this one: it ends between chunks.
void ChunkPieceReader::copyFrom(const ChunkPieceReader& before) {
  const size_t bytes = elementBytes(piece_.type);
  const uint64_t skipped = start_ - before.start_, count = before.count_ - skipped;
  for (size_t b = 0; b < blocks_.size(); b++) {
    const Block &to = blocks_[b], &from = before.blocks_[b];
    // rows of channels, or all frames as one
    const size_t rows = source_.timeFirst() ? 1 : to.width;
    const size_t values = source_.timeFirst() && !source_.flat() ? to.width : 1;
    for (size_t row = 0; row < rows; row++) {
      std::memcpy(buffer_.data() + (to.at + row * count_) * bytes,
                  before.buffer_.data() + (from.at + row * before.count_ + skipped * values) * bytes,
                  count * values * bytes);
    }
  }
}

// The chunks that begin at step `from` or behind it.
void ChunkPieceReader::locate(uint64_t from, Control& control) {
  parts_.clear();
  for (size_t b = 0; b < blocks_.size(); b++) {
    const hdf5::ChunkGrid& grid = blocks_[b].grid;
    const uint64_t inner = source_.flat() ? 1 : grid.count[1];
    for (uint64_t i = 0; i < grid.size; i++) {
      const uint64_t time = source_.timeFirst() ? grid.first[0] + i / inner : grid.first[1] + i % inner;
      if (std::min((time + 1) * source_.chunkSteps(), source_.steps()) <= from) continue;
      if (parts_.size() % 64 == 0) control.check();
      parts_.push_back({b, i, source_.chunks().locate(grid, i)});
    }
  }
}

void ChunkPieceReader::place(const Stretch& wanted) {
  // of steps; those of frames in one dimension are its values
  const uint64_t skipped = wanted.start * source_.stepsPerSample() - start_;
  const bool frames = source_.timeFirst() && !source_.flat();
  piece_.samples = wanted.count;
  piece_.sampleStride = source_.timeFirst() ? blocks_[0].width : 1;
  piece_.offsets.clear();
  for (const size_t channel : channels_) {
    const size_t column = source_.column(channel);
    const auto block = std::find_if(blocks_.begin(), blocks_.end(),
                                    [&](const Block& b) { return column >= b.low && column < b.low + b.width; });
    const size_t beside = column - block->low;
    const uint64_t inside = frames           ? beside + skipped * block->width
                            : source_.flat() ? beside + skipped
                                             : beside * count_ + skipped;
    piece_.offsets.push_back(block->at + inside);
  }
}

void ChunkPieceReader::read(size_t part, size_t worker) {
  const Part& which = parts_[part];
  const Block& block = blocks_[which.block];
  const hdf5::Target target(source_.dataset().type, hdf5::exactElement(source_.dataset().type),
                            buffer_.data() + block.at * elementBytes(piece_.type));
  source_.chunks().read(block.grid, block.slab, which.index, which.chunk, target, source_.decoder(worker));
}

std::unique_ptr<PieceReader> ChunkSource::reader(size_t threads) {
  while (decoders_.size() < threads) decoders_.push_back(chunks_->decoder());
  return std::make_unique<ChunkPieceReader>(*this);
}

}  // namespace

std::unique_ptr<FrameSource> chunkSource(std::shared_ptr<hdf5::File> file, hdf5::Dataset dataset,
                                         const Hdf5Layout& layout) {
  auto source = std::make_unique<ChunkSource>(std::move(file), std::move(dataset), layout);
  if (!source->known()) return nullptr;
  return source;
}

}  // namespace spikelab
