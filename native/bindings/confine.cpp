#include "../process/confine.h"

#include "arguments.h"
#include "bindings.h"

namespace spikelab::bindings {
namespace {

std::vector<std::string> texts(const Napi::Value& value) {
  const Napi::Array array = value.As<Napi::Array>();
  std::vector<std::string> out;
  for (uint32_t i = 0; i < array.Length(); i++) out.push_back(array.Get(i).ToString().Utf8Value());
  return out;
}

}  // namespace

Napi::Value confine(const Napi::CallbackInfo& info) {
  const Napi::Object given = info[0].As<Napi::Object>();
  Confinement wanted;
  wanted.read = texts(given.Get("read"));
  wanted.write = texts(given.Get("write"));
  wanted.network = given.Get("network").ToBoolean();
  wanted.parent = given.Get("parent").ToNumber().Int32Value();
  const Confined done = spikelab::confine(wanted);
  Napi::Object out = Napi::Object::New(info.Env());
  out["landlock"] = Napi::Number::New(info.Env(), done.landlock);
  out["seccomp"] = Napi::Boolean::New(info.Env(), done.seccomp);
  out["orphaned"] = Napi::Boolean::New(info.Env(), done.orphaned);
  return out;
}

}  // namespace spikelab::bindings
