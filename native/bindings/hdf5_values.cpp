#include "hdf5_values.h"

#include "arguments.h"

namespace spikelab::bindings {
namespace {

using hdf5::Element;

napi_typedarray_type arrayType(Element element) {
  switch (element) {
    case Element::kInt8:
      return napi_int8_array;
    case Element::kUint8:
      return napi_uint8_array;
    case Element::kInt16:
      return napi_int16_array;
    case Element::kUint16:
      return napi_uint16_array;
    case Element::kInt32:
      return napi_int32_array;
    case Element::kUint32:
      return napi_uint32_array;
    case Element::kInt64:
      return napi_bigint64_array;
    case Element::kUint64:
      return napi_biguint64_array;
    case Element::kFloat32:
      return napi_float32_array;
    default:
      return napi_float64_array;
  }
}

// Small results are copied: an external buffer costs more than they do, and some runtimes allow none.
constexpr size_t kExternalFrom = 4096;

napi_value toArrayBuffer(Napi::Env env, FileBuffer buffer, size_t bytes) {
  napi_value out = nullptr;
  if (bytes >= kExternalFrom) {
    out = lendArrayBuffer(env, buffer.data(), bytes);
    if (out) {
      buffer.release();
      return out;
    }
  }
  void* copy = nullptr;
  if (napi_create_arraybuffer(env, bytes, &copy, &out) != napi_ok) {
    throw Error(Code::kInternal, "no memory for an array of " + std::to_string(bytes) + " bytes");
  }
  if (bytes > 0) __builtin_memcpy(copy, buffer.data(), bytes);
  return out;
}

}  // namespace

Napi::Value toTypedArray(Napi::Env env, hdf5::Array& array) {
  napi_value buffer = toArrayBuffer(env, std::move(array.buffer), array.size * elementBytes(array.element));
  napi_value out = nullptr;
  if (napi_create_typedarray(env, arrayType(array.element), array.size, buffer, 0, &out) != napi_ok) {
    throw Napi::Error::New(env);
  }
  return Napi::Value(env, out);
}

Napi::Value toShape(Napi::Env env, const std::vector<uint64_t>& shape) {
  Napi::Array out = Napi::Array::New(env, shape.size());
  for (size_t i = 0; i < shape.size(); i++)
    out[static_cast<uint32_t>(i)] = Napi::Number::New(env, static_cast<double>(shape[i]));
  return out;
}

Napi::Value toStrings(Napi::Env env, const hdf5::Texts& texts) {
  Napi::Array out = Napi::Array::New(env, texts.size());
  for (size_t i = 0; i < texts.size(); i++) {
    Napi::HandleScope scope(env);
    const size_t length = texts.offsets[i + 1] - texts.offsets[i];
    out[static_cast<uint32_t>(i)] = Napi::String::New(env, texts.bytes.data() + texts.offsets[i], length);
  }
  return out;
}

Napi::Value toColumn(Napi::Env env, hdf5::Column& column) {
  Napi::Object out = Napi::Object::New(env);
  out["name"] = Napi::String::New(env, column.name);
  out["shape"] = toShape(env, column.shape);
  out["boolean"] = Napi::Boolean::New(env, column.boolean);
  if (auto* array = std::get_if<hdf5::Array>(&column.values)) {
    out["values"] = toTypedArray(env, *array);
  } else if (const auto* texts = std::get_if<hdf5::Texts>(&column.values)) {
    out["values"] = toStrings(env, *texts);
  } else {
    out["values"] = env.Null();
  }
  return out;
}

Napi::Value toDtype(Napi::Env env, const hdf5::Type& type) {
  Napi::Object out = Napi::Object::New(env);
  out["class"] = Napi::String::New(env, hdf5::className(type.cls));
  out["name"] = Napi::String::New(env, hdf5::typeName(type));
  out["size"] = Napi::Number::New(env, static_cast<double>(type.size));
  if (type.numeric()) {
    out["signed"] = Napi::Boolean::New(env, type.isSigned);
    out["order"] = Napi::String::New(env, type.bigEndian ? "big" : "little");
  }
  if (type.cls == hdf5::TypeClass::kString) out["variable"] = Napi::Boolean::New(env, type.variable);
  if (!type.members.empty()) {
    Napi::Object members = Napi::Object::New(env);
    for (const auto& [name, value] : type.members) members[name] = Napi::Number::New(env, static_cast<double>(value));
    out["members"] = members;
  }
  if (type.cls == hdf5::TypeClass::kCompound) {
    Napi::Array fields = Napi::Array::New(env, type.fields.size());
    for (size_t i = 0; i < type.fields.size(); i++) {
      Napi::Object field = Napi::Object::New(env);
      field["name"] = Napi::String::New(env, type.fields[i].name);
      field["dtype"] = toDtype(env, *type.fields[i].type);
      fields[static_cast<uint32_t>(i)] = field;
    }
    out["fields"] = fields;
  }
  if (type.base) out["base"] = toDtype(env, *type.base);
  if (!type.shape.empty()) out["shape"] = toShape(env, type.shape);
  return out;
}

}  // namespace spikelab::bindings
