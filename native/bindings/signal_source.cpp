// Detection in what a path leads to, without the samples passing through JavaScript.
#include "../recordings/detect_source.h"
#include "../recordings/hdf5_source.h"
#include "../recordings/sample_layout.h"
#include "arguments.h"
#include "bindings.h"
#include "hdf5_files.h"
#include "job.h"
#include "signal_arguments.h"
#include "source_arguments.h"

namespace spikelab::bindings {
namespace {

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
  type.plain = type.size != 3;
  return type;
}

uint64_t countOf(Napi::Object object, const char* name) {
  return static_cast<uint64_t>(numberOf(object, name, 0));
}

SampleLayout::Stream streamOf(Napi::Object object) {
  SampleLayout::Stream stream{
      countOf(object, "recordSamples"), countOf(object, "recordBytes"), countOf(object, "step"), {}};
  const auto files = object.Get("runFiles").As<Napi::Uint32Array>();
  const auto offsets = object.Get("runOffsets").As<Napi::Float64Array>();
  const auto samples = object.Get("runSamples").As<Napi::Float64Array>();
  const size_t count = files.ElementLength();
  if (offsets.ElementLength() != count || samples.ElementLength() != count) {
    throw Error(Code::kInternal, "runs have a file and a place");
  }
  for (size_t r = 0; r < count; r++) {
    stream.addRun(files[r], static_cast<uint64_t>(offsets[r]), static_cast<uint64_t>(samples[r]));
  }
  return stream;
}

// What native code keeps open of files that it opens itself: lib/recordings/sample-files.ts has as many.
constexpr size_t kMostOpen = 64;

std::vector<std::shared_ptr<FileHandle>> filesOf(Napi::Array list) {
  std::vector<std::shared_ptr<FileHandle>> files;
  std::vector<ManyFiles::Known> known;
  for (uint32_t f = 0; f < list.Length(); f++) {
    const Napi::Object file = list.Get(f).As<Napi::Object>();
    const std::string path = file.Get("path").ToString();
    bool lossless = false;
    if (file.Has("fd")) {
      files.push_back(std::make_shared<FileHandle>(file.Get("fd").As<Napi::Number>().Int32Value(), path));
    } else {
      known.push_back({path, file.Get("device").As<Napi::BigInt>().Uint64Value(&lossless),
                       file.Get("inode").As<Napi::BigInt>().Uint64Value(&lossless)});
    }
  }
  if (known.empty()) return files;
  const auto many = std::make_shared<ManyFiles>(known, kMostOpen);
  for (size_t f = 0; f < known.size(); f++) files.push_back(std::make_shared<FileHandle>(many, f));
  return files;
}

MakeSource fileSource(Napi::Object source) {
  SampleLayout layout;
  layout.type = typeOf(source);
  layout.samples = countOf(source, "samples");
  layout.files = filesOf(source.Get("files").As<Napi::Array>());
  const auto streams = source.Get("streams").As<Napi::Array>();
  for (uint32_t s = 0; s < streams.Length(); s++) {
    layout.streams.push_back(streamOf(streams.Get(s).As<Napi::Object>()));
  }
  const auto of = source.Get("channelStreams").As<Napi::Uint32Array>();
  const auto offsets = source.Get("channelOffsets").As<Napi::Float64Array>();
  if (of.ElementLength() != offsets.ElementLength()) throw Error(Code::kInternal, "channels have a place");
  for (size_t c = 0; c < of.ElementLength(); c++) {
    layout.channels.push_back({of[c], static_cast<uint64_t>(offsets[c])});
  }
  return [layout] { return layoutSource(layout); };
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

MakeSource toSource(Napi::Env env, Napi::Object source) {
  return source.Has("files") ? fileSource(source) : datasetSource(env, source);
}

Napi::Value detectSource(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    const Napi::Object request = info[0].As<Napi::Object>(), source = request.Get("source").As<Napi::Object>();
    const MakeSource make = toSource(info.Env(), source);
    const DetectOptions options = toDetectOptions(request);
    const size_t memoryBytes = static_cast<size_t>(numberOf(request, "memoryBytes", 0));
    const size_t pieceSamples = static_cast<size_t>(numberOf(request, "pieceSamples", 0));
    return startJob(info.Env(), {}, [make, options, memoryBytes, pieceSamples](Control& control) -> Convert {
      const std::unique_ptr<FrameSource> frames = make();
      if (!frames) return [](Napi::Env env) -> Napi::Value { return env.Null(); };
      auto found =
          std::make_shared<Detection>(spikelab::detectSource(*frames, options, memoryBytes, control, pieceSamples));
      return [found](Napi::Env env) -> Napi::Value { return detectionResult(env, *found); };
    });
  });
}

}  // namespace spikelab::bindings
