// Peaks and snippets: one detector, fed from memory, by a native source, or piece by piece from JavaScript.
#include "../recordings/peaks_source.h"
#include "../signal/peaks/coherence_meter.h"
#include "../signal/peaks/snippet_cutter.h"
#include "arguments.h"
#include "bindings.h"
#include "job.h"
#include "peaks_arguments.h"
#include "signal_arguments.h"
#include "source_arguments.h"

namespace spikelab::bindings {
namespace {

struct Peaks {
  TraceTask traces;
  PeakTask peaks;
  // what the traces are shown to next; null: nothing, or it was already
  std::shared_ptr<TraceConsumer> consumer;
  std::shared_ptr<SnippetCutter> cutter;
  std::shared_ptr<CoherenceMeter> coherence;
  std::unique_ptr<PeakDetector> detector;
  std::unique_ptr<FrameSource> source;

  // Made once it is known how the recording lies.
  PeakDetector& ready(PieceShape shape) {
    if (!detector) detector = std::make_unique<PeakDetector>(traces, peaks, shape);
    if (consumer) detector->show(std::move(consumer));
    return *detector;
  }
};
using Shared = std::shared_ptr<Peaks>;

const Shared& peaksOf(Napi::Value value) {
  if (!value.IsExternal()) throw Error(Code::kInternal, "a detector was expected");
  return *value.As<Napi::External<Shared>>().Data();
}

PieceShape memoryShape(const Peaks& peaks, size_t elementSize) {
  return {0, peaks.traces.channels * elementSize};
}

template <typename T, typename Array>
Napi::Value arrayOf(Napi::Env env, const std::vector<T>& values) {
  Array out = Array::New(env, values.size());
  std::copy(values.begin(), values.end(), out.Data());
  return out;
}

Napi::Object resultOf(Napi::Env env, FoundPeaks& found) {
  const size_t count = found.peaks.size();
  OwnedArray<double> samples(count);
  OwnedArray<uint32_t> channels(count);
  Napi::Float32Array amplitudes = Napi::Float32Array::New(env, count);
  for (size_t i = 0; i < count; i++) {
    samples[i] = static_cast<double>(found.peaks[i].sample);
    channels[i] = found.peaks[i].channel;
    amplitudes[i] = found.peaks[i].amplitude;
  }
  std::vector<double> blanked;
  for (const Period& period : found.blanked) {
    blanked.push_back(static_cast<double>(period.start));
    blanked.push_back(static_cast<double>(period.end));
  }
  Napi::Object out = Napi::Object::New(env);
  out["samples"] = toFloat64Array(env, std::move(samples));
  out["channels"] = toUint32Array(env, std::move(channels));
  out["amplitudes"] = amplitudes;
  out["noise"] = toFloat64Array(env, found.noise);
  out["threshold"] = toFloat64Array(env, found.threshold);
  out["blanked"] = toFloat64Array(env, blanked);
  out["flat"] = toFloat64Array(env, found.flat);
  out["spoilt"] = toFloat64Array(env, found.spoilt);
  out["silent"] = toFloat64Array(env, found.silent);
  out["capped"] = toFloat64Array(env, found.capped);
  return out;
}

}  // namespace

Napi::Value peaksOpen(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    const Napi::Object request = info[0].As<Napi::Object>();
    auto peaks = std::make_shared<Peaks>();
    peaks->traces = toTraceTask(request);
    peaks->peaks = toPeakTask(request, peaks->traces.channels);
    auto shared = std::make_unique<Shared>(std::move(peaks));
    return Napi::External<Shared>::New(info.Env(), shared.release(), [](Napi::Env, Shared* data) { delete data; });
  });
}

// (detector, units, length, keep): cut after what was found so far.
Napi::Value peaksCut(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    const Shared peaks = peaksOf(info[0]);
    const size_t length = static_cast<size_t>(info[2].ToNumber().DoubleValue());
    peaks->cutter = std::make_shared<SnippetCutter>(
        toSnippetUnits(info[1].As<Napi::Array>(), peaks->traces.channels, peaks->traces.samples, length), length,
        info[3].ToBoolean());
    peaks->consumer = peaks->cutter;
    return info.Env().Undefined();
  });
}

Napi::Value peaksNext(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  return guarded(env, [&]() -> Napi::Value {
    Peaks& peaks = *peaksOf(info[0]);
    const PeakDetector& detector = peaks.ready(memoryShape(peaks, sizeof(double)));
    Stretch wanted, following;
    if (!detector.next(wanted)) return env.Null();
    const auto toObject = [&](const Stretch& stretch) {
      Napi::Object out = Napi::Object::New(env);
      out["start"] = Napi::Number::New(env, static_cast<double>(stretch.start));
      out["end"] = Napi::Number::New(env, static_cast<double>(stretch.start + stretch.count));
      return out;
    };
    Napi::Object out = toObject(wanted);
    out["progress"] = Napi::Number::New(env, detector.progress());
    if (detector.following(following)) out["following"] = toObject(following);
    return out;
  });
}

Napi::Value peaksDeliver(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    const Napi::Object piece = info[1].As<Napi::Object>();
    const TracesView traces = toTraces(piece);
    const Shared peaks = peaksOf(info[0]);
    Stretch wanted;
    if (!peaks->detector || !peaks->detector->next(wanted) || wanted.count != traces.samples ||
        traces.channels != peaks->traces.channels) {
      throw Error(Code::kInternal, "another piece was expected");
    }
    return startJob(info.Env(), {info[0], piece.Get("data")}, [peaks, traces](Control& control) -> Convert {
      peaks->detector->deliver(TracesPiece::of(traces), control);
      return [](Napi::Env env) -> Napi::Value { return env.Undefined(); };
    });
  });
}

Napi::Value peaksFromMemory(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    const Napi::Object request = info[1].As<Napi::Object>();
    const TracesView traces = toTraces(request);
    const Shared peaks = peaksOf(info[0]);
    if (traces.channels != peaks->traces.channels || traces.samples != peaks->traces.samples) {
      throw Error(Code::kInternal, "the traces must be those of the detector");
    }
    return startJob(info.Env(), {info[0], request.Get("data")}, [peaks, traces](Control& control) -> Convert {
      feedFromMemory(peaks->ready(memoryShape(*peaks, 0)), traces, control);
      return [](Napi::Env env) -> Napi::Value { return env.Undefined(); };
    });
  });
}

// False where only libhdf5 can read the source.
Napi::Value peaksFromSource(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    const Shared peaks = peaksOf(info[0]);
    const MakeSource make = toSource(info.Env(), info[1].As<Napi::Object>());
    return startJob(info.Env(), {info[0]}, [peaks, make](Control& control) -> Convert {
      if (!peaks->source) peaks->source = make();
      const bool reads = peaks->source != nullptr;
      if (reads) {
        PeakDetector& detector = peaks->ready(shapeOf(*peaks->source, peaks->traces.memoryBytes / 4));
        feedFromSource(detector, *peaks->source, peaks->traces.threads, control);
      }
      return [reads](Napi::Env env) -> Napi::Value { return Napi::Boolean::New(env, reads); };
    });
  });
}

Napi::Value peaksResult(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    const Shared peaks = peaksOf(info[0]);
    if (!peaks->detector) throw Error(Code::kInternal, "the detector was not fed");
    return resultOf(info.Env(), peaks->detector->result());
  });
}

Napi::Value peaksTakeCuts(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    const Napi::Env env = info.Env();
    const Shared peaks = peaksOf(info[0]);
    if (!peaks->cutter) throw Error(Code::kInternal, "nothing was cut");
    const std::vector<UnitCut> cuts = peaks->cutter->take();
    Napi::Array out = Napi::Array::New(env, cuts.size());
    for (size_t i = 0; i < cuts.size(); i++) {
      Napi::Object cut = Napi::Object::New(env);
      cut["waveforms"] = arrayOf<float, Napi::Float32Array>(env, cuts[i].waveforms);
      cut["average"] = toFloat64Array(env, cuts[i].average);
      cut["deviation"] = toFloat64Array(env, cuts[i].deviation);
      out[static_cast<uint32_t>(i)] = cut;
    }
    return out;
  });
}

// (detector, options): measures coherence instead of looking for peaks.
Napi::Value peaksMeasure(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    const Shared peaks = peaksOf(info[0]);
    peaks->coherence = std::make_shared<CoherenceMeter>(toCoherenceTask(info[1].As<Napi::Object>(), peaks->traces));
    peaks->consumer = peaks->coherence;
    return info.Env().Undefined();
  });
}

Napi::Value peaksTakeMeasures(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    const Napi::Env env = info.Env();
    const Shared peaks = peaksOf(info[0]);
    if (!peaks->coherence) throw Error(Code::kInternal, "nothing was measured");
    const CoherenceResult found = peaks->coherence->result();
    Napi::Object out = Napi::Object::New(env);
    out["labels"] = toFloat64Array(env, found.labels);
    out["similarity"] = toFloat64Array(env, found.similarity);
    out["trend"] = toFloat64Array(env, found.trend);
    out["psdHf"] = toFloat64Array(env, found.psdHf);
    return out;
  });
}

// (traces, reference, threads): float32 of the same shape.
Napi::Value takeReference(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    const Napi::Object request = info[0].As<Napi::Object>();
    const TracesView traces = toTraces(request);
    const CommonReference reference(toReference(request.Get("reference").As<Napi::Object>(), traces.channels));
    const size_t threads = static_cast<size_t>(numberOf(request, "threads", 0));
    const NumericView offsets = toNumericView(request.Get("offsets"));
    if (offsets.type != ElementType::kFloat64 || offsets.length != traces.channels) {
      throw Error(Code::kInternal, "offsets must have one value a channel");
    }
    const double* first = static_cast<const double*>(offsets.data);
    const std::vector<double> added(first, first + offsets.length);
    return startJob(info.Env(), {request.Get("data")},
                    [traces, reference, threads, added](Control& control) -> Convert {
                      auto out = std::make_shared<std::vector<float>>(traces.channels * traces.samples);
                      referenceTraces(traces, reference, added, threads, control, out->data());
                      return [out](Napi::Env env) { return arrayOf<float, Napi::Float32Array>(env, *out); };
                    });
  });
}

}  // namespace spikelab::bindings
