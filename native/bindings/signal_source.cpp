// Detection in what a path leads to, without the samples passing through JavaScript.
#include "../job.h"
#include "../record/detect_source.h"
#include "../record/flat_source.h"
#include "../record/hdf5_source.h"
#include "arguments.h"
#include "bindings.h"
#include "hdf5_files.h"
#include "signal_arguments.h"

namespace spikelab::bindings {
namespace {

using MakeSource = std::function<std::unique_ptr<FrameSource>()>;

std::vector<size_t> columnsOf(Napi::Object source) {
  const Napi::Uint32Array columns = source.Get("columns").As<Napi::Uint32Array>();
  return {columns.Data(), columns.Data() + columns.ElementLength()};
}

hdf5::Type typeOf(Napi::Object source) {
  const std::string letter = source.Get("letter").ToString();
  hdf5::Type type;
  type.cls = letter == "f" ? hdf5::TypeClass::kFloat : hdf5::TypeClass::kInteger;
  type.size = static_cast<size_t>(numberOf(source, "sampleBytes", 0));
  type.isSigned = letter != "u";
  type.bigEndian = source.Get("bigEndian").ToBoolean();
  type.plain = true;
  return type;
}

MakeSource fileSource(Napi::Object source) {
  FlatLayout layout;
  layout.offset = static_cast<uint64_t>(numberOf(source, "byteOffset", 0));
  layout.type = typeOf(source);
  layout.width = static_cast<size_t>(numberOf(source, "width", 0));
  layout.frames = static_cast<uint64_t>(numberOf(source, "samples", 0));
  layout.timeFirst = source.Get("timeFirst").ToBoolean();
  layout.columns = columnsOf(source);
  for (const size_t column : layout.columns) {
    if (column >= layout.width) throw Error(Code::kInternal, "columns lie within a frame");
  }
  auto file = std::make_shared<FileHandle>(source.Get("fd").As<Napi::Number>().Int32Value(),
                                           source.Get("path").ToString().Utf8Value());
  return [file, layout] { return flatSource(file, layout); };
}

MakeSource datasetSource(Napi::Env env, Napi::Object source) {
  const std::shared_ptr<hdf5::File> file = fileOf(env, source.Get("file"));
  Hdf5Layout layout;
  layout.dataset = source.Get("dataset").ToString();
  layout.timeFirst = source.Get("timeFirst").ToBoolean();
  layout.columns = columnsOf(source);
  layout.samples = static_cast<uint64_t>(numberOf(source, "samples", 0));
  layout.maxArrayBytes = numberOf(source, "maxArrayBytes", 0);
  return [file, layout] { return hdf5Source(file, layout); };
}

}  // namespace

Napi::Value detectSource(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    const Napi::Object request = info[0].As<Napi::Object>(), source = request.Get("source").As<Napi::Object>();
    const MakeSource make = source.Has("fd") ? fileSource(source) : datasetSource(info.Env(), source);
    const DetectOptions options = toDetectOptions(request);
    const size_t memoryBytes = static_cast<size_t>(numberOf(request, "memoryBytes", 0));
    return startJob(info.Env(), {}, [make, options, memoryBytes](Control& control) -> Convert {
      const std::unique_ptr<FrameSource> frames = make();
      if (!frames) return [](Napi::Env env) -> Napi::Value { return env.Null(); };
      auto found = std::make_shared<Detection>(spikelab::detectSource(*frames, options, memoryBytes, control));
      return [found](Napi::Env env) -> Napi::Value { return detectionResult(env, *found); };
    });
  });
}

}  // namespace spikelab::bindings
