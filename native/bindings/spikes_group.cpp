#include "../spikes/group.h"

#include "arguments.h"
#include "bindings.h"
#include "spikes_trains.h"

namespace spikelab::bindings {
namespace {

// { fd, path, offset, length, like } where `like` is an empty typed array of the values' type.
FileValues toFileValues(Napi::Object values) {
  const int fd = static_cast<int>(numberOf(values, "fd", -1));
  const double offset = numberOf(values, "offset", -1), length = numberOf(values, "length", -1);
  if (offset < 0 || length < 0) throw Error(Code::kInternal, "values in a file need offset and length");
  const std::string path = values.Get("path").ToString();
  return {std::make_shared<FileHandle>(fd, path), static_cast<uint64_t>(offset), toNumericView(values.Get("like")).type,
          static_cast<size_t>(length)};
}

Prepared prepare(Napi::Object request) {
  GroupRequest group;
  Borrowed borrowed{request.Get("units"), request.Get("times")};
  group.units = toNumericView(borrowed[0]);
  if (borrowed[1].IsTypedArray()) {
    group.times = toNumericView(borrowed[1]);
  } else {
    group.timesFile = toFileValues(borrowed[1].As<Napi::Object>());
  }
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
