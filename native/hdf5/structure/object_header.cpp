#include "object_header.h"

#include <cstring>

#include "checksum.h"

namespace spikelab::hdf5 {
namespace {

constexpr size_t kLeastBytes = 16;   // no header is shorter
constexpr size_t kUsualBytes = 272;  // prefix and messages, as libhdf5 lays a dataset's header out
constexpr size_t kMostBytes = 4096;
constexpr size_t kChecksumBytes = 4;

// Message types of the specification.
enum : unsigned {
  kNil = 0x0000,
  kDataspace = 0x0001,
  kDatatype = 0x0003,
  kOldFillValue = 0x0004,
  kFillValue = 0x0005,
  kLayout = 0x0008,
  kAttribute = 0x000C,
  kComment = 0x000D,
  kOldModified = 0x000E,
  kModified = 0x0012,
  kAttributeInfo = 0x0015,
  kReferenceCount = 0x0016,
};

// Little-endian numbers out of a stretch of bytes; what lies outside makes it bad instead of being read.
class Bytes {
 public:
  Bytes(const unsigned char* data, size_t size) : data_(data), size_(size) {}

  uint64_t number(size_t at, size_t width) {
    if (width > 8 || at > size_ || width > size_ - at) {
      bad_ = true;
      return 0;
    }
    uint64_t value = 0;
    for (size_t i = 0; i < width; i++) value |= static_cast<uint64_t>(data_[at + i]) << (8 * i);
    return value;
  }
  bool bad() const { return bad_; }

 private:
  const unsigned char* data_;
  size_t size_;
  bool bad_ = false;
};

bool allOnes(uint64_t value, unsigned width) {
  return value == (width >= 8 ? UINT64_MAX : (uint64_t{1} << (8 * width)) - 1);
}

// One dimension, or two of which one is 1.
bool readDataspace(Bytes message, unsigned lengthBytes, uint64_t& length) {
  const uint64_t version = message.number(0, 1), rank = message.number(1, 1);
  if (version != 1 && version != 2) return false;
  if (version == 2 && message.number(3, 1) != 1) return false;
  const size_t first = version == 1 ? 8 : 4;
  if (rank != 1 && rank != 2) return false;
  length = message.number(first, lengthBytes);
  if (rank == 2) {
    const uint64_t other = message.number(first + lengthBytes, lengthBytes);
    if (length != 1 && other != 1) return false;
    length = length == 1 ? other : length;
  }
  return !message.bad() && length <= (uint64_t{1} << 53);
}

bool readDatatype(Bytes message, Type& type) {
  const uint64_t head = message.number(0, 1), bits = message.number(1, 3);
  const uint64_t version = head >> 4, cls = head & 15;
  type.size = message.number(4, 4);
  type.bigEndian = bits & 1;
  type.plain = true;
  if (version < 1 || version > 3) return false;
  if (message.number(8, 2) != 0 || message.number(10, 2) != 8 * type.size) return false;
  if (cls == 0) {
    type.cls = TypeClass::kInteger;
    type.isSigned = bits & 8;
    const bool whole = type.size == 1 || type.size == 2 || type.size == 4 || type.size == 8;
    return !message.bad() && whole;
  }
  if (cls != 1) return false;
  type.cls = TypeClass::kFloat;
  type.isSigned = true;
  // 0x20: the leading bit of the mantissa is implied; then the place of the sign
  const bool wide = type.size == 8;
  const uint64_t layout = message.number(12, 4), bias = message.number(16, 4);
  const bool ieee = (bits & 0x70) == 0x20 && (bits >> 8 & 0xff) == (wide ? 63 : 31) &&
                    layout == (wide ? 0x34000b34u : 0x17000817u) && bias == (wide ? 1023 : 127);
  return !message.bad() && (wide || type.size == 4) && ieee;
}

bool readLayout(Bytes message, const File& file, uint64_t bytes, uint64_t& address) {
  const uint64_t version = message.number(0, 1);
  if ((version != 3 && version != 4) || message.number(1, 1) != 1) return false;
  address = message.number(2, file.addressBytes());
  const uint64_t stored = message.number(2 + file.addressBytes(), file.lengthBytes());
  if (message.bad() || stored != bytes) return false;
  return bytes == 0 || !allOnes(address, file.addressBytes());
}

struct Messages {
  std::optional<Bytes> dataspace, datatype, layout;
};

// Where the messages of a header are, and how each is headed.
struct Frame {
  size_t messages = 0;  // first byte
  size_t size = 0;      // of all messages
  size_t end = 0;       // of the header with what follows the messages
  bool modern = false;
  bool ordered = false;  // messages carry the order of their creation
};

// From the first bytes of a header; nothing for what is none.
std::optional<Frame> readFrame(const unsigned char* data, size_t have) {
  Bytes start(data, have);
  Frame out;
  if (start.number(0, 1) == 1) {
    out.messages = 16;
    out.size = start.number(8, 4);
    out.end = out.messages + out.size;
  } else if (have >= 5 && std::memcmp(data, "OHDR\x02", 5) == 0) {
    const uint64_t flags = start.number(5, 1);
    const size_t sizeBytes = size_t{1} << (flags & 3);
    const size_t sizeAt = 6 + (flags & 0x20 ? 16 : 0) + (flags & 0x10 ? 4 : 0);
    out.modern = true;
    out.ordered = flags & 4;
    out.messages = sizeAt + sizeBytes;
    out.size = start.number(sizeAt, sizeBytes);
    if (out.size > kMostBytes) return std::nullopt;
    out.end = out.messages + out.size + kChecksumBytes;
  } else {
    return std::nullopt;
  }
  if (start.bad() || out.end > kMostBytes) return std::nullopt;
  return out;
}

// Whether a message of this type leaves the meaning of dataspace, datatype and layout alone.
bool harmless(uint64_t type) {
  return type == kNil || type == kOldFillValue || type == kFillValue || type == kAttribute || type == kComment ||
         type == kOldModified || type == kModified || type == kAttributeInfo || type == kReferenceCount;
}

// Sorts the messages out. False for anything that may change what the three mean: shared ones, a continuation, filters,
// external files, unknown types.
bool collect(const unsigned char* data, const Frame& frame, Messages& out) {
  const size_t size = frame.size, typeBytes = frame.modern ? 1 : 2;
  const size_t heading = frame.modern ? (frame.ordered ? 6 : 4) : 8;
  Bytes all(data, size);
  for (size_t at = 0; at + heading <= size;) {
    const uint64_t type = all.number(at, typeBytes), length = all.number(at + typeBytes, 2);
    const uint64_t flags = all.number(at + typeBytes + 2, 1);
    const size_t body = at + heading;
    if (length > size - body) return false;
    const Bytes message(data + body, length);
    if (type == kDataspace || type == kDatatype || type == kLayout) {
      std::optional<Bytes>& slot = type == kDataspace ? out.dataspace : type == kDatatype ? out.datatype : out.layout;
      if ((flags & 2) || slot) return false;
      slot = message;
    } else if (!harmless(type)) {
      return false;
    }
    at = body + length;
  }
  return out.dataspace && out.datatype && out.layout;
}

}  // namespace

std::optional<PlainVector> readVectorHeader(File& file, uint64_t address) {
  unsigned char bytes[kMostBytes];
  Descriptor& descriptor = file.descriptor();
  // the usual size at once; near the end of the file only what there is
  size_t have = kUsualBytes;
  if (!descriptor.read(address, bytes, have)) {
    have = kLeastBytes;
    if (!descriptor.read(address, bytes, have)) return std::nullopt;
  }
  std::optional<Frame> frame = readFrame(bytes, have);
  if (!frame) return std::nullopt;
  if (frame->end > have && !descriptor.read(address + have, bytes + have, frame->end - have)) return std::nullopt;
  const size_t summed = frame->end - kChecksumBytes;
  if (frame->modern && !sumFits(bytes, summed, Bytes(bytes, frame->end).number(summed, kChecksumBytes))) {
    return std::nullopt;
  }
  Messages messages;
  if (!collect(bytes + frame->messages, *frame, messages)) return std::nullopt;
  PlainVector out;
  if (!readDataspace(*messages.dataspace, file.lengthBytes(), out.length)) return std::nullopt;
  if (!readDatatype(*messages.datatype, out.type)) return std::nullopt;
  if (!readLayout(*messages.layout, file, out.length * out.type.size, out.address)) return std::nullopt;
  return out;
}

}  // namespace spikelab::hdf5
