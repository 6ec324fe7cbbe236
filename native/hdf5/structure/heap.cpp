#include "heap.h"

#include <algorithm>
#include <cstring>
#include <set>

#include "bytes.h"

namespace spikelab::hdf5 {
namespace {

// Of collections that stay in memory: libhdf5 writes them with 4 KB, in the order in which texts are read.
constexpr uint64_t kKeepBytes = uint64_t{64} << 20;
// Each text is stored once, so all texts together are no larger than the file; repeated references to a large one are
// an attack on memory, and scattered references to large collections one on time.
constexpr uint64_t kMostAmplification = 16;
constexpr uint64_t kAmplifyFrom = uint64_t{1} << 20;
constexpr uint64_t kUndefined = ~uint64_t{0};

bool undefinedAddress(uint64_t address, unsigned bytes) {
  return bytes >= 8 ? address == kUndefined : address == (uint64_t{1} << 8 * bytes) - 1;
}

}  // namespace

uint64_t collectionSize(const char* bytes, uint64_t available, unsigned lengthBytes) {
  const uint64_t header = 8 + lengthBytes;
  if (available < header || std::memcmp(bytes, "GCOL\x01", 5) != 0) throw HeapError{"a global heap was expected"};
  const uint64_t size = littleEndian(bytes + 8, lengthBytes);
  if (size < header) throw HeapError{"a global heap of possible size was expected"};
  return size;
}

std::vector<HeapObject> collectionObjects(const char* bytes, uint64_t size, unsigned lengthBytes) {
  const uint64_t header = 8 + lengthBytes;  // of the collection, and of each object
  std::vector<HeapObject> out;
  uint64_t at = header;
  while (size - at >= header) {
    const uint16_t index = static_cast<uint16_t>(littleEndian(bytes + at, 2));
    const uint64_t length = littleEndian(bytes + at + 8, lengthBytes);
    if (index == 0) {
      // free space to the end; its size counts its own header
      if (length > size - at) throw HeapError{"free space inside its global heap was expected"};
      break;
    }
    const uint64_t room = size - at - header;
    if (length > room) throw HeapError{"objects inside their global heap were expected"};
    out.push_back({index, at + header, length});
    at += header + std::min(room, (length + 7) / 8 * 8);
  }
  std::sort(out.begin(), out.end(), [](const HeapObject& a, const HeapObject& b) { return a.index < b.index; });
  for (size_t i = 1; i < out.size(); i++) {
    if (out[i].index == out[i - 1].index) throw HeapError{"objects of different number in a global heap were expected"};
  }
  return out;
}

void HeapReader::expect(const char* elements, uint64_t count, size_t stride) const {
  // collections are of this size, unless one text is longer
  constexpr uint64_t kUsualBytes = 4096;
  if (!file_.descriptor().ranges) return;
  const unsigned addressBytes = file_.addressBytes();
  std::set<uint64_t> addresses;
  for (uint64_t i = 0; i < count; i++) {
    const uint64_t address = littleEndian(elements + i * stride + 4, addressBytes);
    if (address != 0 && !undefinedAddress(address, addressBytes)) addresses.insert(address);
  }
  std::vector<ByteRange> ranges;
  for (const uint64_t address : addresses) ranges.push_back({address, address + kUsualBytes});
  file_.descriptor().expect(std::move(ranges));
}

std::string_view HeapReader::text(const char* element) {
  const unsigned addressBytes = file_.addressBytes();
  const uint64_t length = littleEndian(element, 4);
  const uint64_t address = littleEndian(element + 4, addressBytes);
  const uint32_t index = static_cast<uint32_t>(littleEndian(element + 4 + addressBytes, 4));
  if (length == 0 || address == 0 || undefinedAddress(address, addressBytes)) return {};
  const std::string_view found = object(address, index);
  if (length > found.size()) throw missing(index, length);
  counted(length);
  return {found.data(), strnlen(found.data(), length)};
}

std::string_view HeapReader::bytes(const char* reference) {
  const unsigned addressBytes = file_.addressBytes();
  const uint64_t address = littleEndian(reference, addressBytes);
  if (address == 0 || undefinedAddress(address, addressBytes)) return {};
  const std::string_view found = object(address, static_cast<uint32_t>(littleEndian(reference + addressBytes, 4)));
  counted(found.size());
  return found;
}

std::string_view HeapReader::object(uint64_t address, uint32_t index) {
  const Collection& found = collection(address);
  const auto object = std::lower_bound(found.objects.begin(), found.objects.end(), index,
                                       [](const HeapObject& o, uint32_t wanted) { return o.index < wanted; });
  if (object == found.objects.end() || object->index != index) throw missing(index, 0);
  return {found.bytes.data() + object->offset, object->bytes};
}

Error HeapReader::missing(uint32_t index, uint64_t length) const {
  const std::string of = length == 0 ? "" : " of " + std::to_string(length) + " bytes";
  return damaged("what is in a global heap was expected, found a reference to object " + std::to_string(index) + of +
                 " that is not there");
}

void HeapReader::counted(uint64_t length) {
  takenBytes_ += length;
  if (takenBytes_ > kAmplifyFrom + kMostAmplification * file_.descriptor().size) {
    throw damaged(
        "objects of a global heap no larger than the file were expected, found the same ones again and again");
  }
}

const HeapReader::Collection& HeapReader::collection(uint64_t address) {
  const auto known = kept_.find(address);
  if (known != kept_.end()) return known->second;
  Descriptor& descriptor = file_.descriptor();
  const unsigned lengthBytes = file_.lengthBytes();
  Collection made;
  try {
    std::vector<char> header(8 + lengthBytes);
    if (!descriptor.read(address, header.data(), header.size()))
      throw HeapError{"a global heap in the file was expected"};
    const uint64_t size = collectionSize(header.data(), header.size(), lengthBytes);
    if (size > descriptor.size) throw HeapError{"a global heap inside the file was expected"};
    readBytes_ += size;
    if (readBytes_ > kAmplifyFrom + kMostAmplification * descriptor.size) {
      throw HeapError{"global heaps referred to in order were expected"};
    }
    made.bytes.resize(size);
    if (!descriptor.read(address, made.bytes.data(), size))
      throw HeapError{"a global heap inside the file was expected"};
    made.objects = collectionObjects(made.bytes.data(), size, lengthBytes);
  } catch (const HeapError& error) {
    throw damaged(error.message);
  }
  while (!order_.empty() && keptBytes_ + made.bytes.size() > kKeepBytes) {
    keptBytes_ -= kept_.at(order_.front()).bytes.size();
    kept_.erase(order_.front());
    order_.pop_front();
  }
  keptBytes_ += made.bytes.size();
  order_.push_back(address);
  return kept_.emplace(address, std::move(made)).first->second;
}

}  // namespace spikelab::hdf5
