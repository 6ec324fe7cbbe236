// PeaksRequest of lib/addon/contract.ts as the peaks layer takes it.
#pragma once

#include <napi.h>

#include "../signal/peaks/coherence_meter.h"
#include "../signal/peaks/peak_detector.h"
#include "../signal/peaks/snippet_cutter.h"

namespace spikelab::bindings {

Reference toReference(Napi::Object object, size_t channels);
TraceTask toTraceTask(Napi::Object request);
PeakTask toPeakTask(Napi::Object request, size_t channels);
CoherenceTask toCoherenceTask(Napi::Object request, const TraceTask& traces);
std::vector<SnippetUnit> toSnippetUnits(Napi::Array units, size_t channels, uint64_t samples, size_t length);

}  // namespace spikelab::bindings
