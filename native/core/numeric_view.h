// A borrowed array of any numeric element type, as it comes from a file or from JavaScript.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

namespace spikelab {

enum class ElementType { kInt8, kUint8, kInt16, kUint16, kInt32, kUint32, kInt64, kUint64, kFloat32, kFloat64 };

struct NumericView {
  ElementType type = ElementType::kFloat64;
  const void* data = nullptr;
  size_t length = 0;
};

// Calls body(std::span<const T>) with the view's own element type.
template <typename Body>
decltype(auto) withElements(const NumericView& view, Body&& body) {
  const auto as = [&]<typename T>(T) -> decltype(auto) {
    return std::forward<Body>(body)(std::span<const T>(static_cast<const T*>(view.data), view.length));
  };
  switch (view.type) {
    case ElementType::kInt8:
      return as(int8_t{});
    case ElementType::kUint8:
      return as(uint8_t{});
    case ElementType::kInt16:
      return as(int16_t{});
    case ElementType::kUint16:
      return as(uint16_t{});
    case ElementType::kInt32:
      return as(int32_t{});
    case ElementType::kUint32:
      return as(uint32_t{});
    case ElementType::kInt64:
      return as(int64_t{});
    case ElementType::kUint64:
      return as(uint64_t{});
    case ElementType::kFloat32:
      return as(float{});
    case ElementType::kFloat64:
      break;
  }
  return as(double{});
}

constexpr size_t elementBytes(ElementType type) {
  switch (type) {
    case ElementType::kInt8:
    case ElementType::kUint8:
      return 1;
    case ElementType::kInt16:
    case ElementType::kUint16:
      return 2;
    case ElementType::kInt32:
    case ElementType::kUint32:
    case ElementType::kFloat32:
      return 4;
    default:
      return 8;
  }
}

}  // namespace spikelab
