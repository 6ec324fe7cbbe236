// Traces, filters and thresholds as the signal layer takes them.
#pragma once

#include <napi.h>

#include <vector>

#include "../signal/detect/detect.h"

namespace spikelab::bindings {

// { data, channels, samples } in C order.
TracesView toTraces(Napi::Object object);

// A Float64Array of six numbers a section.
Sos toSos(Napi::Value value);

// The fields of DetectRequest in lib/addon/contract.ts.
DetectOptions toDetectOptions(Napi::Object request);

// { times, offsets, noise, capped, recomputed }; takes the times.
Napi::Object detectionResult(Napi::Env env, Detection& found);

Napi::Value toFloat64Array(Napi::Env env, const std::vector<double>& values);

}  // namespace spikelab::bindings
