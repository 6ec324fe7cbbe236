#include "../signal/detect/detect.h"
#include "arguments.h"
#include "bindings.h"
#include "job.h"
#include "signal_arguments.h"

namespace spikelab::bindings {

DetectOptions toDetectOptions(Napi::Object request) {
  DetectOptions options;
  options.sos = toSos(request.Get("sos"));
  options.sigma = numberOf(request, "sigma", options.sigma);
  const std::string direction = request.Get("direction").ToString();
  options.direction = direction == "up" ? Direction::kUp : direction == "down" ? Direction::kDown : Direction::kBoth;
  options.hysteresis = request.Get("hysteresis").ToBoolean();
  options.noise = request.Get("noise").ToString().Utf8Value() == "mad" ? Noise::kMedian : Noise::kDeviation;
  options.fsHz = numberOf(request, "fsHz", options.fsHz);
  options.startTimeMs = numberOf(request, "startTimeMs", 0);
  options.spikeCap = static_cast<uint64_t>(numberOf(request, "spikeCap", 1e7));
  options.maxSpikes = numberOf(request, "maxSpikes", options.maxSpikes);
  options.threads = static_cast<size_t>(numberOf(request, "threads", 0));
  return options;
}

Napi::Object detectionResult(Napi::Env env, Detection& found) {
  Napi::Object out = Napi::Object::New(env);
  out["times"] = toFloat64Array(env, std::move(found.times));
  out["offsets"] = toFloat64Array(env, found.offsets);
  out["noise"] = toFloat64Array(env, found.noise);
  out["capped"] = toFloat64Array(env, found.capped);
  out["recomputed"] = Napi::Number::New(env, static_cast<double>(found.recomputed));
  return out;
}

Napi::Value detectTraces(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    const Napi::Object request = info[0].As<Napi::Object>();
    const TracesView traces = toTraces(request);
    const DetectOptions options = toDetectOptions(request);
    const bool keep = request.Get("keepFiltered").ToBoolean();
    return startJob(info.Env(), {request.Get("data")}, [traces, options, keep](Control& control) -> Convert {
      auto filtered = std::make_shared<OwnedArray<double>>(keep ? traces.channels * traces.samples : 0);
      auto found =
          std::make_shared<Detection>(spikelab::detect(traces, options, control, keep ? filtered->data() : nullptr));
      return [filtered, found, keep](Napi::Env env) -> Napi::Value {
        Napi::Object out = detectionResult(env, *found);
        out["filtered"] = keep ? toFloat64Array(env, std::move(*filtered)) : env.Null();
        return out;
      };
    });
  });
}

}  // namespace spikelab::bindings
