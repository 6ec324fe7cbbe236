#include "convert.h"

#include <bit>
#include <cstring>

namespace spikelab::hdf5 {
namespace {

constexpr bool kBigEndianHost = std::endian::native == std::endian::big;

template <typename T>
T swapped(T value) {
  if constexpr (sizeof(T) == 1) {
    return value;
  } else if constexpr (sizeof(T) == 2) {
    return std::bit_cast<T>(__builtin_bswap16(std::bit_cast<uint16_t>(value)));
  } else if constexpr (sizeof(T) == 4) {
    return std::bit_cast<T>(__builtin_bswap32(std::bit_cast<uint32_t>(value)));
  } else {
    return std::bit_cast<T>(__builtin_bswap64(std::bit_cast<uint64_t>(value)));
  }
}

// float16 as stored; becomes float on use.
struct Half {
  uint16_t bits;

  explicit operator float() const {
    const uint32_t sign = static_cast<uint32_t>(bits & 0x8000) << 16;
    const uint32_t exponent = (bits >> 10) & 31;
    const uint32_t mantissa = bits & 1023;
    if (exponent == 31) return std::bit_cast<float>(sign | 0x7f800000u | mantissa << 13);
    if (exponent > 0) return std::bit_cast<float>(sign | (exponent + 112) << 23 | mantissa << 13);
    const float subnormal = static_cast<float>(mantissa) * 0x1p-24f;
    return sign ? -subnormal : subnormal;
  }
  explicit operator double() const { return static_cast<double>(static_cast<float>(*this)); }
};

template <typename From, typename To, bool Swap>
void convertLoop(const char* from, char* into, uint64_t count) {
  for (uint64_t i = 0; i < count; i++) {
    From stored;
    std::memcpy(&stored, from + i * sizeof(From), sizeof stored);
    if constexpr (Swap) stored = swapped(stored);
    const To value = static_cast<To>(stored);
    std::memcpy(into + i * sizeof(To), &value, sizeof value);
  }
}

template <typename From, typename Same>
void convertFrom(bool swap, const char* from, Element to, char* into, uint64_t count) {
  if (to == Element::kFloat64 && !std::is_same_v<Same, double>) {
    return swap ? convertLoop<From, double, true>(from, into, count)
                : convertLoop<From, double, false>(from, into, count);
  }
  if (swap) return convertLoop<From, Same, true>(from, into, count);
  if constexpr (std::is_same_v<From, Same>) {
    std::memcpy(into, from, count * sizeof(From));
  } else {
    convertLoop<From, Same, false>(from, into, count);
  }
}

void convertFloats(const Type& type, bool swap, const char* from, Element to, char* into, uint64_t count) {
  if (type.size == 2) return convertFrom<Half, float>(swap, from, to, into, count);
  if (type.size == 4) return convertFrom<float, float>(swap, from, to, into, count);
  convertFrom<double, double>(swap, from, to, into, count);
}

template <typename Signed, typename Unsigned>
void convertIntegers(bool isSigned, bool swap, const char* from, Element to, char* into, uint64_t count) {
  if (isSigned) return convertFrom<Signed, Signed>(swap, from, to, into, count);
  convertFrom<Unsigned, Unsigned>(swap, from, to, into, count);
}

}  // namespace

bool storedAsUsed(const Type& type, Element to) {
  const bool order = type.size == 1 || type.bigEndian == kBigEndianHost;
  return type.plain && order && exactElement(type) == to && elementBytes(to) == type.size;
}

void convertNumbers(const Type& type, const char* from, Element to, char* into, uint64_t count) {
  if (count == 0) return;
  const bool swap = type.size > 1 && type.bigEndian != kBigEndianHost;
  if (type.cls == TypeClass::kFloat) return convertFloats(type, swap, from, to, into, count);
  switch (type.size) {
    case 1:
      return convertIntegers<int8_t, uint8_t>(type.isSigned, swap, from, to, into, count);
    case 2:
      return convertIntegers<int16_t, uint16_t>(type.isSigned, swap, from, to, into, count);
    case 4:
      return convertIntegers<int32_t, uint32_t>(type.isSigned, swap, from, to, into, count);
    default:
      return convertIntegers<int64_t, uint64_t>(type.isSigned, swap, from, to, into, count);
  }
}

}  // namespace spikelab::hdf5
