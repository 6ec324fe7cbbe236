#include "ranges.h"

#include "arguments.h"
#include "bindings.h"

namespace spikelab::bindings {
namespace {

using Shared = std::shared_ptr<RangeCache>;

Napi::Value toPairs(Napi::Env env, const std::vector<ByteRange>& ranges) {
  Napi::Float64Array out = Napi::Float64Array::New(env, 2 * ranges.size());
  for (size_t i = 0; i < ranges.size(); i++) {
    out[2 * i] = static_cast<double>(ranges[i].start);
    out[2 * i + 1] = static_cast<double>(ranges[i].end);
  }
  return out;
}

}  // namespace

std::shared_ptr<RangeCache> rangesOf(const Napi::Value& value) {
  if (!value.IsExternal()) return nullptr;
  return *value.As<Napi::External<Shared>>().Data();
}

Convert withRanges(RangeCache* ranges, hdf5::File* file, const std::function<Convert()>& work) {
  if (ranges == nullptr) return work();
  const uint64_t before = ranges->misses();
  RangeCache::forgetMisses();
  hdf5::File::forgetCharges();
  try {
    Convert done = work();
    // who asks whether something is there may have been told no
    if (!RangeCache::missedHere()) return done;
  } catch (const Error&) {
    // libhdf5 fails where a read of its own did; so may other work on this file, which then just tries again
    if (ranges->misses() == before) throw;
  } catch (const MissingBytes&) {
  }
  if (file != nullptr) file->uncharge();
  return [missing = ranges->takeMissing()](Napi::Env env) -> Napi::Value {
    Napi::Object out = Napi::Object::New(env);
    out["missing"] = toPairs(env, missing.read);
    out["expected"] = toPairs(env, missing.expected);
    return out;
  };
}

Napi::Value rangesOpen(const Napi::CallbackInfo& info) {
  const double size = info[0].As<Napi::Number>().DoubleValue();
  auto shared = std::make_unique<Shared>(std::make_shared<RangeCache>(static_cast<uint64_t>(size)));
  return Napi::External<Shared>::New(info.Env(), shared.release(), [](Napi::Env, Shared* data) { delete data; });
}

Napi::Value rangesSupply(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    const NumericView bytes = toNumericView(info[2]);
    const double start = info[1].As<Napi::Number>().DoubleValue();
    rangesOf(info[0])->supply(static_cast<uint64_t>(start), static_cast<const char*>(bytes.data), bytes.length,
                              info[3].As<Napi::Boolean>().Value());
    return info.Env().Undefined();
  });
}

Napi::Value rangesGaps(const Napi::CallbackInfo& info) {
  const auto number = [&](size_t i) { return static_cast<uint64_t>(info[i].As<Napi::Number>().DoubleValue()); };
  return toPairs(info.Env(), rangesOf(info[0])->gaps(number(1), number(2)));
}

Napi::Value rangesTrim(const Napi::CallbackInfo& info) {
  rangesOf(info[0])->trim(static_cast<uint64_t>(info[1].As<Napi::Number>().DoubleValue()));
  return info.Env().Undefined();
}

}  // namespace spikelab::bindings
