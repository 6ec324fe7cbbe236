// What the bindings of native/spikes share: one piece of work that runs at once or as a job, and its result.
#pragma once

#include <napi.h>

#include "../spikes/trains.h"
#include "job.h"

namespace spikelab::bindings {

struct Prepared {
  Borrowed borrowed;
  Work work;
};

// { times, offsets, findings } or { problem: { kind, position, value } }.
Convert trainsResult(Trains trains);

// Reads the one argument of a spikes binding, and either runs the work now or starts it as a job.
template <typename Prepare>
Napi::Value runNow(const Napi::CallbackInfo& info, Prepare prepare) {
  return guarded(info.Env(), [&] {
    Control control;
    return prepare(info[0].As<Napi::Object>()).work(control)(info.Env());
  });
}

template <typename Prepare>
Napi::Value runAsJob(const Napi::CallbackInfo& info, Prepare prepare) {
  return guarded(info.Env(), [&] {
    Prepared prepared = prepare(info[0].As<Napi::Object>());
    return startJob(info.Env(), std::move(prepared.borrowed), std::move(prepared.work));
  });
}

TimeScale toTimeScale(Napi::Value value);

}  // namespace spikelab::bindings
