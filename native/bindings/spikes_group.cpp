#include "../spikes/group.h"

#include "../hdf5/numbers/streamed_vector.h"
#include "../io/file_handle.h"
#include "arguments.h"
#include "bindings.h"
#include "hdf5_files.h"
#include "spikes_trains.h"

namespace spikelab::bindings {
namespace {

// Makes the times of a request, on the thread of its work.
using MakeTimes = std::function<StreamedValues(Control&)>;

// { fd, path, offset, length, like } where `like` is an empty typed array of the values' type.
MakeTimes fileTimes(Napi::Object values) {
  const int fd = static_cast<int>(numberOf(values, "fd", -1));
  const double offset = numberOf(values, "offset", -1), length = numberOf(values, "length", -1);
  if (offset < 0 || length < 0) throw Error(Code::kInternal, "values in a file need offset and length");
  const auto file = std::make_shared<FileHandle>(fd, values.Get("path").ToString());
  const NumericView like = toNumericView(values.Get("like"));
  const size_t bytesEach = elementBytes(like.type);
  const StreamedValues streamed{
      like.type, static_cast<size_t>(length), 1,
      [file, bytesEach, from = static_cast<uint64_t>(offset)](size_t start, size_t count, void* out) {
        file->readAt(from + start * bytesEach, out, count * bytesEach);
      }};
  return [streamed](Control&) { return streamed; };
}

// { hdf5, dataset }: a vector of an open HDF5 file.
MakeTimes datasetTimes(Napi::Env env, Napi::Object values) {
  const std::shared_ptr<hdf5::File> file = fileOf(env, values.Get("hdf5"));
  const std::string path = values.Get("dataset").ToString();
  return [file, path](Control& control) { return hdf5::streamVector(file, path, control); };
}

Prepared prepare(Napi::Object request) {
  GroupRequest group;
  MakeTimes makeTimes;
  Borrowed borrowed{request.Get("units"), request.Get("times")};
  group.units = toNumericView(borrowed[0]);
  if (borrowed[1].IsTypedArray()) {
    group.times = toNumericView(borrowed[1]);
  } else {
    const Napi::Object values = borrowed[1].As<Napi::Object>();
    makeTimes = values.Has("fd") ? fileTimes(values) : datasetTimes(request.Env(), values);
  }
  group.scale = toTimeScale(request.Get("scale"));
  group.count = numberOf(request, "count", -1);
  group.maxUnits = numberOf(request, "maxUnits", 0);
  if (const Napi::Value trainOf = request.Get("trainOf"); !trainOf.IsUndefined()) {
    const NumericView view = toNumericView(trainOf);
    if (view.type != ElementType::kInt32) throw Error(Code::kInternal, "trainOf must be an Int32Array");
    // an empty array has no address, and still says that every spike is left out
    static constexpr int32_t kNone = -1;
    group.trainOf = view.length ? static_cast<const int32_t*>(view.data) : &kNone;
    group.trainOfLength = view.length;
    borrowed.push_back(trainOf);
  }
  return {std::move(borrowed), [group, makeTimes](Control& control) {
            GroupRequest whole = group;
            if (makeTimes) whole.streamedTimes = makeTimes(control);
            return trainsResult(spikelab::groupSpikes(whole, control));
          }};
}

}  // namespace

Napi::Value groupSpikes(const Napi::CallbackInfo& info) {
  return runNow(info, prepare);
}

Napi::Value groupSpikesJob(const Napi::CallbackInfo& info) {
  return runAsJob(info, prepare);
}

}  // namespace spikelab::bindings
