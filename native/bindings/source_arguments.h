// NativeSource of lib/addon/contract.ts as the recordings layer takes it.
#pragma once

#include <napi.h>

#include <functional>
#include <memory>

#include "../recordings/frame_source.h"

namespace spikelab::bindings {

// Makes the source on a job's thread; null where only libhdf5 can read it.
using MakeSource = std::function<std::unique_ptr<FrameSource>()>;
MakeSource toSource(Napi::Env env, Napi::Object source);

}  // namespace spikelab::bindings
