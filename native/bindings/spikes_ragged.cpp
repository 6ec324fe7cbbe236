#include "../spikes/ragged.h"

#include "arguments.h"
#include "bindings.h"
#include "spikes_trains.h"

namespace spikelab::bindings {
namespace {

Prepared prepare(Napi::Object request) {
  RaggedRequest ragged;
  Borrowed borrowed{request.Get("times"), request.Get("offsets")};
  ragged.times = toNumericView(borrowed[0]);
  ragged.offsets = toNumericView(borrowed[1]);
  ragged.scale = toTimeScale(request.Get("scale"));
  if (request.Get("inPlace").ToBoolean()) {
    if (ragged.times.type != ElementType::kFloat64) throw Error(Code::kInternal, "inPlace needs a Float64Array");
    ragged.out = static_cast<double*>(const_cast<void*>(ragged.times.data));
  }
  return {std::move(borrowed),
          [ragged](Control& control) { return trainsResult(spikelab::splitRagged(ragged, control)); }};
}

}  // namespace

Napi::Value splitRagged(const Napi::CallbackInfo& info) {
  return runNow(info, prepare);
}

Napi::Value splitRaggedJob(const Napi::CallbackInfo& info) {
  return runAsJob(info, prepare);
}

}  // namespace spikelab::bindings
