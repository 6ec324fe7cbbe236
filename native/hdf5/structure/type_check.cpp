#include "type_check.h"

#include "../library/api.h"
#include "structure.h"

namespace spikelab::hdf5 {
namespace {

constexpr int kMostNested = 32;  // types in types: each takes stack

// `sizeOut` gets the size of its values: never 0, by which libhdf5 divides.
bool wholeType(MessageReader& from, int depth, uint64_t* sizeOut = nullptr);

// `size` times the dimensions, of four bytes each; 0 for more than 2^64.
uint64_t sizeOfAll(MessageReader& from, uint64_t rank, uint64_t size) {
  for (uint64_t d = 0; d < rank; d++) {
    if (__builtin_mul_overflow(size, from.number(4), &size)) return 0;
  }
  return size;
}

// libhdf5 converts members where they claim to be: each must end inside its compound.
bool wholeCompound(MessageReader& from, unsigned version, uint64_t members, uint64_t size, int depth) {
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
bool wholeEnumeration(MessageReader& from, unsigned version, uint64_t members, uint64_t own, int depth) {
  uint64_t size = 0;
  if (!wholeType(from, depth + 1, &size) || size != own) return false;
  for (uint64_t i = 0; i < members; i++) {
    if (!from.text(version >= 3 ? 1 : 8)) return false;
  }
  return from.skip(members * size);
}

// libhdf5 makes room for the bytes that the type says, and converts as many elements as the dimensions say.
bool wholeArray(MessageReader& from, unsigned version, uint64_t own, int depth) {
  const uint64_t rank = from.number(1);
  if (rank == 0 || rank > H5S_MAX_RANK || !from.skip(version >= 3 ? 0 : 3)) return false;
  const uint64_t count = sizeOfAll(from, rank, 1);
  uint64_t element = 0, bytes = 0;
  // before version 3 a permutation stands behind the dimensions
  if (!from.skip(version >= 3 ? 0 : 4 * rank) || !wholeType(from, depth + 1, &element)) return false;
  return !__builtin_mul_overflow(element, count, &bytes) && bytes == own;
}

bool wholeType(MessageReader& from, int depth, uint64_t* sizeOut) {
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
      // a list or a text: of others libhdf5 has no functions, and calls what is not there
      return (bits & 15) <= 1 && wholeType(from, depth + 1);
    case kArray:
      return wholeArray(from, version, size, depth);
    default:
      return true;
  }
}

}  // namespace

bool wholeDatatype(MessageReader& from) {
  return wholeType(from, 0);
}

}  // namespace spikelab::hdf5
