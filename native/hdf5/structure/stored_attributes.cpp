#include "stored_attributes.h"

#include <algorithm>
#include <cstring>

#include "btree2.h"
#include "bytes.h"
#include "fractal_heap.h"
#include "object_messages.h"
#include "shared_messages.h"
#include "stored_datatype.h"

namespace spikelab::hdf5 {
namespace {

enum : unsigned { kDataspace = 0x01, kDatatype = 0x03, kAttribute = 0x0C, kAttributeInfo = 0x15 };
// What of a message is kept elsewhere.
enum : unsigned { kSharedType = 1, kSharedSpace = 2 };
// Objects of a heap do not overlap in a sound file, and each attribute is one of them.
constexpr uint64_t kMostAmplification = 4;
constexpr uint64_t kAmplifyFrom = uint64_t{1} << 20;
constexpr unsigned kNameRecords = 8;
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
  Collector(File& file, const std::string& place) : file_(file), place_(place), shared_(file, place) {}

  std::vector<Stored> found;

  void take(const Message& message) {
    if (message.type == kAttributeInfo) {
      info(message);
    } else if (message.type == kAttribute && message.shared) {
      attribute(shared_.content(kAttribute, message.data, message.size));
    } else if (message.type == kAttribute) {
      attribute({message.data, message.data + message.size});
    }
  }

  // Those that are not in the header.
  void takeDense() {
    constexpr unsigned kShared = 2;
    if (!heap_ || undefinedAddress(file_, *heap_)) return;
    FractalHeap heap(file_, *heap_, place_);
    // what the heap names, flags, order of creation, hash
    BTree2 names(file_, names_, kNameRecords, heap.idBytes() + 9, place_);
    uint64_t bytes = 0;
    names.forEach([&](BTree2::Record record) {
      const bool shared = (record[heap.idBytes()] & kShared) != 0;
      if (shared && heap.idBytes() != SharedMessages::kIdBytes) damaged("names of 8 bytes");
      const std::vector<unsigned char> stored = shared ? shared_.pooled(kAttribute, record) : heap.object(record);
      bytes += stored.size();
      if (bytes > kAmplifyFrom + kMostAmplification * file_.descriptor().size) damaged("objects of their own");
      attribute(stored);
    });
  }

 private:
  [[noreturn]] void damaged(const std::string& what) const {
    throw file_.formatError(place_, "attributes with " + what + " were expected");
  }

  // Where the heap of the attributes that are not in the header is, and the tree of their names.
  void info(const Message& message) {
    const unsigned width = file_.addressBytes();
    const size_t at = 2 + (message.size > 1 && (message.data[1] & 1) ? 2 : 0);
    if (message.shared || message.size < at + 2 * width) damaged("where they are");
    heap_ = littleEndian(message.data + at, width);
    names_ = littleEndian(message.data + at + width, width);
  }

  void attribute(const std::vector<unsigned char>& message) {
    if (found.size() >= kMaxAttributes) damaged("a number of at most 100 000");
    if (message.size() < 8) damaged("a heading");
    const unsigned char* bytes = message.data();
    const unsigned version = bytes[0], elsewhere = version > 1 ? bytes[1] : 0u;
    if (version < 1 || version > 3) damaged("a version of 1 to 3");
    const Sizes sizes{version == 3 ? size_t{9} : size_t{8}, littleEndian(bytes + 2, 2), littleEndian(bytes + 4, 2),
                      littleEndian(bytes + 6, 2), version == 1};
    const auto padded = [&](size_t size) { return sizes.padded ? (size + 7) / 8 * 8 : size; };
    const size_t type = sizes.heading + padded(sizes.name), space = type + padded(sizes.type);
    const size_t data = space + padded(sizes.space);
    if (data > message.size()) damaged("name, type and shape inside their message");
    const char* name = reinterpret_cast<const char*>(bytes + sizes.heading);
    Stored out;
    out.name.assign(name, strnlen(name, sizes.name));
    if (out.name.empty() || out.name.size() == sizes.name) damaged("names that end");
    const std::vector<unsigned char> typed = part(elsewhere & kSharedType, kDatatype, bytes + type, sizes.type);
    const std::optional<Type> parsed = parseDatatype(typed.data(), typed.size());
    if (!parsed) damaged("a sound datatype");
    out.type = *parsed;
    const std::vector<unsigned char> shaped = part(elsewhere & kSharedSpace, kDataspace, bytes + space, sizes.space);
    shape(shaped.data(), shaped.size(), out);
    uint64_t length = 0;
    const bool fits = !__builtin_mul_overflow(out.count, out.type.size, &length) && length <= message.size() - data;
    if (!fits) damaged("values inside their message");
    file_.charge(1, length + sizeof(Stored), place_);
    out.data.assign(bytes + data, bytes + data + length);
    found.push_back(std::move(out));
  }

  std::vector<unsigned char> part(bool shared, unsigned type, const unsigned char* data, size_t size) {
    if (shared) return shared_.content(type, data, size);
    return {data, data + size};
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
  SharedMessages shared_;
  std::optional<uint64_t> heap_;
  uint64_t names_ = 0;
};

// Addresses of objects are as wide as the file's, in memory 8 bytes.
void widenReferences(const File& file, Stored& one) {
  const size_t width = file.addressBytes();
  if (one.type.size != width || width == sizeof(uint64_t)) return;
  std::vector<char> wide(one.count * sizeof(uint64_t));
  for (uint64_t i = 0; i < one.count; i++) std::memcpy(&wide[i * sizeof(uint64_t)], &one.data[i * width], width);
  one.data = std::move(wide);
  one.type.size = sizeof(uint64_t);
}

bool decoded(const Type& type) {
  const Type& inner = type.cls == TypeClass::kArray ? *type.base : type;
  return inner.numeric() || type.cls == TypeClass::kString ||
         (type.cls == TypeClass::kReference && type.size == sizeof(uint64_t));
}

}  // namespace

std::vector<Column> readStoredAttributes(File& file, uint64_t address, const std::string& place, Control& control) {
  Collector collector(file, place);
  forEachMessage(file, address, [&](const Message& message) { collector.take(message); });
  collector.takeDense();
  const size_t reference = HeapReader::referenceBytes(file);
  for (Stored& one : collector.found) {
    if (one.type.variable && one.type.size != reference)
      throw file.formatError(place, "texts by reference were expected");
    if (one.type.cls == TypeClass::kReference) widenReferences(file, one);
  }
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
