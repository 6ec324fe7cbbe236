#include "spikes_trains.h"

#include <memory>

#include "arguments.h"

namespace spikelab::bindings {
namespace {

Napi::Value toJs(Napi::Env env, const Problem& problem) {
  Napi::Object out = Napi::Object::New(env);
  out["kind"] = Napi::String::New(env, problem.kind);
  out["position"] = Napi::Number::New(env, static_cast<double>(problem.position));
  out["value"] = Napi::Number::New(env, problem.value);
  return out;
}

Napi::Value toJs(Napi::Env env, const TrainFindings& findings) {
  Napi::Object out = Napi::Object::New(env);
  out["unsortedTrains"] = Napi::Number::New(env, static_cast<double>(findings.unsortedTrains));
  out["duplicateTimes"] = Napi::Number::New(env, static_cast<double>(findings.duplicateTimes));
  out["emptyTrains"] = Napi::Number::New(env, static_cast<double>(findings.emptyTrains));
  out["droppedSpikes"] = Napi::Number::New(env, static_cast<double>(findings.droppedSpikes));
  out["fractionalCounts"] = Napi::Number::New(env, static_cast<double>(findings.fractionalCounts));
  return out;
}

}  // namespace

Convert trainsResult(Trains made) {
  // std::function copies what it holds
  auto trains = std::make_shared<Trains>(std::move(made));
  return [trains](Napi::Env env) -> Napi::Value {
    Napi::Object out = Napi::Object::New(env);
    if (trains->problem) {
      out["problem"] = toJs(env, *trains->problem);
      return out;
    }
    out["times"] = toFloat64Array(env, std::move(trains->times));
    out["offsets"] = toFloat64Array(env, std::move(trains->offsets));
    out["findings"] = toJs(env, trains->findings);
    return out;
  };
}

TimeScale toTimeScale(Napi::Value value) {
  if (!value.IsObject()) return {};
  const Napi::Object scale = value.As<Napi::Object>();
  return {numberOf(scale, "multiply", 1), numberOf(scale, "divide", 1), numberOf(scale, "add", 0)};
}

}  // namespace spikelab::bindings
