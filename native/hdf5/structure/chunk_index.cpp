#include "chunk_index.h"

#include "btree2.h"
#include "bytes.h"
#include "chunk_arrays.h"
#include "chunk_tree.h"
#include "object_messages.h"
#include "shared_messages.h"

namespace spikelab::hdf5 {
namespace {

enum : unsigned { kDataspace = 0x01, kLayoutMessage = 0x08 };
enum : unsigned { kSingle = 1, kImplicit = 2, kFixed = 3, kExtensible = 4, kTree = 5 };
constexpr unsigned kOlderTree = 0x100, kPlainRecords = 10, kFilteredRecords = 11;  // the first is in no file
constexpr uint64_t kUnlimited = ~uint64_t{0};

// What the header says of the chunks.
struct Description {
  unsigned kind = 0;  // of index; 0 where no message tells
  uint64_t address = 0;
  uint64_t singleBytes = 0;  // of a single chunk that is filtered
  uint32_t singleSkipped = 0;
  std::vector<uint64_t> most;  // that the dataset may grow to, in each dimension
};

// Takes the header apart once more: libhdf5 tells neither the index's kind nor its address.
class Reader {
 public:
  Reader(File& file, const Dataset& dataset) : file_(file), dataset_(dataset) {}
  Description out;

  void take(const Message& message) {
    if (message.type == kDataspace && message.shared) {
      const std::vector<unsigned char> kept =
          SharedMessages(file_, dataset_.path).content(kDataspace, message.data, message.size);
      space(kept.data(), kept.size());
    } else if (message.type == kDataspace) {
      space(message.data, message.size);
    }
    if (message.type == kLayoutMessage && !message.shared) layout(message.data, message.size);
  }

 private:
  void space(const unsigned char* data, size_t size) {
    const size_t rank = dataset_.shape.size(), width = file_.lengthBytes();
    out.most = dataset_.shape;
    if (size < 4 || data[1] != rank || (data[2] & 1) == 0) return;
    const size_t first = (data[0] == 1 ? 8 : 4) + rank * width;
    if (size < first + rank * width) return;
    const uint64_t unlimited = width >= 8 ? kUnlimited : (uint64_t{1} << 8 * width) - 1;
    for (size_t d = 0; d < rank; d++) {
      const uint64_t most = littleEndian(data + first + d * width, static_cast<unsigned>(width));
      out.most[d] = most == unlimited ? kUnlimited : most;
    }
  }

  void layout(const unsigned char* data, size_t size) {
    constexpr unsigned kChunkedClass = 2, kFilteredSingle = 2;
    if (size < 5) return;
    const unsigned version = data[0], width = file_.addressBytes();
    const size_t older = version <= 2 ? 8 : 3;  // bytes before the address
    if (version <= 3 && data[version == 3 ? 1 : 2] == kChunkedClass && size >= older + width) {
      out.kind = kOlderTree;
      out.address = littleEndian(data + older, width);
    }
    if (version != 4 || data[1] != kChunkedClass) return;
    size_t at = 5 + size_t{data[3]} * data[4];
    const auto number = [&](size_t width) {
      if (at + width > size) throw file_.formatError(dataset_.path, "an index of chunks in its message was expected");
      at += width;
      return littleEndian(data + at - width, static_cast<unsigned>(width));
    };
    out.kind = static_cast<unsigned>(number(1));
    if (out.kind == kSingle && (data[2] & kFilteredSingle)) {
      out.singleBytes = number(file_.lengthBytes());
      out.singleSkipped = static_cast<uint32_t>(number(4));
    }
    if (out.kind == kFixed) number(1);
    if (out.kind == kExtensible) at += 5;
    if (out.kind == kTree) at += 6;
    out.address = number(file_.addressBytes());
  }

  File& file_;
  const Dataset& dataset_;
};

class IndexBase : public ChunkIndex {
 public:
  IndexBase(File& file, const Dataset& dataset, const Description& described)
      : file_(file), path_(dataset.path), described_(described), filtered_(!dataset.filters.empty()) {
    chunkBytes_ = dataset.type.size;
    for (const uint64_t n : dataset.chunk) chunkBytes_ *= n;
  }

 protected:
  StoredChunk present(uint64_t address, uint64_t bytes, uint64_t skipped) const {
    StoredChunk out;
    if (undefinedAddress(file_, address)) return out;
    const uint64_t size = file_.descriptor().size - file_.descriptor().base;
    if (address > size || bytes > size - address) {
      throw file_.formatError(path_, "data inside the file was expected, found a chunk that reaches past its end");
    }
    out.address = address;
    out.bytes = bytes;
    out.skippedFilters = static_cast<uint32_t>(skipped);
    out.present = true;
    return out;
  }

  // An address; where there are filters, the stored size and the filters that were left out, too.
  StoredChunk fromElement(const unsigned char* element, size_t bytes) const {
    const unsigned width = file_.addressBytes();
    const uint64_t address = littleEndian(element, width);
    if (!filtered_) return present(address, chunkBytes_, 0);
    const unsigned sizeBytes = static_cast<unsigned>(bytes - width - 4);
    return present(address, littleEndian(element + width, sizeBytes), littleEndian(element + bytes - 4, 4));
  }

  File& file_;
  std::string path_;
  Description described_;
  bool filtered_;
  uint64_t chunkBytes_;
};

// Numbers chunks in C order over the shape that the dataset may grow to; a dimension without a bound comes first.
class Numbered : public IndexBase {
 public:
  Numbered(File& file, const Dataset& dataset, const Description& described) : IndexBase(file, dataset, described) {
    const size_t rank = dataset.chunk.size();
    for (size_t d = 0; d < rank; d++) {
      const uint64_t most = described.most[d];
      grid_.push_back(most == kUnlimited ? 0 : most / dataset.chunk[d] + (most % dataset.chunk[d] != 0));
      if (most == kUnlimited) order_.insert(order_.begin(), d);
      if (most != kUnlimited) order_.push_back(d);
    }
    const unsigned client = filtered_ ? 1 : 0;
    if (undefinedAddress(file, described.address) || described.kind < kFixed) return;
    array_ = described.kind == kFixed ? openFixedArray(file, described.address, client, path_)
                                      : openExtensibleArray(file, described.address, client, path_);
  }

 private:
  StoredChunk locate(const std::vector<uint64_t>& place) override {
    uint64_t index = 0;
    for (size_t i = 0; i < order_.size(); i++) {
      const size_t d = order_[i];
      const bool bad = (i > 0 && place[d] >= grid_[d]) || __builtin_mul_overflow(index, i > 0 ? grid_[d] : 1, &index) ||
                       __builtin_add_overflow(index, place[d], &index);
      if (bad) throw file_.formatError(path_, "an index that holds all chunks was expected");
    }
    if (undefinedAddress(file_, described_.address)) return {};
    if (described_.kind == kSingle) {
      return present(described_.address, filtered_ ? described_.singleBytes : chunkBytes_, described_.singleSkipped);
    }
    if (described_.kind == kImplicit) {
      uint64_t at = 0;
      const bool bad =
          __builtin_mul_overflow(index, chunkBytes_, &at) || __builtin_add_overflow(at, described_.address, &at);
      if (bad) throw file_.formatError(path_, "an index that holds all chunks was expected");
      return present(at, chunkBytes_, 0);
    }
    const unsigned char* element = array_->element(index);
    return element == nullptr ? StoredChunk() : fromElement(element, array_->elementBytes());
  }

  std::vector<uint64_t> grid_;
  std::vector<size_t> order_;
  std::unique_ptr<ChunkArray> array_;
};

class Tree : public IndexBase {
 public:
  Tree(File& file, const Dataset& dataset, const Description& described)
      : IndexBase(file, dataset, described), rank_(dataset.chunk.size()) {
    if (undefinedAddress(file, described.address)) return;
    const size_t plain = file.addressBytes() + 8 * rank_;
    tree_ = std::make_unique<BTree2>(file, described.address, filtered_ ? kFilteredRecords : kPlainRecords,
                                     filtered_ ? 0 : plain, path_);
    if (filtered_ && (tree_->recordBytes() < plain + 5 || tree_->recordBytes() > plain + 12)) {
      throw file.formatError(path_, "records of possible size were expected");
    }
  }

 private:
  StoredChunk locate(const std::vector<uint64_t>& place) override {
    if (!tree_) return {};
    const size_t coordinates = tree_->recordBytes() - 8 * rank_;
    const BTree2::Record record = tree_->find([&](BTree2::Record other) {
      for (size_t d = 0; d < rank_; d++) {
        const uint64_t there = littleEndian(other + coordinates + 8 * d, 8);
        if (place[d] != there) return place[d] < there ? -1 : 1;
      }
      return 0;
    });
    return record == nullptr ? StoredChunk() : fromElement(record, coordinates);
  }

  size_t rank_;
  std::unique_ptr<BTree2> tree_;
};

class OlderTree : public IndexBase {
 public:
  OlderTree(File& file, const Dataset& dataset, const Description& described)
      : IndexBase(file, dataset, described), tree_(file, described.address, dataset.chunk, dataset.path) {}

  void expect(const std::vector<uint64_t>& from, const std::vector<uint64_t>& to) override { tree_.expect(from, to); }

 private:
  StoredChunk locate(const std::vector<uint64_t>& place) override {
    const ChunkTree::Chunk* chunk = tree_.find(place);
    if (chunk == nullptr) return {};
    if (undefinedAddress(file_, chunk->address)) {
      throw file_.formatError(path_, "an index of chunks that are stored was expected");
    }
    return present(chunk->address, chunk->bytes, chunk->skippedFilters);
  }

  ChunkTree tree_;
};

}  // namespace

std::unique_ptr<ChunkIndex> ChunkIndex::open(File& file, const Dataset& dataset) {
  Reader reader(file, dataset);
  H5O_info_t object;
  {
    LibraryLock lock;
    if (H5Oget_info2(dataset.handle.get(), &object, H5O_INFO_BASIC) < 0) throw file.libraryError(dataset.path, "read");
  }
  forEachMessage(file, object.addr, [&](const Message& message) { reader.take(message); });
  const Description& described = reader.out;
  if (described.kind == kOlderTree) return std::make_unique<OlderTree>(file, dataset, described);
  if (described.kind == 0 || described.kind > kTree || described.most.size() != dataset.chunk.size()) {
    throw file.formatError(dataset.path, "a known index of chunks was expected");
  }
  if (described.kind != kTree) return std::make_unique<Numbered>(file, dataset, described);
  return std::make_unique<Tree>(file, dataset, described);
}

StoredChunk ChunkIndex::find(const std::vector<uint64_t>& place) {
  std::lock_guard<std::mutex> lock(mutex_);
  return locate(place);
}

}  // namespace spikelab::hdf5
