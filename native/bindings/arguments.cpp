#include "arguments.h"

#include <cstring>

#include "../core/error.h"
#include "../core/lent_memory.h"

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
  napi_value buffer = lendArrayBuffer(env, values.data(), bytes);
  if (!buffer) throw Napi::Error::New(env);
  values.release();
  return Array::New(env, length, Napi::ArrayBuffer(env, buffer), 0);
}

// What the finalizer of an array returns. Node runs it in some failed calls, and after others, when it has made the
// array before it failed, some time later: so a failed call leaves nothing to return.
struct Loan {
  void* memory;
  bool making = true;
  bool ended = false;
};

void endLoan(napi_env, void*, void* hint) {
  Loan* const loan = static_cast<Loan*>(hint);
  loan->ended = true;
  if (loan->making) return;
  if (loan->memory) returnMemory(loan->memory);
  delete loan;
}

}  // namespace

napi_value lendArrayBuffer(napi_env env, void* memory, size_t bytes) {
  Loan* const loan = new Loan{memory};
  lendMemory(memory, bytes);
  napi_value out = nullptr;
  const bool made = napi_create_external_arraybuffer(env, memory, bytes, endLoan, loan, &out) == napi_ok;
  loan->making = false;
  if (made) return out;
  forgetLoan(memory);
  loan->memory = nullptr;
  if (loan->ended) delete loan;
  return nullptr;
}

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
