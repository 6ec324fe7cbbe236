// Reading HDF5: each function takes (file, …) and starts a job.
#include <algorithm>

#include "../hdf5/structure/tree.h"
#include "../recordings/trains_read.h"
#include "bindings.h"
#include "hdf5_describe.h"
#include "hdf5_files.h"
#include "hdf5_values.h"
#include "job.h"
#include "ranges.h"
#include "spikes_trains.h"

namespace spikelab::bindings {
namespace {

using hdf5::File;

std::string text(const Napi::Value& value) {
  return value.As<Napi::String>().Utf8Value();
}

hdf5::Corner corner(const Napi::Value& value) {
  if (!value.IsArray()) return {};
  const Napi::Array array = value.As<Napi::Array>();
  std::vector<uint64_t> out;
  for (uint32_t i = 0; i < array.Length(); i++) {
    out.push_back(static_cast<uint64_t>(array.Get(i).As<Napi::Number>().Int64Value()));
  }
  return out;
}

std::vector<std::string> texts(const Napi::Value& value) {
  const Napi::Array array = value.As<Napi::Array>();
  std::vector<std::string> out;
  for (uint32_t i = 0; i < array.Length(); i++) {
    Napi::HandleScope scope(value.Env());
    out.push_back(text(array.Get(i)));
  }
  return out;
}

hdf5::Element elementOf(napi_typedarray_type type) {
  using hdf5::Element;
  switch (type) {
    case napi_int8_array:
      return Element::kInt8;
    case napi_uint8_array:
      return Element::kUint8;
    case napi_int16_array:
      return Element::kInt16;
    case napi_uint16_array:
      return Element::kUint16;
    case napi_int32_array:
      return Element::kInt32;
    case napi_uint32_array:
      return Element::kUint32;
    case napi_bigint64_array:
      return Element::kInt64;
    case napi_biguint64_array:
      return Element::kUint64;
    case napi_float32_array:
      return Element::kFloat32;
    default:
      return Element::kFloat64;
  }
}

// { names, kinds: Uint8Array of hdf5::Kind, made: Int32Array of places in the order of creation, -1 where the file
// keeps none, targets: of soft links by position }: a group may have thousands of members.
Convert entriesConvert(std::vector<hdf5::Link> entries) {
  return [entries = carried(std::move(entries))](Napi::Env env) -> Napi::Value {
    Napi::Array names = Napi::Array::New(env, entries->size());
    Napi::Uint8Array kinds = Napi::Uint8Array::New(env, entries->size());
    Napi::Int32Array made = Napi::Int32Array::New(env, entries->size());
    Napi::Object targets = Napi::Object::New(env);
    for (size_t i = 0; i < entries->size(); i++) {
      Napi::HandleScope scope(env);
      const hdf5::Link& entry = (*entries)[i];
      names[static_cast<uint32_t>(i)] = Napi::String::New(env, entry.name);
      kinds[i] = static_cast<uint8_t>(entry.kind);
      made[i] = static_cast<int32_t>(std::min<int64_t>(entry.made, INT32_MAX));
      if (entry.kind == hdf5::Kind::kSoftLink)
        targets.Set(static_cast<uint32_t>(i), Napi::String::New(env, entry.target));
    }
    Napi::Object out = Napi::Object::New(env);
    out["names"] = names;
    out["kinds"] = kinds;
    out["made"] = made;
    out["targets"] = targets;
    return out;
  };
}

Convert columnConvert(hdf5::Column column) {
  return [column = carried(std::move(column))](Napi::Env env) { return toColumn(env, *column); };
}

// Starts a job on the file that the first argument names.
Napi::Value fileJob(const Napi::CallbackInfo& info, Borrowed borrowed, std::function<Convert(File&, Control&)> work) {
  return guarded(info.Env(), [&] {
    const std::shared_ptr<File> file = fileOf(info.Env(), info[0]);
    return startJob(info.Env(), borrowed, [file, work](Control& control) {
      return withRanges(file->descriptor().ranges.get(), file.get(), [&] { return work(*file, control); });
    });
  });
}

}  // namespace

Napi::Value hdf5Open(const Napi::CallbackInfo& info) {
  const std::string path = text(info[0]);
  const Napi::Object limits = info[1].As<Napi::Object>();
  const auto number = [&](const char* name) { return limits.Get(name).As<Napi::Number>().DoubleValue(); };
  const double depth = number("maxDepth");
  const hdf5::FileLimits fileLimits{number("maxFileBytes"), number("maxArrayBytes"),
                                    depth > 1e6 ? 1'000'000u : static_cast<unsigned>(depth)};
  return startJob(info.Env(), {}, [path, fileLimits, ranges = rangesOf(info[2])](Control&) {
    return withRanges(ranges.get(), nullptr, [&]() -> Convert {
      return [file = ranges ? File::open(path, fileLimits, ranges) : File::open(path, fileLimits)](Napi::Env env) {
        return Napi::Number::New(env, keepFile(env, file));
      };
    });
  });
}

Napi::Value hdf5Close(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    const std::shared_ptr<File> file = takeFile(info.Env(), info[0]);
    return Napi::Number::New(info.Env(), static_cast<double>(file->descriptor().bytesRead.load()));
  });
}

Napi::Value hdf5List(const Napi::CallbackInfo& info) {
  return fileJob(info, {},
                 [path = text(info[1])](File& file, Control&) { return entriesConvert(listGroup(file, path)); });
}

Napi::Value hdf5Walk(const Napi::CallbackInfo& info) {
  return fileJob(info, {}, [path = text(info[1])](File& file, Control& control) {
    return entriesConvert(walkTree(file, path, control));
  });
}

Napi::Value hdf5Exists(const Napi::CallbackInfo& info) {
  return fileJob(info, {}, [path = text(info[1])](File& file, Control&) -> Convert {
    return [found = exists(file, path)](Napi::Env env) { return Napi::Boolean::New(env, found); };
  });
}

Napi::Value hdf5Describe(const Napi::CallbackInfo& info) {
  return fileJob(info, {}, [path = text(info[1])](File& file, Control&) { return describeConvert(file, path); });
}

Napi::Value hdf5Attributes(const Napi::CallbackInfo& info) {
  return fileJob(info, {}, [path = text(info[1])](File& file, Control& control) -> Convert {
    return [columns = carried(readAttributes(file, path, control))](Napi::Env env) -> Napi::Value {
      Napi::Array out = Napi::Array::New(env, columns->size());
      for (size_t i = 0; i < columns->size(); i++) out[static_cast<uint32_t>(i)] = toColumn(env, (*columns)[i]);
      return out;
    };
  });
}

Napi::Value hdf5Read(const Napi::CallbackInfo& info) {
  hdf5::NumericRequest request{text(info[1]), corner(info[2]), corner(info[3]), info[4].As<Napi::Boolean>().Value()};
  Borrowed borrowed;
  if (info[5].IsTypedArray()) {
    const Napi::TypedArray into = info[5].As<Napi::TypedArray>();
    request.intoElement = elementOf(into.TypedArrayType());
    request.intoElements = into.ElementLength();
    request.into = static_cast<char*>(into.ArrayBuffer().Data()) + into.ByteOffset();
    borrowed.push_back(into);
  }
  return fileJob(info, borrowed, [request](File& file, Control& control) -> Convert {
    return [array = carried(readNumeric(file, request, control)), into = request.into](Napi::Env env) -> Napi::Value {
      Napi::Object out = Napi::Object::New(env);
      out["data"] = into != nullptr ? env.Null() : toTypedArray(env, *array);
      out["shape"] = toShape(env, array->shape);
      return out;
    };
  });
}

Napi::Value hdf5ReadTrains(const Napi::CallbackInfo& info) {
  const TimeScale scale = toTimeScale(info[2]);
  return fileJob(info, {}, [paths = texts(info[1]), scale](File& file, Control& control) {
    return trainsResult(hdf5::readTrains(file, paths, scale, control));
  });
}

Napi::Value hdf5ReadStrings(const Napi::CallbackInfo& info) {
  return fileJob(info, {}, [path = text(info[1])](File& file, Control& control) {
    return columnConvert(readTexts(file, path, control));
  });
}

Napi::Value hdf5ReadReferences(const Napi::CallbackInfo& info) {
  return fileJob(info, {}, [path = text(info[1])](File& file, Control& control) {
    return columnConvert(readReferences(file, path, control));
  });
}

Napi::Value hdf5ReadRegions(const Napi::CallbackInfo& info) {
  return fileJob(info, {}, [path = text(info[1])](File& file, Control& control) -> Convert {
    return [regions = carried(readRegions(file, path, control))](Napi::Env env) -> Napi::Value {
      Napi::Array out = Napi::Array::New(env, regions->size());
      for (size_t i = 0; i < regions->size(); i++) {
        Napi::HandleScope scope(env);
        const hdf5::Region& region = (*regions)[i];
        Napi::Array rows = Napi::Array::New(env, region.rows.size());
        for (size_t r = 0; r < region.rows.size(); r++) {
          rows[static_cast<uint32_t>(r)] = toShape(env, {region.rows[r].first, region.rows[r].second});
        }
        Napi::Object object = Napi::Object::New(env);
        object["path"] = Napi::String::New(env, region.path);
        object["rows"] = rows;
        out[static_cast<uint32_t>(i)] = object;
      }
      return out;
    };
  });
}

Napi::Value hdf5ReadRecords(const Napi::CallbackInfo& info) {
  const hdf5::Corner start = corner(info[2]), count = corner(info[3]);
  return fileJob(info, {}, [path = text(info[1]), start, count](File& file, Control& control) -> Convert {
    return [records = carried(readRecords(file, path, start, count, control))](Napi::Env env) -> Napi::Value {
      Napi::Array columns = Napi::Array::New(env, records->columns.size());
      for (size_t i = 0; i < records->columns.size(); i++) {
        columns[static_cast<uint32_t>(i)] = toColumn(env, records->columns[i]);
      }
      Napi::Object out = Napi::Object::New(env);
      out["columns"] = columns;
      out["shape"] = toShape(env, records->shape);
      return out;
    };
  });
}

}  // namespace spikelab::bindings
