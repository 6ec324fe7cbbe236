#include "../core/owned_array.h"
#include "arguments.h"
#include "bindings.h"

namespace spikelab::bindings {

Napi::Value largeBytes(const Napi::CallbackInfo& info) {
  return toUint8Array(info.Env(), OwnedArray<uint8_t>(static_cast<size_t>(info[0].As<Napi::Number>().DoubleValue())));
}

Napi::Value keepFromChildren(const Napi::CallbackInfo& info) {
  const size_t bytes = spikelab::keepFromChildren(info[0].ToBoolean());
  return Napi::Number::New(info.Env(), static_cast<double>(bytes));
}

}  // namespace spikelab::bindings
