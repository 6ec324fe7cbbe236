#include "../io/record_heads.h"

#include <memory>
#include <vector>

#include "arguments.h"
#include "bindings.h"
#include "job.h"

namespace spikelab::bindings {

Napi::Value readRecordHeads(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  return guarded(env, [&] {
    const Napi::Object request = info[0].As<Napi::Object>();
    const auto count = [&](const char* name) { return static_cast<uint64_t>(numberOf(request, name, 0)); };
    const RecordHeads heads{count("start"), std::max<uint64_t>(1, count("stride")), count("bytes")};
    auto file = std::make_shared<FileHandle>(request.Get("fd").ToNumber().Int32Value(),
                                             request.Get("path").ToString().Utf8Value());
    std::function<OwnedArray<uint8_t>(Control&)> read;
    if (request.Has("places")) {
      const NumericView view = toNumericView(request.Get("places"));
      if (view.type != ElementType::kFloat64) throw Error(Code::kInternal, "places are float64");
      const auto* const numbers = static_cast<const double*>(view.data);
      read = [=, places = std::vector<double>(numbers, numbers + view.length)](Control& control) {
        return readBytesAt(*file, places, heads.bytes, control);
      };
    } else {
      read = [=, first = count("first"), records = static_cast<size_t>(count("count"))](Control& control) {
        return readHeads(*file, heads, first, records, control);
      };
    }
    return startJob(env, {}, [read](Control& control) -> Convert {
      auto found = std::make_shared<OwnedArray<uint8_t>>(read(control));
      return [found](Napi::Env to) -> Napi::Value { return toUint8Array(to, std::move(*found)); };
    });
  });
}

}  // namespace spikelab::bindings
