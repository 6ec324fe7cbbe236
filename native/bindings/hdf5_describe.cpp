#include "hdf5_describe.h"

#include "../hdf5/structure/tree.h"
#include "hdf5_values.h"

namespace spikelab::bindings {
namespace {

Napi::Value toFilters(Napi::Env env, const std::vector<hdf5::Filter>& filters) {
  Napi::Array out = Napi::Array::New(env, filters.size());
  for (size_t i = 0; i < filters.size(); i++) {
    Napi::Object filter = Napi::Object::New(env);
    filter["id"] = Napi::Number::New(env, filters[i].id);
    filter["name"] = Napi::String::New(env, filters[i].name);
    Napi::Array parameters = Napi::Array::New(env, filters[i].parameters.size());
    for (size_t p = 0; p < filters[i].parameters.size(); p++) {
      parameters[static_cast<uint32_t>(p)] = Napi::Number::New(env, filters[i].parameters[p]);
    }
    filter["parameters"] = parameters;
    out[static_cast<uint32_t>(i)] = filter;
  }
  return out;
}

Napi::Value toDescription(Napi::Env env, const hdf5::Dataset& dataset) {
  static constexpr const char* kLayouts[] = {"compact", "contiguous", "chunked"};
  Napi::Object out = Napi::Object::New(env);
  out["kind"] = "dataset";
  out["path"] = dataset.path;
  out["shape"] = dataset.null ? env.Null() : toShape(env, dataset.shape);
  out["size"] = Napi::Number::New(env, static_cast<double>(dataset.size));
  out["dtype"] = toDtype(env, dataset.type);
  out["layout"] = kLayouts[static_cast<int>(dataset.layout)];
  out["chunk"] = dataset.chunk.empty() ? env.Null() : toShape(env, dataset.chunk);
  out["filters"] = toFilters(env, dataset.filters);
  return out;
}

}  // namespace

Convert describeConvert(hdf5::File& file, const std::string& path) {
  H5I_type_t kind;
  {
    hdf5::LibraryLock lock;
    const hdf5::Handle object = hdf5::openObject(file, path);
    kind = H5Iget_type(object.get());
  }
  if (kind == H5I_DATASET) {
    return [dataset = carried(hdf5::openDescribed(file, path))](Napi::Env env) { return toDescription(env, *dataset); };
  }
  const char* name = kind == H5I_GROUP ? "group" : "type";
  return [name, path = hdf5::normalPath(path)](Napi::Env env) -> Napi::Value {
    Napi::Object out = Napi::Object::New(env);
    out["kind"] = name;
    out["path"] = path;
    return out;
  };
}

}  // namespace spikelab::bindings
