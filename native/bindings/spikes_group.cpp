#include "../spikes/group.h"

#include "arguments.h"
#include "bindings.h"
#include "spikes_trains.h"

namespace spikelab::bindings {
namespace {

Prepared prepare(Napi::Object request) {
  GroupRequest group;
  Borrowed borrowed{request.Get("units"), request.Get("times")};
  group.units = toNumericView(borrowed[0]);
  group.times = toNumericView(borrowed[1]);
  group.scale = toTimeScale(request.Get("scale"));
  group.count = numberOf(request, "count", -1);
  group.maxUnits = numberOf(request, "maxUnits", 0);
  if (const Napi::Value trainOf = request.Get("trainOf"); !trainOf.IsUndefined()) {
    const NumericView view = toNumericView(trainOf);
    if (view.type != ElementType::kInt32) throw Error(Code::kInternal, "trainOf must be an Int32Array");
    group.trainOf = static_cast<const int32_t*>(view.data);
    group.trainOfLength = view.length;
    borrowed.push_back(trainOf);
  }
  return {std::move(borrowed),
          [group](Control& control) { return trainsResult(spikelab::groupSpikes(group, control)); }};
}

}  // namespace

Napi::Value groupSpikes(const Napi::CallbackInfo& info) {
  return runNow(info, prepare);
}

Napi::Value groupSpikesJob(const Napi::CallbackInfo& info) {
  return runAsJob(info, prepare);
}

}  // namespace spikelab::bindings
