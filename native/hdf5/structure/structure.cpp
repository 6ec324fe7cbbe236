#include "structure.h"

#include <bit>

#include "bytes.h"
#include "checksum.h"

namespace spikelab::hdf5 {

Structure::Structure(File& file, uint64_t address, uint64_t bytes, std::string_view signature, bool summed,
                     const std::string& place)
    : file_(file), place_(place), name_(signature.substr(0, std::min<size_t>(4, signature.size()))) {
  constexpr uint64_t kChecksum = 4;
  const Descriptor& descriptor = file.descriptor();
  const uint64_t least = signature.size() + (summed ? kChecksum : 0);
  if (bytes < least || bytes > descriptor.size) {
    throw file.formatError(place, "a structure " + name_ + " inside the file was expected");
  }
  data_.resize(bytes);
  if (!file.descriptor().read(address, data_.data(), bytes) ||
      std::string_view(reinterpret_cast<const char*>(data_.data()), signature.size()) != signature) {
    throw file.formatError(place,
                           "a structure " + name_ + " was expected, found none at byte " + std::to_string(address));
  }
  end_ = bytes - (summed ? kChecksum : 0);
  if (summed && !sumFits(data_.data(), end_, littleEndian(data_.data() + end_, kChecksum))) {
    throw file.formatError(place, "a structure " + name_ + " with the right checksum was expected");
  }
  at_ = signature.size();
}

uint64_t Structure::number(size_t width) {
  return littleEndian(take(width), static_cast<unsigned>(width));
}

const unsigned char* Structure::take(uint64_t bytes) {
  if (bytes > left()) throw file_.formatError(place_, "fields inside their structure " + name_ + " were expected");
  const unsigned char* out = data_.data() + at_;
  at_ += bytes;
  return out;
}

bool undefinedAddress(const File& file, uint64_t address) {
  const unsigned width = file.addressBytes();
  return address == (width >= 8 ? ~uint64_t{0} : (uint64_t{1} << 8 * width) - 1);
}

unsigned bytesFor(uint64_t limit) {
  const unsigned log2 = limit == 0 ? 0 : static_cast<unsigned>(std::bit_width(limit)) - 1;
  return log2 / 8 + 1;
}

}  // namespace spikelab::hdf5
