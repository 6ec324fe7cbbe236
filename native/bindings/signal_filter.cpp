#include "../signal/detect/detect.h"
#include "../signal/filter/butterworth.h"
#include "arguments.h"
#include "bindings.h"
#include "job.h"
#include "signal_arguments.h"

namespace spikelab::bindings {

TracesView toTraces(Napi::Object object) {
  const NumericView view = toNumericView(object.Get("data"));
  TracesView traces;
  traces.data = view.data;
  traces.type = view.type;
  traces.channels = static_cast<size_t>(numberOf(object, "channels", 0));
  traces.samples = static_cast<size_t>(numberOf(object, "samples", 0));
  traces.channelStride = traces.samples;
  if (traces.channels == 0 || traces.samples == 0 || view.length / traces.channels < traces.samples) {
    throw Error(Code::kInternal, "traces reach outside their data");
  }
  return traces;
}

Sos toSos(Napi::Value value) {
  const NumericView view = toNumericView(value);
  if (view.type != ElementType::kFloat64 || view.length % 6 != 0) {
    throw Error(Code::kInternal, "sections of six float64 were expected");
  }
  Sos sos(view.length / 6);
  for (size_t i = 0; i < view.length; i++) sos[i / 6][i % 6] = static_cast<const double*>(view.data)[i];
  return sos;
}

Napi::Value toFloat64Array(Napi::Env env, const std::vector<double>& values) {
  OwnedArray<double> copy(values.size());
  std::copy(values.begin(), values.end(), copy.data());
  return toFloat64Array(env, std::move(copy));
}

Napi::Value designButterworth(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    const Sos sos =
        spikelab::designButterworth(info[0].As<Napi::Number>().Int32Value(), info[1].As<Napi::Number>().DoubleValue(),
                                    info[2].As<Napi::Number>().DoubleValue());
    std::vector<double> flat;
    for (const Section& section : sos) flat.insert(flat.end(), section.begin(), section.end());
    return toFloat64Array(info.Env(), flat);
  });
}

Napi::Value filterPadding(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    return Napi::Number::New(info.Env(), static_cast<double>(defaultPadding(toSos(info[0]))));
  });
}

Napi::Value filterTraces(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    const Napi::Object request = info[0].As<Napi::Object>();
    const TracesView traces = toTraces(request);
    const Sos sos = toSos(request.Get("sos"));
    const size_t threads = static_cast<size_t>(numberOf(request, "threads", 0));
    return startJob(info.Env(), {request.Get("data")}, [traces, sos, threads](Control& control) -> Convert {
      auto filtered = std::make_shared<OwnedArray<double>>(traces.channels * traces.samples);
      spikelab::filterTraces(traces, sos, threads, control, filtered->data());
      return [filtered](Napi::Env env) { return toFloat64Array(env, std::move(*filtered)); };
    });
  });
}

}  // namespace spikelab::bindings
