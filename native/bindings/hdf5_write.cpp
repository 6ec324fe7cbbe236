#include "../hdf5/writing/writer.h"

#include "bindings.h"
#include "job.h"

namespace spikelab::bindings {
namespace {

using hdf5::Entry;
using hdf5::Stored;
using hdf5::Values;

[[noreturn]] void refuse(const std::string& path, const std::string& what) {
  throw Error(Code::kInternal, "writeHdf5: " + what + " at " + path);
}

Stored storedType(const std::string& name, const std::string& path) {
  static const std::map<std::string, Stored> types = {
      {"int8", Stored::kInt8},          {"uint8", Stored::kUint8},   {"int16", Stored::kInt16},
      {"uint16", Stored::kUint16},      {"int32", Stored::kInt32},   {"uint32", Stored::kUint32},
      {"int64", Stored::kInt64},        {"uint64", Stored::kUint64}, {"float32", Stored::kFloat32},
      {"float64", Stored::kFloat64},    {"bool", Stored::kBool},     {"text", Stored::kText},
      {"reference", Stored::kReference}};
  const auto found = types.find(name);
  if (found == types.end()) refuse(path, "unknown type " + name);
  return found->second;
}

std::string textOf(const Napi::Object& object, const char* key) {
  return object.Get(key).As<Napi::String>().Utf8Value();
}

// Whether the elements of an array are what the values' source says.
bool fits(const Napi::TypedArray& piece, const Values& values) {
  switch (values.source) {
    case Values::Source::kFloat64:
      return piece.TypedArrayType() == napi_float64_array;
    case Values::Source::kUint32:
      return piece.TypedArrayType() == napi_uint32_array;
    case Values::Source::kStored:
      break;
  }
  return piece.ElementSize() == hdf5::storedSize(values.type);
}

void readPieces(const Napi::Array& pieces, Values& values, const std::string& path, Borrowed& borrowed) {
  values.pieces.reserve(pieces.Length());
  for (uint32_t i = 0; i < pieces.Length(); i++) {
    const Napi::TypedArray piece = pieces.Get(i).As<Napi::TypedArray>();
    if (!fits(piece, values)) refuse(path, "numbers of another type");
    const char* data = static_cast<const char*>(piece.ArrayBuffer().Data()) + piece.ByteOffset();
    if (piece.ElementLength() > 0) values.pieces.push_back({data, piece.ElementLength()});
    borrowed.push_back(piece);
  }
}

void readSource(const Napi::Object& from, Entry& entry) {
  Values& values = entry.values;
  const Napi::Value conversion = from.Get("conversion");
  if (conversion.IsObject()) {
    values.source = Values::Source::kFloat64;
    values.conversion.factor = conversion.As<Napi::Object>().Get("factor").As<Napi::Number>().DoubleValue();
    values.conversion.divisor = conversion.As<Napi::Object>().Get("divisor").As<Napi::Number>().DoubleValue();
    if (values.type != Stored::kInt64 && values.type != Stored::kFloat64) refuse(entry.path, "a conversion to a type");
  } else if (from.Get("widen").ToBoolean().Value()) {
    values.source = Values::Source::kUint32;
    if (values.type != Stored::kInt64) refuse(entry.path, "widening to another type than int64");
  }
}

void readValues(const Napi::Object& from, Entry& entry, Borrowed& borrowed) {
  Values& values = entry.values;
  values.type = storedType(textOf(from, "type"), entry.path);
  const Napi::Value shape = from.Get("shape");
  entry.scalar = !shape.IsArray();
  uint64_t count = 1;
  for (uint32_t i = 0; !entry.scalar && i < shape.As<Napi::Array>().Length(); i++) {
    entry.shape.push_back(static_cast<uint64_t>(shape.As<Napi::Array>().Get(i).As<Napi::Number>().Int64Value()));
    count *= entry.shape.back();
  }
  uint64_t given = 0;
  if (const Napi::Value texts = from.Get("texts"); texts.IsArray()) {
    const Napi::Array list = texts.As<Napi::Array>();
    for (uint32_t i = 0; i < list.Length(); i++) values.texts.push_back(list.Get(i).As<Napi::String>().Utf8Value());
    given = values.texts.size();
  } else if (const Napi::Value runs = from.Get("runLengths"); runs.IsTypedArray()) {
    if (values.type != Stored::kInt64) refuse(entry.path, "runs of another type than int64");
    const Napi::Float64Array lengths = runs.As<Napi::Float64Array>();
    for (size_t i = 0; i < lengths.ElementLength(); i++) {
      values.runLengths.push_back(static_cast<uint64_t>(lengths[i]));
      given += values.runLengths.back();
    }
  } else {
    readSource(from, entry);
    readPieces(from.Get("pieces").As<Napi::Array>(), values, entry.path, borrowed);
    for (const hdf5::Piece& piece : values.pieces) given += piece.count;
  }
  // What would read or write past an end.
  if (given != count) refuse(entry.path, "a shape that does not fit its values");
}

Entry readEntry(const Napi::Object& from, Borrowed& borrowed) {
  const std::string kind = textOf(from, "kind");
  Entry entry;
  entry.path = textOf(from, "path");
  if (kind == "group") {
    entry.kind = Entry::Kind::kGroup;
  } else if (kind == "softLink") {
    entry.kind = Entry::Kind::kSoftLink;
    entry.target = textOf(from, "target");
  } else {
    entry.kind = kind == "attribute" ? Entry::Kind::kAttribute : Entry::Kind::kDataset;
    if (kind == "attribute") entry.name = textOf(from, "name");
    readValues(from, entry, borrowed);
    if (kind == "attribute" && (entry.values.pieces.size() > 1 || entry.values.source != Values::Source::kStored)) {
      refuse(entry.path, "an attribute of several pieces");
    }
  }
  return entry;
}

}  // namespace

Napi::Value writeHdf5(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    const std::string path = info[0].As<Napi::String>().Utf8Value();
    const Napi::Array list = info[1].As<Napi::Array>();
    Borrowed borrowed;
    auto entries = std::make_shared<std::vector<Entry>>();
    for (uint32_t i = 0; i < list.Length(); i++) {
      entries->push_back(readEntry(list.Get(i).As<Napi::Object>(), borrowed));
    }
    return startJob(info.Env(), borrowed, [path, entries](Control& control) -> Convert {
      hdf5::writeFile(path, *entries, control);
      return [](Napi::Env env) { return env.Undefined(); };
    });
  });
}

}  // namespace spikelab::bindings
