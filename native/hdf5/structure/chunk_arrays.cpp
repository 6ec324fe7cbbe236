#include "chunk_arrays.h"

#include <bit>

namespace spikelab::hdf5 {
namespace {

constexpr size_t kChecksumBytes = 4;
constexpr unsigned kMaxBits = 63;
// Blocks that stay in memory.
constexpr size_t kMostKept = 4096;

unsigned log2Of(uint64_t value) {
  return static_cast<unsigned>(std::bit_width(value)) - 1;
}

bool bitSet(const std::vector<unsigned char>& bits, uint64_t index) {
  return index / 8 < bits.size() && (bits[index / 8] & (0x80u >> index % 8)) != 0;
}

class ArrayBase : public ChunkArray {
 public:
  ArrayBase(File& file, uint64_t address, unsigned client, const std::string& place)
      : file_(file), place_(place), address_(address), client_(client) {}

 protected:
  [[noreturn]] void damaged(const std::string& what) const {
    throw file_.formatError(place_, "an index of chunks with " + what + " was expected");
  }

  void checkOwner(Structure& block) const {
    if (block.number(1) != client_ || block.address() != address_) damaged("blocks of its own");
  }

  void checkElementBytes() const {
    const uint64_t least = file_.addressBytes() + (client_ == 1 ? 5 : 0);
    if (client_ > 1 || elementBytes_ < least || elementBytes_ > least + 7 || (client_ == 0 && elementBytes_ != least)) {
      damaged("elements of possible size");
    }
  }

  // Elements that are stored with a checksum behind them, from `address` on.
  const std::vector<unsigned char>& page(uint64_t address, uint64_t count) {
    const auto known = kept_.find(address);
    const uint64_t bytes = count * elementBytes_;
    if (known != kept_.end() && known->second.size() == bytes) return known->second;
    Structure stored(file_, address, bytes + kChecksumBytes, {}, true, place_);
    return keep(address, stored, bytes);
  }

  const std::vector<unsigned char>& keep(uint64_t address, Structure& stored, uint64_t bytes) {
    if (kept_.size() >= kMostKept) kept_.clear();
    const unsigned char* data = stored.take(bytes);
    return kept_[address] = {data, data + bytes};
  }

  const std::vector<unsigned char>* kept(uint64_t address, uint64_t bytes) const {
    const auto known = kept_.find(address);
    return known != kept_.end() && known->second.size() == bytes ? &known->second : nullptr;
  }

  File& file_;
  std::string place_;
  uint64_t address_;
  unsigned client_;

 private:
  std::map<uint64_t, std::vector<unsigned char>> kept_;
};

class FixedArray : public ArrayBase {
 public:
  FixedArray(File& file, uint64_t address, unsigned client, const std::string& place)
      : ArrayBase(file, address, client, place) {
    Structure header(file, address, 12 + file.lengthBytes() + file.addressBytes(), {"FAHD\0", 5}, true, place_);
    if (header.number(1) != client) damaged("elements that fit the dataset's filters");
    elementBytes_ = header.number(1);
    const unsigned bits = static_cast<unsigned>(header.number(1));
    count_ = header.length();
    block_ = header.address();
    checkElementBytes();
    if (bits == 0 || bits > kMaxBits || count_ > file.descriptor().size * 8) damaged("possible counts");
    pageElements_ = uint64_t{1} << bits;
    if (!undefinedAddress(file, block_)) openBlock();
  }

  const unsigned char* element(uint64_t index) override {
    if (index >= count_) damaged("all chunks");
    if (undefinedAddress(file_, block_)) return nullptr;
    if (!paged_) return elements_.data() + index * elementBytes_;
    const uint64_t number = index / pageElements_;
    if (!bitSet(written_, number)) return nullptr;
    const uint64_t first = number * pageElements_;
    const uint64_t address = block_ + headBytes_ + number * (pageElements_ * elementBytes_ + kChecksumBytes);
    return page(address, std::min(pageElements_, count_ - first)).data() + (index - first) * elementBytes_;
  }

 private:
  void openBlock() {
    paged_ = count_ > pageElements_;
    const uint64_t pages = (count_ + pageElements_ - 1) / pageElements_;
    const uint64_t content = paged_ ? (pages + 7) / 8 : count_ * elementBytes_;
    headBytes_ = 6 + file_.addressBytes() + content + kChecksumBytes;
    Structure block(file_, block_, headBytes_, {"FADB\0", 5}, true, place_);
    checkOwner(block);
    const unsigned char* data = block.take(content);
    (paged_ ? written_ : elements_).assign(data, data + content);
  }

  uint64_t count_ = 0, block_ = 0, pageElements_ = 0, headBytes_ = 0;
  bool paged_ = false;
  std::vector<unsigned char> written_, elements_;
};

// The first elements are in an index block; then come data blocks that double in size every other time, first named by
// the index block, then by secondary ("super") blocks.
class ExtensibleArray : public ArrayBase {
 public:
  ExtensibleArray(File& file, uint64_t address, unsigned client, const std::string& place)
      : ArrayBase(file, address, client, place) {
    Structure header(file, address, 16 + 6 * file.lengthBytes() + file.addressBytes(), {"EAHD\0", 5}, true, place_);
    if (header.number(1) != client) damaged("elements that fit the dataset's filters");
    elementBytes_ = header.number(1);
    maxBits_ = static_cast<unsigned>(header.number(1));
    inIndex_ = header.number(1);
    leastElements_ = header.number(1);
    const uint64_t leastPointers = header.number(1);
    const unsigned pageBits = static_cast<unsigned>(header.number(1));
    for (int i = 0; i < 4; i++) header.length();
    set_ = header.length();
    header.length();
    index_ = header.address();
    checkElementBytes();
    const bool sound = maxBits_ > 0 && maxBits_ <= kMaxBits && std::has_single_bit(leastElements_) &&
                       std::has_single_bit(leastPointers) && leastPointers > 1 && pageBits > 0 &&
                       pageBits <= kMaxBits && log2Of(leastElements_) < maxBits_;
    if (!sound) damaged("possible counts");
    pageElements_ = uint64_t{1} << pageBits;
    offsetBytes_ = (maxBits_ + 7) / 8;
    firstGroup_ = 2 * log2Of(leastPointers);
    directBlocks_ = 2 * (leastPointers - 1);
    const uint64_t groups = 1 + maxBits_ - log2Of(leastElements_);
    if (groups < firstGroup_) damaged("possible counts");
    superBlocks_ = groups - firstGroup_;
    if (!undefinedAddress(file, index_)) openIndex();
  }

  const unsigned char* element(uint64_t index) override {
    if (index >= set_ || undefinedAddress(file_, index_)) return nullptr;
    if (index < inIndex_) return elements_.data() + index * elementBytes_;
    index -= inIndex_;
    // groups of blocks of one size; group g begins at element (2^g - 1) × the least
    const unsigned group = log2Of(index / leastElements_ + 1);
    const uint64_t blockElements = (uint64_t{1} << (group + 1) / 2) * leastElements_;
    const uint64_t groupStart = ((uint64_t{1} << group) - 1) * leastElements_;
    const uint64_t inGroup = index - groupStart;
    const uint64_t block = inGroup / blockElements, at = inGroup % blockElements;
    if (group < firstGroup_) return inBlock(pointers_.at(firstBlock(group) + block), blockElements, at);
    if (group - firstGroup_ >= superBlocks_) damaged("all chunks");
    const uint64_t super = pointers_.at(directBlocks_ + (group - firstGroup_));
    return undefinedAddress(file_, super) ? nullptr : inSuper(super, group, blockElements, block, at);
  }

 private:
  // Number of the first data block of a group: those before have 1, 1, 2, 2, 4, 4 … blocks.
  static uint64_t firstBlock(unsigned group) {
    const uint64_t half = uint64_t{1} << group / 2;
    return group % 2 == 0 ? 2 * (half - 1) : 2 * (half - 1) + half;
  }

  void openIndex() {
    const uint64_t pointers = directBlocks_ + superBlocks_;
    Structure block(file_, index_,
                    10 + file_.addressBytes() + inIndex_ * elementBytes_ + pointers * file_.addressBytes(),
                    {"EAIB\0", 5}, true, place_);
    checkOwner(block);
    const unsigned char* data = block.take(inIndex_ * elementBytes_);
    elements_.assign(data, data + inIndex_ * elementBytes_);
    for (uint64_t i = 0; i < pointers; i++) pointers_.push_back(block.address());
  }

  const unsigned char* inBlock(uint64_t address, uint64_t elements, uint64_t at) {
    if (undefinedAddress(file_, address)) return nullptr;
    const uint64_t bytes = elements * elementBytes_;
    if (const auto* known = kept(address, bytes)) return known->data() + at * elementBytes_;
    Structure block(file_, address, headBytes() + bytes, {"EADB\0", 5}, true, place_);
    checkOwner(block);
    block.take(offsetBytes_);
    return keep(address, block, bytes).data() + at * elementBytes_;
  }

  const unsigned char* inSuper(uint64_t address, unsigned group, uint64_t elements, uint64_t block, uint64_t at) {
    const uint64_t blocks = uint64_t{1} << group / 2;
    const bool paged = elements > pageElements_;
    const uint64_t pages = paged ? elements / pageElements_ : 0, bitBytes = (pages + 7) / 8;
    const auto known = supers_.find(address);
    if (known == supers_.end()) openSuper(address, blocks, paged ? blocks * bitBytes : 0);
    const Super& super = supers_.at(address);
    if (block >= super.blocks.size()) damaged("all chunks");
    const uint64_t data = super.blocks[block];
    if (!paged) return inBlock(data, elements, at);
    if (undefinedAddress(file_, data)) return nullptr;
    const uint64_t number = at / pageElements_;
    if (!bitSet(super.written, block * pages + number)) return nullptr;
    const uint64_t place = data + headBytes() + number * (pageElements_ * elementBytes_ + kChecksumBytes);
    return page(place, pageElements_).data() + at % pageElements_ * elementBytes_;
  }

  void openSuper(uint64_t address, uint64_t blocks, uint64_t bitBytes) {
    if (blocks > file_.descriptor().size) damaged("possible counts");
    Structure stored(file_, address, headBytes() + bitBytes + blocks * file_.addressBytes(), {"EASB\0", 5}, true,
                     place_);
    checkOwner(stored);
    stored.take(offsetBytes_);
    Super made;
    const unsigned char* bits = stored.take(bitBytes);
    made.written.assign(bits, bits + bitBytes);
    for (uint64_t i = 0; i < blocks; i++) made.blocks.push_back(stored.address());
    supers_[address] = std::move(made);
  }

  // Of data blocks and of secondary blocks, with the checksum.
  uint64_t headBytes() const { return 6 + file_.addressBytes() + offsetBytes_ + kChecksumBytes; }

  struct Super {
    std::vector<unsigned char> written;
    std::vector<uint64_t> blocks;
  };
  unsigned maxBits_ = 0, firstGroup_ = 0;
  uint64_t inIndex_ = 0, leastElements_ = 0, pageElements_ = 0, set_ = 0, index_ = 0;
  uint64_t offsetBytes_ = 0, directBlocks_ = 0, superBlocks_ = 0;
  std::vector<unsigned char> elements_;
  std::vector<uint64_t> pointers_;
  std::map<uint64_t, Super> supers_;
};

}  // namespace

std::unique_ptr<ChunkArray> openFixedArray(File& file, uint64_t address, unsigned client, const std::string& place) {
  return std::make_unique<FixedArray>(file, address, client, place);
}

std::unique_ptr<ChunkArray> openExtensibleArray(File& file, uint64_t address, unsigned client,
                                                const std::string& place) {
  return std::make_unique<ExtensibleArray>(file, address, client, place);
}

}  // namespace spikelab::hdf5
