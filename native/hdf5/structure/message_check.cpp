#include "message_check.h"

#include "message_reader.h"
#include "type_check.h"

namespace spikelab::hdf5 {
namespace {

enum : unsigned {
  kSpace = 0x01,
  kLinkInfo = 0x02,
  kType = 0x03,
  kOldFill = 0x04,
  kFill = 0x05,
  kLayout = 0x08,
  kGroupInfo = 0x0A,
  kFilters = 0x0B,
  kOldTime = 0x0E,
  kSharedTable = 0x0F,
  kSymbolTable = 0x11,
  kTime = 0x12,
  kTreeSizes = 0x13,
  kAttributeInfo = 0x15,
  kCount = 0x16
};
enum : unsigned { kCompact = 0, kContiguous = 1, kChunked = 2 };

bool wholeSpace(const File& file, MessageReader from) {
  const uint64_t version = from.number(1), rank = from.number(1), flags = from.number(1);
  if (version != 1 && version != 2) return from.whole();
  return from.skip(version == 1 ? 5 : 1) && from.skip(rank * file.lengthBytes() * (flags & 1 ? 2 : 1));
}

bool wholeFill(MessageReader from) {
  const uint64_t version = from.number(1);
  if (version == 3) {
    constexpr uint64_t kDefined = 0x20;
    return (from.number(1) & kDefined) == 0 ? from.whole() : from.skip(from.number(4)) && from.whole();
  }
  if (version != 1 && version != 2) return from.whole();
  from.number(2);
  const bool defined = from.number(1) != 0 || version == 1;
  // a size of -1 stands for none
  const uint64_t size = defined ? from.number(4) : 0;
  return from.whole() && (size >= 0x80000000 || from.skip(size));
}

bool wholeLayout(const File& file, MessageReader from) {
  const unsigned address = file.addressBytes(), length = file.lengthBytes();
  const uint64_t version = from.number(1);
  if (version == 1 || version == 2) {
    const uint64_t rank = from.number(1), kind = from.number(1);
    if (!from.skip(5) || !from.skip(kind == kCompact ? 0 : address) || !from.skip(4 * rank)) return false;
    return kind != kCompact || (from.skip(from.number(4)) && from.whole());
  }
  if (version != 3 && version != 4) return from.whole();
  const uint64_t kind = from.number(1);
  if (kind == kCompact) return from.skip(from.number(2)) && from.whole();
  if (kind == kContiguous) return from.skip(address + length);
  if (kind != kChunked) return from.whole();
  if (version == 3) return from.skip(4 * from.number(1) + address) && from.whole();
  from.number(1);
  const uint64_t rank = from.number(1), width = from.number(1);
  return from.skip(rank * width) && from.skip(1);
}

bool wholeFilters(MessageReader from) {
  const uint64_t version = from.number(1), count = from.number(1);
  if (version != 1 && version != 2) return from.whole();
  if (version == 1 && !from.skip(6)) return false;
  for (uint64_t i = 0; i < count; i++) {
    const uint64_t id = from.number(2), name = version == 1 || id >= 256 ? from.number(2) : 0;
    from.number(2);
    const uint64_t values = from.number(2);
    if (!from.skip(version == 1 ? (name + 7) / 8 * 8 : name) || !from.skip(4 * values)) return false;
    if (version == 1 && values % 2 == 1 && !from.skip(4)) return false;
  }
  return from.whole();
}

// `first` bytes more where bit 0 of the flags says so, an address more where bit 1 does.
bool wholeInfo(MessageReader from, unsigned first, unsigned address) {
  from.number(1);
  const uint64_t flags = from.number(1);
  return from.skip((flags & 1 ? first : 0) + (flags & 2 ? 3 : 2) * address);
}

bool wholeGroupInfo(MessageReader from) {
  from.number(1);
  const uint64_t flags = from.number(1);
  return from.whole() && from.skip((flags & 1 ? 4 : 0) + (flags & 2 ? 4 : 0));
}

}  // namespace

bool wholeMessage(const File& file, unsigned type, const unsigned char* data, size_t size) {
  MessageReader from(data, size);
  switch (type) {
    case kSpace:
      return wholeSpace(file, from);
    case kType:
      return wholeDatatype(from);
    case kOldFill:
      return from.skip(from.number(4)) && from.whole();
    case kFill:
      return wholeFill(from);
    case kLayout:
      return wholeLayout(file, from);
    case kFilters:
      return wholeFilters(from);
    case kLinkInfo:
      return wholeInfo(from, 8, file.addressBytes());
    case kAttributeInfo:
      return wholeInfo(from, 2, file.addressBytes());
    case kGroupInfo:
      return wholeGroupInfo(from);
    case kOldTime:
      return from.skip(16);
    case kSharedTable:
      return from.skip(2 + file.addressBytes());
    case kSymbolTable:
      return from.skip(2 * file.addressBytes());
    case kTime:
      return from.skip(8);
    case kTreeSizes:
      return from.skip(7);
    case kCount:
      return from.skip(5);
    default:
      return true;
  }
}

}  // namespace spikelab::hdf5
