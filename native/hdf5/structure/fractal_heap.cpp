#include "fractal_heap.h"

#include <algorithm>
#include <bit>

#include "btree2.h"
#include "bytes.h"
#include "checksum.h"

namespace spikelab::hdf5 {
namespace {

// Blocks do not overlap in a sound file, so all of them together are no larger than it.
constexpr uint64_t kMostAmplification = 4;
constexpr uint64_t kAmplifyFrom = uint64_t{1} << 20;
constexpr uint64_t kMaxWidth = 1 << 12;
constexpr unsigned kHugeRecords = 1;

unsigned log2Of(uint64_t power) {
  return static_cast<unsigned>(std::bit_width(power)) - 1;
}

}  // namespace

void FractalHeap::damaged(const std::string& what) const {
  throw file_.formatError(place_, "a heap with " + what + " was expected");
}

FractalHeap::FractalHeap(File& file, uint64_t address, const std::string& place)
    : file_(file), place_(place), address_(address) {
  const uint64_t bytes = 26 + 12 * file.lengthBytes() + 3 * file.addressBytes();
  // filters lengthen the header, so its checksum fails at this length: told apart before
  unsigned char start[9];
  if (file.descriptor().read(address, start, sizeof start) && littleEndian(start + 7, 2) != 0) {
    throw file.unsupported("filtered heap",
                           "links and attributes without filters were expected, found a filtered heap at " + place);
  }
  Structure header(file, address, bytes, {"FRHP\0", 5}, true, place_);
  idBytes_ = header.number(2);
  header.take(2);
  summed_ = (header.number(1) & 2) != 0;
  const uint64_t mostManaged = header.number(4);
  header.length();  // the next identifier of a huge object
  hugeTree_ = header.address();
  header.length();
  header.address();
  for (int i = 0; i < 8; i++) header.length();
  width_ = header.number(2);
  startBytes_ = header.length();
  directBytes_ = header.length();
  offsetBits_ = static_cast<unsigned>(header.number(2));
  header.number(2);
  root_ = header.address();
  rows_ = header.number(2);
  const bool sound = width_ > 0 && width_ <= kMaxWidth && std::has_single_bit(width_) &&
                     std::has_single_bit(startBytes_) && std::has_single_bit(directBytes_) &&
                     startBytes_ <= directBytes_ && directBytes_ <= UINT32_MAX && offsetBits_ > 0 &&
                     offsetBits_ <= 64 && log2Of(directBytes_) < offsetBits_;
  if (!sound) damaged("blocks of possible sizes");
  directRows_ = log2Of(directBytes_) - log2Of(startBytes_) + 2;
  offsetBytes_ = (offsetBits_ + 7) / 8;
  sizeBytes_ = std::min<size_t>((log2Of(directBytes_) + 7) / 8, bytesFor(mostManaged));
  // rows double, so more would leave the heap's address space
  if (rows_ > 0 && rows_ - 1 + log2Of(startBytes_) + log2Of(width_) > offsetBits_) damaged("a possible number of rows");
  if (idBytes_ < 1 + offsetBytes_ + sizeBytes_) damaged("identifiers of possible length");
}

std::vector<unsigned char> FractalHeap::object(const unsigned char* id) {
  const unsigned version = id[0] >> 6, type = id[0] >> 4 & 3;
  if (version == 0 && type == 0) return managed(id);
  if (version == 0 && type == 1) return huge(id);
  if (version == 0 && type == 2) return tiny(id);
  damaged("identifiers of a known kind");
}

std::vector<unsigned char> FractalHeap::tiny(const unsigned char* id) const {
  const size_t room = idBytes_ - 1;
  const size_t size = (id[0] & 15u) + 1;
  if (room > 16 || size > room) damaged("tiny objects inside their identifiers");
  return {id + 1, id + 1 + size};
}

std::vector<unsigned char> FractalHeap::huge(const unsigned char* id) {
  const size_t addressBytes = file_.addressBytes(), lengthBytes = file_.lengthBytes();
  uint64_t address = 0, size = 0;
  bool found = false;
  if (idBytes_ - 1 >= addressBytes + lengthBytes) {
    address = littleEndian(id + 1, static_cast<unsigned>(addressBytes));
    size = littleEndian(id + 1 + addressBytes, static_cast<unsigned>(lengthBytes));
    found = true;
  } else {
    const uint64_t wanted = littleEndian(id + 1, static_cast<unsigned>(std::min(idBytes_ - 1, lengthBytes)));
    if (!hugeObjects_) hugeObjects_.emplace(file_, hugeTree_, kHugeRecords, addressBytes + 2 * lengthBytes, place_);
    const BTree2::Record record = hugeObjects_->find([&](BTree2::Record other) {
      const uint64_t there = littleEndian(other + addressBytes + lengthBytes, static_cast<unsigned>(lengthBytes));
      return wanted == there ? 0 : wanted < there ? -1 : 1;
    });
    found = record != nullptr;
    if (found) {
      address = littleEndian(record, static_cast<unsigned>(addressBytes));
      size = littleEndian(record + addressBytes, static_cast<unsigned>(lengthBytes));
    }
  }
  readBytes_ += found && size <= file_.descriptor().size ? size : 0;
  if (!found || size > file_.descriptor().size ||
      readBytes_ > kAmplifyFrom + kMostAmplification * file_.descriptor().size) {
    damaged("huge objects that are there");
  }
  std::vector<unsigned char> out(size);
  if (!file_.descriptor().read(address, out.data(), size)) damaged("huge objects inside the file");
  return out;
}

std::vector<unsigned char> FractalHeap::managed(const unsigned char* id) {
  const uint64_t offset = littleEndian(id + 1, static_cast<unsigned>(offsetBytes_));
  const uint64_t size = littleEndian(id + 1 + offsetBytes_, static_cast<unsigned>(sizeBytes_));
  const Block block = blockOf(offset);
  const uint64_t head = 5 + file_.addressBytes() + offsetBytes_ + (summed_ ? 4 : 0);
  const uint64_t at = offset - block.start;
  if (size == 0 || at < head || at > block.bytes || size > block.bytes - at) damaged("objects inside their blocks");
  const std::vector<unsigned char>& bytes = direct(block);
  return {bytes.begin() + static_cast<ptrdiff_t>(at), bytes.begin() + static_cast<ptrdiff_t>(at + size)};
}

// From the root down: an indirect block has rows of `width` blocks each, whose sizes double from the second row on.
FractalHeap::Block FractalHeap::blockOf(uint64_t offset) {
  if (undefinedAddress(file_, root_)) damaged("blocks");
  if (rows_ == 0) {
    if (offset >= startBytes_) damaged("objects inside its blocks");
    return {root_, 0, startBytes_};
  }
  uint64_t address = root_, start = 0, rows = rows_;
  for (;;) {
    const uint64_t inside = offset - start;
    const uint64_t firstRow = width_ * startBytes_;
    const uint64_t row = inside < firstRow ? 0 : log2Of(inside / firstRow) + 1;
    if (row >= rows) damaged("objects inside its blocks");
    const uint64_t rowStart = row == 0 ? 0 : firstRow << (row - 1);
    const uint64_t column = (inside - rowStart) / rowBytes(row);
    const uint64_t child = indirect(address, start, rows)[row * width_ + column];
    if (undefinedAddress(file_, child)) damaged("objects in blocks that are there");
    if (row >= directRows_ && rowBytes(row) < firstRow) damaged("blocks of possible sizes");
    start += rowStart + column * rowBytes(row);
    if (row < directRows_) return {child, start, rowBytes(row)};
    address = child;
    rows = log2Of(rowBytes(row)) - log2Of(firstRow) + 1;
  }
}

const std::vector<uint64_t>& FractalHeap::indirect(uint64_t address, uint64_t start, uint64_t rows) {
  const auto known = indirect_.find(address);
  const uint64_t count = rows * width_;
  if (known != indirect_.end() && known->second.size() == count) return known->second;
  Structure block(file_, address, 9 + file_.addressBytes() + offsetBytes_ + count * file_.addressBytes(), {"FHIB\0", 5},
                  true, place_);
  if (block.address() != address_ || block.number(offsetBytes_) != start) damaged("blocks of its own");
  std::vector<uint64_t> children;
  for (uint64_t i = 0; i < count; i++) children.push_back(block.address());
  return indirect_[address] = std::move(children);
}

const std::vector<unsigned char>& FractalHeap::direct(const Block& block) {
  const auto known = direct_.find(block.address);
  if (known != direct_.end() && known->second.size() == block.bytes) return known->second;
  if (block.bytes < 9 + file_.addressBytes() + offsetBytes_) damaged("blocks of possible sizes");
  readBytes_ += block.bytes;
  if (readBytes_ > kAmplifyFrom + kMostAmplification * file_.descriptor().size) damaged("blocks that do not overlap");
  Structure stored(file_, block.address, block.bytes, {"FHDB\0", 5}, false, place_);
  if (stored.address() != address_ || stored.number(offsetBytes_) != block.start) damaged("blocks of its own");
  std::vector<unsigned char> bytes = stored.release();
  if (summed_) {
    // of the whole block, with zeros in the place of the checksum itself
    unsigned char* sum = bytes.data() + 5 + file_.addressBytes() + offsetBytes_;
    const uint64_t expected = littleEndian(sum, 4);
    std::fill_n(sum, 4, static_cast<unsigned char>(0));
    if (!sumFits(bytes.data(), bytes.size(), expected)) damaged("blocks with the right checksums");
  }
  return direct_[block.address] = std::move(bytes);
}

}  // namespace spikelab::hdf5
