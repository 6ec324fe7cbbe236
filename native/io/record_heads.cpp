#include "record_heads.h"

#include <algorithm>
#include <cstring>

namespace spikelab {
namespace {

// What is read at a time: it stays in the second-level cache.
constexpr size_t kWindowBytes = size_t{256} << 10;
// Records that lie farther apart are read one by one: a call costs as much as so many bytes.
constexpr uint64_t kNearBytes = uint64_t{8} << 10;
// Single reads between two looks at whether the work is still wanted.
constexpr size_t kBetweenChecks = 256;

uint8_t* placeOf(OwnedArray<uint8_t>& out, const RecordHeads& heads, size_t record) {
  return out.data() + record * heads.bytes;
}

void readWindows(const FileHandle& file, const RecordHeads& heads, uint64_t first, OwnedArray<uint8_t>& out,
                 size_t count, Control& control) {
  const size_t most = std::max<size_t>(1, kWindowBytes / heads.stride);
  FileBuffer window(most * heads.stride + heads.bytes);
  for (size_t done = 0; done < count; done += most) {
    control.check();
    const size_t records = std::min(most, count - done);
    const size_t bytes = (records - 1) * heads.stride + heads.bytes;
    file.readAt(heads.start + (first + done) * heads.stride, window.data(), bytes);
    for (size_t r = 0; r < records; r++) {
      std::memcpy(placeOf(out, heads, done + r), window.data() + r * heads.stride, heads.bytes);
    }
  }
}

}  // namespace

OwnedArray<uint8_t> readHeads(const FileHandle& file, const RecordHeads& heads, uint64_t first, size_t count,
                              Control& control) {
  OwnedArray<uint8_t> out(count * heads.bytes);
  if (count == 0 || heads.bytes == 0) return out;
  if (heads.stride == heads.bytes) {
    file.readAt(heads.start + first * heads.stride, out.data(), out.length());
  } else if (heads.stride <= kNearBytes) {
    readWindows(file, heads, first, out, count, control);
  } else {
    for (size_t r = 0; r < count; r++) {
      if (r % kBetweenChecks == 0) control.check();
      file.readAt(heads.start + (first + r) * heads.stride, placeOf(out, heads, r), heads.bytes);
    }
  }
  return out;
}

OwnedArray<uint8_t> readBytesAt(const FileHandle& file, std::span<const double> places, size_t bytes,
                                Control& control) {
  OwnedArray<uint8_t> out(places.size() * bytes);
  for (size_t p = 0; bytes > 0 && p < places.size(); p++) {
    if (p % kBetweenChecks == 0) control.check();
    file.readAt(static_cast<uint64_t>(places[p]), out.data() + p * bytes, bytes);
  }
  return out;
}

}  // namespace spikelab
