#include "bindings.h"

#include <hdf5.h>

#include "../parallel/pool.h"

namespace spikelab::bindings {

Napi::Value buildInfo(const Napi::CallbackInfo& info) {
  unsigned major = 0, minor = 0, release = 0;
  H5get_libversion(&major, &minor, &release);
  Napi::Object out = Napi::Object::New(info.Env());
  out["hdf5"] = std::to_string(major) + "." + std::to_string(minor) + "." + std::to_string(release);
  out["libdeflate"] = Napi::Boolean::New(info.Env(), SPIKELAB_HAVE_LIBDEFLATE);
  out["threads"] = Napi::Number::New(info.Env(), static_cast<double>(threadLimit()));
  return out;
}

}  // namespace spikelab::bindings
