// Registers each function of the binding contract (lib/binding.ts), in its order. No logic here.
#include <hdf5.h>
#include <napi.h>

#include "bindings/bindings.h"
#include "job.h"

namespace {

using Function = Napi::Value (*)(const Napi::CallbackInfo&);

constexpr struct {
  const char* name;
  Function function;
} kFunctions[] = {
    {"buildInfo", spikelab::bindings::buildInfo},
    {"groupSpikes", spikelab::bindings::groupSpikes},
    {"groupSpikesJob", spikelab::bindings::groupSpikesJob},
    {"splitRagged", spikelab::bindings::splitRagged},
    {"splitRaggedJob", spikelab::bindings::splitRaggedJob},
    {"expandRaster", spikelab::bindings::expandRaster},
    {"expandRasterJob", spikelab::bindings::expandRasterJob},
    {"writeHdf5", spikelab::bindings::writeHdf5},
};

Napi::Object init(Napi::Env env, Napi::Object exports) {
  // Before any other HDF5 call: its atexit handler would wait for a read that is still running.
  H5dont_atexit();
  spikelab::initJobs(env);
  for (const auto& entry : kFunctions) exports[entry.name] = Napi::Function::New(env, entry.function, entry.name);
  return exports;
}

}  // namespace

NODE_API_MODULE(spikelab, init)
