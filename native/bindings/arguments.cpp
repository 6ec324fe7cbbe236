#include "arguments.h"

#include <cstring>

#include "../core/error.h"

namespace spikelab::bindings {
namespace {

// Below this an external buffer costs more than a copy.
constexpr size_t kCopyBelowBytes = 4096;

ElementType elementType(napi_typedarray_type type) {
  switch (type) {
    case napi_int8_array:
      return ElementType::kInt8;
    case napi_uint8_array:
      return ElementType::kUint8;
    case napi_int16_array:
      return ElementType::kInt16;
    case napi_uint16_array:
      return ElementType::kUint16;
    case napi_int32_array:
      return ElementType::kInt32;
    case napi_uint32_array:
      return ElementType::kUint32;
    case napi_bigint64_array:
      return ElementType::kInt64;
    case napi_biguint64_array:
      return ElementType::kUint64;
    case napi_float32_array:
      return ElementType::kFloat32;
    case napi_float64_array:
      return ElementType::kFloat64;
    default:
      throw Error(Code::kInternal, "a typed array of numbers was expected");
  }
}

template <typename T>
Napi::Value toTypedArray(Napi::Env env, OwnedArray<T> values) {
  using Array = Napi::TypedArrayOf<T>;
  const size_t length = values.length(), bytes = length * sizeof(T);
  if (bytes < kCopyBelowBytes) {
    Array array = Array::New(env, length);
    if (bytes > 0) std::memcpy(array.Data(), values.data(), bytes);
    return array;
  }
  T* data = values.release();
  Napi::ArrayBuffer buffer =
      Napi::ArrayBuffer::New(env, data, bytes, [](Napi::Env, void* memory) { freeLarge(memory); });
  return Array::New(env, length, buffer, 0);
}

}  // namespace

NumericView toNumericView(Napi::Value value) {
  if (!value.IsTypedArray()) throw Error(Code::kInternal, "a typed array of numbers was expected");
  napi_typedarray_type type;
  size_t length = 0;
  void* data = nullptr;
  napi_get_typedarray_info(value.Env(), value, &type, &length, &data, nullptr, nullptr);
  return {elementType(type), data, length};
}

Napi::Value toFloat64Array(Napi::Env env, OwnedArray<double> values) {
  return toTypedArray(env, std::move(values));
}

Napi::Value toUint32Array(Napi::Env env, OwnedArray<uint32_t> values) {
  return toTypedArray(env, std::move(values));
}

Napi::Value toUint8Array(Napi::Env env, OwnedArray<uint8_t> values) {
  return toTypedArray(env, std::move(values));
}

double numberOf(Napi::Object object, const char* name, double missing) {
  const Napi::Value value = object.Get(name);
  if (value.IsUndefined()) return missing;
  if (!value.IsNumber()) throw Error(Code::kInternal, std::string(name) + " must be a number");
  return value.As<Napi::Number>().DoubleValue();
}

}  // namespace spikelab::bindings
