#include "stored_attributes.h"

#include <algorithm>
#include <cstring>

#include "bytes.h"
#include "object_messages.h"
#include "stored_datatype.h"

namespace spikelab::hdf5 {
namespace {

enum : unsigned { kAttribute = 0x0C, kAttributeInfo = 0x15 };
constexpr size_t kMaxAttributes = 100'000;

struct Stored {
  std::string name;
  Type type;
  std::vector<uint64_t> shape;
  uint64_t count = 0;
  std::vector<char> data;
};

struct Sizes {
  size_t heading, name, type, space;
  bool padded;
};

class Collector {
 public:
  Collector(File& file, const std::string& place) : file_(file), place_(place) {}

  // Whether all attributes are in the header and in their messages.
  bool complete = true;
  std::vector<Stored> found;

  void take(const Message& message) {
    if (message.type == kAttributeInfo) {
      complete = complete && !message.shared && !dense(message);
    } else if (message.type == kAttribute) {
      if (message.shared || found.size() >= kMaxAttributes) {
        complete = false;
      } else {
        attribute(message);
      }
    }
  }

 private:
  [[noreturn]] void damaged(const std::string& what) const {
    throw file_.formatError(place_, "attributes with " + what + " were expected");
  }

  // Whether a heap for attributes is named.
  bool dense(const Message& message) const {
    const unsigned width = file_.addressBytes();
    const size_t at = 2 + (message.size > 1 && (message.data[1] & 1) ? 2 : 0);
    if (message.size < at + width) return true;
    const uint64_t undefined = width >= 8 ? ~uint64_t{0} : (uint64_t{1} << 8 * width) - 1;
    return littleEndian(message.data + at, width) != undefined;
  }

  void attribute(const Message& message) {
    if (message.size < 8) damaged("a heading");
    const unsigned version = message.data[0];
    if (version < 1 || version > 3) damaged("a version of 1 to 3");
    if (version > 1 && (message.data[1] & 3) != 0) {
      complete = false;
      return;
    }
    const Sizes sizes{version == 3 ? size_t{9} : size_t{8}, littleEndian(message.data + 2, 2),
                      littleEndian(message.data + 4, 2), littleEndian(message.data + 6, 2), version == 1};
    const auto padded = [&](size_t size) { return sizes.padded ? (size + 7) / 8 * 8 : size; };
    const size_t type = sizes.heading + padded(sizes.name), space = type + padded(sizes.type);
    const size_t data = space + padded(sizes.space);
    if (data > message.size) damaged("name, type and shape inside their message");
    const char* name = reinterpret_cast<const char*>(message.data + sizes.heading);
    Stored out;
    out.name.assign(name, strnlen(name, sizes.name));
    if (out.name.empty() || out.name.size() == sizes.name) damaged("names that end");
    const std::optional<Type> parsed = parseDatatype(message.data + type, sizes.type);
    if (!parsed) damaged("a sound datatype");
    out.type = *parsed;
    shape(message.data + space, sizes.space, out);
    uint64_t bytes = 0;
    const bool fits = !__builtin_mul_overflow(out.count, out.type.size, &bytes) && bytes <= message.size - data;
    if (!fits) damaged("values inside their message");
    const char* values = reinterpret_cast<const char*>(message.data + data);
    file_.charge(1, bytes + sizeof(Stored), place_);
    out.data.assign(values, values + bytes);
    found.push_back(std::move(out));
  }

  void shape(const unsigned char* data, size_t size, Stored& out) const {
    if (size < 4) damaged("a shape");
    const unsigned version = data[0], width = file_.lengthBytes();
    const size_t rank = data[1], first = version == 1 ? 8 : 4;
    const bool nothing = version == 2 && data[3] == 2;
    if ((version != 1 && version != 2) || rank > H5S_MAX_RANK || size < first + rank * width) damaged("a sound shape");
    out.count = nothing ? 0 : 1;
    for (size_t d = 0; d < rank; d++) {
      out.shape.push_back(littleEndian(data + first + d * width, width));
      if (__builtin_mul_overflow(out.count, out.shape.back(), &out.count)) damaged("a possible shape");
    }
  }

  File& file_;
  const std::string& place_;
};

bool decoded(const Type& type) {
  const Type& inner = type.cls == TypeClass::kArray ? *type.base : type;
  return inner.numeric() || (type.cls == TypeClass::kString || type.cls == TypeClass::kReference);
}

}  // namespace

std::optional<std::vector<Column>> readStoredAttributes(File& file, uint64_t address, const std::string& place,
                                                        Control& control) {
  Collector collector(file, place);
  forEachMessage(file, address, [&](const Message& message) { collector.take(message); });
  const size_t reference = HeapReader::referenceBytes(file);
  for (const Stored& one : collector.found) {
    if (one.type.variable && one.type.size != reference)
      throw file.formatError(place, "texts by reference were expected");
    if (one.type.cls == TypeClass::kReference && one.type.size != sizeof(uint64_t)) return std::nullopt;
  }
  if (!collector.complete) return std::nullopt;
  std::sort(collector.found.begin(), collector.found.end(),
            [](const Stored& a, const Stored& b) { return a.name < b.name; });
  HeapReader heap(file, place);
  std::vector<Column> out;
  for (const Stored& one : collector.found) {
    control.check();
    Column column;
    if (one.count > 0 && decoded(one.type)) {
      const Elements elements{one.data.data(), one.type.size, one.count, &heap};
      column = decodeColumn(file, one.type, elements, place + "@" + one.name, control);
      column.shape.erase(column.shape.begin());
    }
    column.shape.insert(column.shape.begin(), one.shape.begin(), one.shape.end());
    column.name = one.name;
    out.push_back(std::move(column));
  }
  return out;
}

}  // namespace spikelab::hdf5
