#include "bindings.h"

#include <hdf5.h>

#include "../parallel/pool.h"
#include "../signal/kernels/kernels.h"

namespace spikelab::bindings {

Napi::Value buildInfo(const Napi::CallbackInfo& info) {
  unsigned major = 0, minor = 0, release = 0;
  H5get_libversion(&major, &minor, &release);
  Napi::Object out = Napi::Object::New(info.Env());
  out["version"] = SPIKELAB_VERSION;
  out["hdf5"] = std::to_string(major) + "." + std::to_string(minor) + "." + std::to_string(release);
  out["libdeflate"] = Napi::Boolean::New(info.Env(), SPIKELAB_HAVE_LIBDEFLATE);
  out["threads"] = Napi::Number::New(info.Env(), static_cast<double>(threadLimit()));
  const Kernels* all[3];
  Napi::Array names = Napi::Array::New(info.Env());
  const size_t count = availableKernels(all);
  for (size_t i = 0; i < count; i++) names[static_cast<uint32_t>(i)] = Napi::String::New(info.Env(), all[i]->name);
  out["signalKernels"] = names;
  return out;
}

}  // namespace spikelab::bindings
