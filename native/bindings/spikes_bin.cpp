#include "../spikes/bin.h"

#include "arguments.h"
#include "bindings.h"
#include "job.h"

namespace spikelab::bindings {
namespace {

template <typename T>
std::span<const T> spanOf(Napi::Value value, ElementType type) {
  const NumericView view = toNumericView(value);
  if (view.type != type) throw Error(Code::kInternal, "a typed array of another type was expected");
  return {static_cast<const T*>(view.data), view.length};
}

BinRequest toRequest(Napi::Object object) {
  const auto times = spanOf<double>(object.Get("times"), ElementType::kFloat64);
  const auto offsets = spanOf<double>(object.Get("offsets"), ElementType::kFloat64);
  double last = 0;
  for (const double offset : offsets) {
    if (!(offset >= last && offset <= static_cast<double>(times.size()))) {
      throw Error(Code::kInternal, "offsets reach outside the times");
    }
    last = offset;
  }
  if (offsets.empty()) throw Error(Code::kInternal, "offsets must have at least one entry");
  BinRequest request;
  request.times = times.data();
  request.offsets = offsets.data();
  request.trains = offsets.size() - 1;
  request.startMs = numberOf(object, "startMs", 0);
  request.offsetMs = numberOf(object, "offsetMs", 0);
  request.binMs = numberOf(object, "binMs", 1);
  request.bins = static_cast<size_t>(numberOf(object, "bins", 0));
  return request;
}

}  // namespace

Napi::Value binSparse(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  return guarded(env, [&]() -> Napi::Value {
    Control control;
    SparseCounts counts = spikelab::binSparse(toRequest(info[0].As<Napi::Object>()), control);
    Napi::Object out = Napi::Object::New(env);
    out["indptr"] = toFloat64Array(env, std::move(counts.indptr));
    out["indices"] = toUint32Array(env, std::move(counts.indices));
    out["data"] = toUint32Array(env, std::move(counts.counts));
    return out;
  });
}

Napi::Value binDense(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    Control control;
    const Napi::Object object = info[0].As<Napi::Object>();
    const BinRequest request = toRequest(object);
    const auto out = spanOf<uint32_t>(object.Get("out"), ElementType::kUint32);
    const size_t rows = request.bins == 0 ? 0 : out.size() / request.bins;
    const int32_t* rowOf = nullptr;
    if (const Napi::Value value = object.Get("rowOf"); !value.IsUndefined()) {
      const auto rowsOfTrains = spanOf<int32_t>(value, ElementType::kInt32);
      if (rowsOfTrains.size() != request.trains) throw Error(Code::kInternal, "rowOf must have one entry a train");
      rowOf = rowsOfTrains.data();
    } else if (rows < request.trains && request.bins > 0) {
      throw Error(Code::kInternal, "out must have one row a train");
    }
    spikelab::binDense(request, rowOf, const_cast<uint32_t*>(out.data()), rows, control);
    return info.Env().Undefined();
  });
}

}  // namespace spikelab::bindings
