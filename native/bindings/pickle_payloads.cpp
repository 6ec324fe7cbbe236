#include <memory>

#include "../pickle/payloads.h"
#include "arguments.h"
#include "bindings.h"
#include "job.h"

namespace spikelab::bindings {
namespace {

// Five numbers a payload: position, stored bytes, encoding, offset in the target, bytes there.
constexpr size_t kNumbersPerPayload = 5;

std::vector<PayloadSpan> toPayloads(const NumericView& view) {
  if (view.type != ElementType::kFloat64 || view.length % kNumbersPerPayload != 0) {
    throw Error(Code::kInternal, "payloads are five float64 each");
  }
  const double* numbers = static_cast<const double*>(view.data);
  std::vector<PayloadSpan> payloads(view.length / kNumbersPerPayload);
  for (PayloadSpan& payload : payloads) {
    payload = {static_cast<uint64_t>(numbers[0]), static_cast<uint64_t>(numbers[1]),
               static_cast<PayloadEncoding>(static_cast<int>(numbers[2])), static_cast<size_t>(numbers[3]),
               static_cast<size_t>(numbers[4])};
    numbers += kNumbersPerPayload;
  }
  return payloads;
}

}  // namespace

Napi::Value readPicklePayloads(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  return guarded(env, [&] {
    const Napi::Object request = info[0].As<Napi::Object>();
    Borrowed borrowed{request.Get("target")};
    const NumericView target = toNumericView(borrowed[0]);
    const size_t bytes = withElements(target, [](auto elements) { return elements.size_bytes(); });
    auto payloads = std::make_shared<std::vector<PayloadSpan>>(toPayloads(toNumericView(request.Get("payloads"))));
    auto file = std::make_shared<FileHandle>(request.Get("fd").ToNumber().Int32Value(),
                                             request.Get("path").ToString().Utf8Value());
    std::span<uint8_t> out(static_cast<uint8_t*>(const_cast<void*>(target.data)), bytes);
    return startJob(env, std::move(borrowed), [file, payloads, out](Control& control) -> Convert {
      const auto bad = readPayloads(*file, *payloads, out, control);
      const double result = bad ? static_cast<double>(*bad) : -1;
      return [result](Napi::Env to) -> Napi::Value { return Napi::Number::New(to, result); };
    });
  });
}

}  // namespace spikelab::bindings
