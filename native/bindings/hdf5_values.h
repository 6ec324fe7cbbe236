// HDF5 results as JavaScript values.
#pragma once

#include <napi.h>

#include <memory>

#include "../hdf5/values/records.h"

namespace spikelab::bindings {

// The array's memory as a typed array; nothing is copied.
Napi::Value toTypedArray(Napi::Env env, hdf5::Array& array);
Napi::Value toShape(Napi::Env env, const std::vector<uint64_t>& shape);
// { name, shape, boolean, values: typed array | string[] | null }
Napi::Value toColumn(Napi::Env env, hdf5::Column& column);
Napi::Value toStrings(Napi::Env env, const hdf5::Texts& texts);
Napi::Value toDtype(Napi::Env env, const hdf5::Type& type);

// Results travel from the job thread in a copyable function, so they are shared rather than moved.
template <typename T>
std::shared_ptr<T> carried(T&& value) {
  return std::make_shared<T>(std::move(value));
}

}  // namespace spikelab::bindings
