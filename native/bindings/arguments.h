// JavaScript values as the plain C++ layers take them. TypeScript has checked them; what is checked here protects
// memory.
#pragma once

#include <napi.h>

#include "../core/numeric_view.h"
#include "../core/owned_array.h"

namespace spikelab::bindings {

// Any typed array (not Uint8ClampedArray). The memory is borrowed: keep `value` alive, and put it into a job's
// Borrowed.
NumericView toNumericView(Napi::Value value);

// A Float64Array that owns `values`: copied where small, handed over without a copy where large.
Napi::Value toFloat64Array(Napi::Env env, OwnedArray<double> values);
Napi::Value toUint32Array(Napi::Env env, OwnedArray<uint32_t> values);
Napi::Value toUint8Array(Napi::Env env, OwnedArray<uint8_t> values);

// An ArrayBuffer that frees this memory of allocateLarge, of at least one byte, in its time; or null, with an exception
// pending where Node threw one, and the memory is still the caller's.
napi_value lendArrayBuffer(napi_env env, void* memory, size_t bytes);

// A property that must be a number; `missing` where it is undefined.
double numberOf(Napi::Object object, const char* name, double missing);

}  // namespace spikelab::bindings
