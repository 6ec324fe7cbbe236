#include "values.h"

#include <algorithm>
#include <cstring>

#include "../numbers/convert.h"
#include "../structure/tree.h"

namespace spikelab::hdf5 {
namespace {

// Half of what V8's longest string takes; texts of metadata have some hundred bytes.
constexpr size_t kMaxTextBytes = size_t{1} << 28;

// A fixed-length text ends at its first NUL, or before the spaces that pad it.
size_t fixedLength(const Type& type, const char* text) {
  size_t length = strnlen(text, type.size);
  if (type.padding == ' ') {
    while (length > 0 && text[length - 1] == ' ') length--;
  }
  return length;
}

Texts decodeTexts(File& file, const Type& type, const Elements& elements, const std::string& place) {
  Texts out;
  for (uint64_t i = 0; i < elements.count; i++) {
    const char* at = elements.first + i * elements.stride;
    size_t length = 0;
    if (type.variable && elements.heap != nullptr) {
      const std::string_view text = elements.heap->text(at);
      at = text.data();
      length = text.size();
    } else if (type.variable) {
      const char* text = nullptr;
      std::memcpy(&text, at, sizeof text);
      at = text;
      length = text == nullptr ? 0 : strnlen(text, kMaxTextBytes);
    } else {
      length = fixedLength(type, at);
    }
    file.charge(1, length + sizeof(uint64_t), place);
    out.add(at, length);
  }
  return out;
}

Texts decodeReferences(File& file, const Elements& elements, const std::string& place, Control& control) {
  Texts out;
  for (uint64_t i = 0; i < elements.count; i++) {
    uint64_t address = 0;
    std::memcpy(&address, elements.first + i * elements.stride, sizeof address);
    const std::string path = pathOfObject(file, address, control);
    file.charge(1, path.size() + sizeof(uint64_t), place);
    out.add(path.data(), path.size());
  }
  return out;
}

Array decodeNumbers(File& file, const Type& type, const Elements& elements, uint64_t perElement,
                    const std::string& place) {
  Array out{{}, exactElement(type), {}, elements.count * perElement};
  const size_t bytes = elementBytes(out.element);
  file.charge(out.size, bytes, place);
  out.buffer = FileBuffer(out.size * bytes);
  for (uint64_t i = 0; i < elements.count; i++) {
    convertNumbers(type, elements.first + i * elements.stride, out.element, out.buffer.data() + i * perElement * bytes,
                   perElement);
  }
  return out;
}

}  // namespace

std::string pathOfObject(File& file, uint64_t address, Control& control) {
  if (address == 0 || address == HADDR_UNDEF) return {};
  const auto& paths = file.pathsByAddress([&] {
    std::map<uint64_t, std::string> out{{file.root(), "/"}};
    for (Link& entry : walkTree(file, "/", control)) {
      if (entry.address != 0) out.emplace(entry.address, std::move(entry.name));
    }
    return out;
  });
  const auto found = paths.find(address);
  return found == paths.end() ? std::string() : found->second;
}

Column decodeColumn(File& file, const Type& type, const Elements& elements, const std::string& place,
                    Control& control) {
  Column out;
  out.shape = {elements.count};
  const Type* inner = &type;
  uint64_t perElement = 1;
  if (type.cls == TypeClass::kArray) {
    inner = type.base.get();
    for (const uint64_t n : type.shape) {
      perElement *= n;
      out.shape.push_back(n);
    }
  }
  if (inner->numeric() && inner->plain) {
    out.values = decodeNumbers(file, *inner, elements, perElement, place);
    out.boolean = inner->cls == TypeClass::kBool;
  } else if (type.cls == TypeClass::kString) {
    out.values = decodeTexts(file, type, elements, place);
  } else if (type.cls == TypeClass::kReference) {
    out.values = decodeReferences(file, elements, place, control);
  }
  return out;
}

}  // namespace spikelab::hdf5
