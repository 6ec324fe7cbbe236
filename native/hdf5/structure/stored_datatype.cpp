#include "stored_datatype.h"

#include <cstring>

#include "bytes.h"

namespace spikelab::hdf5 {
namespace {

enum : unsigned {
  kFixed = 0,
  kFloating = 1,
  kText = 3,
  kBits = 4,
  kReference = 7,
  kEnumeration = 8,
  kVariable = 9,
  kArrays = 10,
  kComplex = 11
};
constexpr unsigned kClasses = 12;
// HDF5 1.12 writes enumerations, arrays and texts as version 4 where it is asked for its newest format, HDF5 2.0 as 5;
// what is decoded here has not changed since version 3.
constexpr unsigned kNewestVersion = 5;
constexpr size_t kHead = 8;

struct Encoded {
  const unsigned char* data;
  size_t size;

  bool has(size_t at, size_t bytes) const { return at <= size && bytes <= size - at; }
  uint64_t number(size_t at, unsigned bytes) const { return littleEndian(data + at, bytes); }
  unsigned version() const { return data[0] >> 4; }
  unsigned bits() const { return static_cast<unsigned>(number(1, 3)); }
};

struct Parsed {
  Type type;
  size_t used;  // bytes of the encoding
};

std::optional<Parsed> parseInteger(const Encoded& from, Type type) {
  if (!from.has(kHead, 4)) return std::nullopt;
  type.isSigned = type.cls == TypeClass::kInteger && (from.bits() & 8) != 0;
  type.bigEndian = (from.bits() & 1) != 0;
  const bool wholeBytes = from.number(kHead, 2) == 0 && from.number(kHead + 2, 2) == 8 * type.size;
  type.plain = wholeBytes && (type.size == 1 || type.size == 2 || type.size == 4 || type.size == 8);
  return Parsed{type, kHead + 4};
}

std::optional<Parsed> parseFloat(const Encoded& from, Type type) {
  if (!from.has(kHead, 12)) return std::nullopt;
  type.isSigned = true;
  type.bigEndian = (from.bits() & 1) != 0;
  const unsigned total = static_cast<unsigned>(8 * type.size);
  const unsigned exponent = type.size == 2 ? 5 : type.size == 4 ? 8 : 11, mantissa = total - 1 - exponent;
  const bool ours = type.size == 2 || type.size == 4 || type.size == 8;
  // an implied leading bit, IEEE's places of sign, exponent and mantissa, and its bias; not VAX's byte order
  type.plain = ours && (from.bits() & 0x70) == 0x20 && (from.bits() >> 8 & 0xff) == total - 1 &&
               from.number(kHead, 2) == 0 && from.number(kHead + 2, 2) == total && from.data[kHead + 4] == mantissa &&
               from.data[kHead + 5] == exponent && from.data[kHead + 6] == 0 && from.data[kHead + 7] == mantissa &&
               from.number(kHead + 8, 4) == (1u << (exponent - 1)) - 1;
  return Parsed{type, kHead + 12};
}

std::optional<Parsed> parse(const Encoded& from, int depth);

std::optional<Parsed> inner(const Encoded& from, size_t at, int depth) {
  if (!from.has(at, kHead) || depth > 2) return std::nullopt;
  return parse({from.data + at, from.size - at}, depth + 1);
}

// The base type, the names (padded before version 3), the values.
std::optional<Parsed> parseEnum(const Encoded& from, Type type, int depth) {
  const std::optional<Parsed> base = inner(from, kHead, depth);
  if (!base || base->type.cls != TypeClass::kInteger || base->type.size != type.size) return std::nullopt;
  type.isSigned = base->type.isSigned;
  type.bigEndian = base->type.bigEndian;
  type.plain = base->type.plain;
  const size_t count = from.bits() & 0xffff;
  std::vector<std::string> names;
  size_t at = kHead + base->used;
  for (size_t i = 0; i < count; i++) {
    const void* end = from.has(at, 1) ? std::memchr(from.data + at, 0, from.size - at) : nullptr;
    if (end == nullptr) return std::nullopt;
    const size_t length = static_cast<size_t>(static_cast<const unsigned char*>(end) - (from.data + at));
    names.emplace_back(reinterpret_cast<const char*>(from.data + at), length);
    at += from.version() >= 3 ? length + 1 : (length + 8) / 8 * 8;
  }
  if (!from.has(at, count * type.size)) return std::nullopt;
  const auto is = [&](size_t i, const char* name, unsigned char value) {
    return names[i] == name && type.size == 1 && from.data[at + i] == value;
  };
  if (count == 2 && is(0, "FALSE", 0) && is(1, "TRUE", 1)) type.cls = TypeClass::kBool;
  return Parsed{type, at + count * type.size};
}

std::optional<Parsed> parseArray(const Encoded& from, Type type, int depth) {
  if (!from.has(kHead, 4)) return std::nullopt;
  const size_t rank = from.data[kHead];
  const size_t first = kHead + (from.version() >= 3 ? 1 : 4);
  // before version 3 a permutation stands behind the dimensions
  const size_t base = first + 4 * rank * (from.version() >= 3 ? 1 : 2);
  if (rank < 1 || rank > H5S_MAX_RANK || !from.has(first, base - first)) return std::nullopt;
  const std::optional<Parsed> element = inner(from, base, depth);
  if (!element) return std::nullopt;
  uint64_t bytes = element->type.size;
  for (size_t d = 0; d < rank; d++) {
    type.shape.push_back(from.number(first + 4 * d, 4));
    if (__builtin_mul_overflow(bytes, type.shape.back(), &bytes)) return std::nullopt;
  }
  if (bytes != type.size) return std::nullopt;
  type.base = std::make_shared<Type>(element->type);
  return Parsed{type, base + element->used};
}

std::optional<Parsed> parse(const Encoded& from, int depth) {
  if (from.size < kHead || from.version() < 1 || from.version() > kNewestVersion) return std::nullopt;
  Type type;
  type.size = from.number(4, 4);
  type.cls = TypeClass::kOpaque;
  const unsigned cls = from.data[0] & 15;
  if (cls >= kClasses || type.size == 0 || (cls == kComplex && from.version() < 5)) return std::nullopt;
  switch (cls) {
    case kFixed:
    case kBits:
      type.cls = cls == kFixed ? TypeClass::kInteger : TypeClass::kBitfield;
      return parseInteger(from, type);
    case kFloating:
      type.cls = TypeClass::kFloat;
      return parseFloat(from, type);
    case kText:
      type.cls = TypeClass::kString;
      type.padding = (from.bits() & 15) == 2 ? ' ' : '\0';
      break;
    case kVariable:
      type.variable = (from.bits() & 15) == 1;
      type.cls = type.variable ? TypeClass::kString : TypeClass::kVlen;
      type.padding = (from.bits() >> 4 & 15) == 2 ? ' ' : '\0';
      break;
    case kReference:
      type.cls = (from.bits() & 15) == 0 ? TypeClass::kReference : TypeClass::kRegionReference;
      break;
    case kEnumeration:
      type.cls = TypeClass::kEnum;
      return parseEnum(from, type, depth);
    case kArrays:
      type.cls = TypeClass::kArray;
      return parseArray(from, type, depth);
    default:
      break;
  }
  return Parsed{type, kHead};
}

}  // namespace

std::optional<Type> parseDatatype(const unsigned char* data, size_t size) {
  const std::optional<Parsed> found = parse({data, size}, 0);
  if (!found) return std::nullopt;
  return found->type;
}

}  // namespace spikelab::hdf5
