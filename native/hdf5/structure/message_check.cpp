#include "message_check.h"

#include <cstring>

#include "bytes.h"
#include "structure.h"

namespace spikelab::hdf5 {
namespace {

enum : unsigned { kSpace = 0x01, kType = 0x03, kOldFill = 0x04, kFill = 0x05, kLayout = 0x08, kFilters = 0x0B };
enum : unsigned { kCompact = 0, kContiguous = 1, kChunked = 2 };
constexpr int kMostNested = 32;  // types in types: each takes stack

class Reader {
 public:
  Reader(const unsigned char* data, size_t size) : at_(data), left_(size) {}

  bool skip(uint64_t bytes) {
    if (bytes > left_) return false;
    at_ += bytes;
    left_ -= bytes;
    return true;
  }
  // The next field; what is not there is 0, and nothing is left.
  uint64_t number(unsigned width) {
    const unsigned char* field = at_;
    if (skip(width)) return littleEndian(field, width);
    left_ = 0;
    whole_ = false;
    return 0;
  }
  // A text with its NUL, padded to a multiple of `unit` bytes.
  bool text(size_t unit) {
    const void* end = left_ == 0 ? nullptr : std::memchr(at_, 0, left_);
    if (end == nullptr) return false;
    const size_t length = static_cast<size_t>(static_cast<const unsigned char*>(end) - at_) + 1;
    return skip((length + unit - 1) / unit * unit);
  }
  bool whole() const { return whole_; }

 private:
  const unsigned char* at_;
  size_t left_;
  bool whole_ = true;
};

// `sizeOut` gets the size of its values: never 0, by which libhdf5 divides.
bool wholeType(Reader& from, int depth, uint64_t* sizeOut = nullptr);

// `size` times the dimensions, of four bytes each; 0 for more than 2^64.
uint64_t sizeOfAll(Reader& from, uint64_t rank, uint64_t size) {
  for (uint64_t d = 0; d < rank; d++) {
    if (__builtin_mul_overflow(size, from.number(4), &size)) return 0;
  }
  return size;
}

// libhdf5 converts members where they claim to be: each must end inside its compound.
bool wholeCompound(Reader& from, unsigned version, uint64_t members, uint64_t size, int depth) {
  constexpr uint64_t kMostDimensions = 4;  // of a member in version 1, which has no arrays
  for (uint64_t i = 0; i < members; i++) {
    if (!from.text(version >= 3 ? 1 : 8)) return false;
    const uint64_t offset = from.number(version >= 3 ? bytesFor(size) : 4);
    uint64_t rank = 0, count = 1, element = 0, bytes = 0;
    if (version == 1) {
      rank = from.number(1);
      if (rank > kMostDimensions || !from.skip(11)) return false;
      count = sizeOfAll(from, rank, 1);
      if (!from.skip(4 * (kMostDimensions - rank))) return false;
    }
    if (!wholeType(from, depth + 1, &element) || __builtin_mul_overflow(element, count, &bytes)) return false;
    if (bytes == 0 || offset > size || bytes > size - offset) return false;
  }
  return true;
}

// Values are as large as the base says; libhdf5 copies as many bytes as the type itself says.
bool wholeEnumeration(Reader& from, unsigned version, uint64_t members, uint64_t own, int depth) {
  uint64_t size = 0;
  if (!wholeType(from, depth + 1, &size) || size != own) return false;
  for (uint64_t i = 0; i < members; i++) {
    if (!from.text(version >= 3 ? 1 : 8)) return false;
  }
  return from.skip(members * size);
}

// libhdf5 makes room for the bytes that the type says, and converts as many elements as the dimensions say.
bool wholeArray(Reader& from, unsigned version, uint64_t own, int depth) {
  const uint64_t rank = from.number(1);
  if (rank == 0 || rank > H5S_MAX_RANK || !from.skip(version >= 3 ? 0 : 3)) return false;
  const uint64_t count = sizeOfAll(from, rank, 1);
  uint64_t element = 0, bytes = 0;
  // before version 3 a permutation stands behind the dimensions
  if (!from.skip(version >= 3 ? 0 : 4 * rank) || !wholeType(from, depth + 1, &element)) return false;
  return !__builtin_mul_overflow(element, count, &bytes) && bytes == own;
}

bool wholeType(Reader& from, int depth, uint64_t* sizeOut) {
  enum : unsigned { kFixed, kFloat, kTime, kString, kBits, kOpaque, kCompound, kReference, kEnum, kVariable, kArray };
  if (depth > kMostNested) return false;
  const uint64_t first = from.number(1), bits = from.number(3), size = from.number(4);
  if (!from.whole() || size == 0) return false;
  if (sizeOut != nullptr) *sizeOut = size;
  const unsigned version = static_cast<unsigned>(first >> 4);
  switch (first & 15) {
    case kFixed:
    case kBits:
      return from.skip(4);
    case kFloat:
      return from.skip(12);
    case kTime:
      return from.skip(2);
    case kOpaque:
      return from.skip(bits & 0xff);
    case kCompound:
      return wholeCompound(from, version, bits & 0xffff, size, depth);
    case kEnum:
      return wholeEnumeration(from, version, bits & 0xffff, size, depth);
    case kVariable:
      return wholeType(from, depth + 1);
    case kArray:
      return wholeArray(from, version, size, depth);
    default:
      return true;
  }
}

bool wholeSpace(const File& file, Reader from) {
  const uint64_t version = from.number(1), rank = from.number(1), flags = from.number(1);
  if (version != 1 && version != 2) return from.whole();
  return from.skip(version == 1 ? 5 : 1) && from.skip(rank * file.lengthBytes() * (flags & 1 ? 2 : 1));
}

bool wholeFill(Reader from) {
  const uint64_t version = from.number(1);
  if (version == 3) {
    constexpr uint64_t kDefined = 0x20;
    return (from.number(1) & kDefined) == 0 ? from.whole() : from.skip(from.number(4)) && from.whole();
  }
  if (version != 1 && version != 2) return from.whole();
  from.number(2);
  const bool defined = from.number(1) != 0 || version == 1;
  // a size of -1 stands for none
  const uint64_t size = defined ? from.number(4) : 0;
  return from.whole() && (size >= 0x80000000 || from.skip(size));
}

bool wholeLayout(const File& file, Reader from) {
  const unsigned address = file.addressBytes(), length = file.lengthBytes();
  const uint64_t version = from.number(1);
  if (version == 1 || version == 2) {
    const uint64_t rank = from.number(1), kind = from.number(1);
    if (!from.skip(5) || !from.skip(kind == kCompact ? 0 : address) || !from.skip(4 * rank)) return false;
    return kind != kCompact || (from.skip(from.number(4)) && from.whole());
  }
  if (version != 3 && version != 4) return from.whole();
  const uint64_t kind = from.number(1);
  if (kind == kCompact) return from.skip(from.number(2)) && from.whole();
  if (kind == kContiguous) return from.skip(address + length);
  if (kind != kChunked) return from.whole();
  if (version == 3) return from.skip(4 * from.number(1) + address) && from.whole();
  from.number(1);
  const uint64_t rank = from.number(1), width = from.number(1);
  return from.skip(rank * width) && from.skip(1);
}

bool wholeFilters(Reader from) {
  const uint64_t version = from.number(1), count = from.number(1);
  if (version != 1 && version != 2) return from.whole();
  if (version == 1 && !from.skip(6)) return false;
  for (uint64_t i = 0; i < count; i++) {
    const uint64_t id = from.number(2), name = version == 1 || id >= 256 ? from.number(2) : 0;
    from.number(2);
    const uint64_t values = from.number(2);
    if (!from.skip(version == 1 ? (name + 7) / 8 * 8 : name) || !from.skip(4 * values)) return false;
    if (version == 1 && values % 2 == 1 && !from.skip(4)) return false;
  }
  return from.whole();
}

}  // namespace

bool wholeMessage(const File& file, unsigned type, const unsigned char* data, size_t size) {
  Reader from(data, size);
  switch (type) {
    case kSpace:
      return wholeSpace(file, from);
    case kType:
      return wholeType(from, 0);
    case kOldFill:
      return from.skip(from.number(4)) && from.whole();
    case kFill:
      return wholeFill(from);
    case kLayout:
      return wholeLayout(file, from);
    case kFilters:
      return wholeFilters(from);
    default:
      return true;
  }
}

}  // namespace spikelab::hdf5
