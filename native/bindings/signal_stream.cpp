#include "../signal/detect/stream_detector.h"
#include "arguments.h"
#include "bindings.h"
#include "job.h"
#include "signal_arguments.h"

namespace spikelab::bindings {
namespace {

using Shared = std::shared_ptr<StreamDetector>;

const Shared& detectorOf(Napi::Value value) {
  if (!value.IsExternal()) throw Error(Code::kInternal, "a detector was expected");
  return *value.As<Napi::External<Shared>>().Data();
}

Napi::Object toObject(Napi::Env env, const Stretch& stretch) {
  Napi::Object out = Napi::Object::New(env);
  out["start"] = Napi::Number::New(env, static_cast<double>(stretch.start));
  out["end"] = Napi::Number::New(env, static_cast<double>(stretch.start + stretch.count));
  return out;
}

}  // namespace

Napi::Value streamOpen(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    const Napi::Object request = info[0].As<Napi::Object>();
    const double channels = numberOf(request, "channels", 0), samples = numberOf(request, "samples", 0);
    if (!(channels >= 1 && samples >= 1)) throw Error(Code::kInternal, "a recording has channels and samples");
    const size_t frameBytes = static_cast<size_t>(channels) * elementBytes(toNumericView(request.Get("like")).type);
    // another piece is read while one is filtered
    const StreamPieces pieces{static_cast<size_t>(numberOf(request, "memoryBytes", 0)) / 3, frameBytes, 0};
    auto detector = std::make_unique<Shared>(std::make_shared<StreamDetector>(
        static_cast<size_t>(channels), static_cast<uint64_t>(samples), toDetectOptions(request), pieces));
    return Napi::External<Shared>::New(info.Env(), detector.release(), [](Napi::Env, Shared* data) { delete data; });
  });
}

Napi::Value streamNext(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  return guarded(env, [&]() -> Napi::Value {
    Stretch wanted;
    if (!detectorOf(info[0])->next(wanted)) return env.Null();
    Napi::Object out = toObject(env, wanted);
    out["progress"] = Napi::Number::New(env, detectorOf(info[0])->progress());
    Stretch following;
    if (detectorOf(info[0])->following(following)) out["following"] = toObject(env, following);
    if (wanted.channels.empty()) return out;
    Napi::Array channels = Napi::Array::New(env, wanted.channels.size());
    for (size_t i = 0; i < wanted.channels.size(); i++) {
      channels[static_cast<uint32_t>(i)] = Napi::Number::New(env, static_cast<double>(wanted.channels[i]));
    }
    out["channels"] = channels;
    return out;
  });
}

Napi::Value streamDeliver(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    const Napi::Object piece = info[1].As<Napi::Object>();
    const TracesView traces = toTraces(piece);
    const Shared detector = detectorOf(info[0]);
    Stretch wanted;
    if (!detector->next(wanted) || wanted.count != traces.samples ||
        traces.channels != (wanted.channels.empty() ? detector->channels() : wanted.channels.size())) {
      throw Error(Code::kInternal, "another piece was expected");
    }
    return startJob(info.Env(), {info[0], piece.Get("data")}, [detector, traces](Control& control) -> Convert {
      detector->deliver(TracesPiece::of(traces), control);
      return [](Napi::Env env) -> Napi::Value { return env.Undefined(); };
    });
  });
}

Napi::Value streamResult(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    Detection found = detectorOf(info[0])->result();
    return detectionResult(info.Env(), found);
  });
}

}  // namespace spikelab::bindings
