#include "header_check.h"

#include "bytes.h"
#include "message_check.h"
#include "object_messages.h"
#include "shared_messages.h"

namespace spikelab::hdf5 {
namespace {

constexpr unsigned kSpaceMessage = 0x01;
constexpr unsigned kTypeMessage = 0x03;
constexpr unsigned kExternalMessage = 0x07;
constexpr unsigned kLayoutMessage = 0x08;
constexpr int kChunkedLayout = 2, kVirtualLayout = 3;

class HeaderCheck {
 public:
  HeaderCheck(File& file, const std::string& place)
      : file_(file), place_(place), shared_(file, place), addressBytes_(file.addressBytes()) {}

  void run(uint64_t address) {
    const bool sound = forEachMessage(file_, address, [this](const Message& found) {
      if (!found.shared) {
        message(found.type, found.data, found.size);
      } else if (found.type == kSpaceMessage || found.type == kTypeMessage) {
        const std::vector<unsigned char> kept = shared_.content(found.type, found.data, found.size);
        message(found.type, kept.data(), kept.size());
      }
    });
    if (!sound) throw file_.formatError(place_, "a header whose blocks are in the file, once each, was expected");
    // a chunk has one dimension more than the data: the bytes of an element
    if (rank_ >= 0 && chunkRank_ >= 0 && chunkRank_ != rank_ + 1) {
      throw file_.formatError(place_, "chunks of as many dimensions as the data were expected");
    }
  }

 private:
  void message(unsigned type, const unsigned char* data, size_t size) {
    if (!wholeMessage(file_, type, data, size)) {
      throw file_.formatError(place_, "a header with all that its messages say was expected");
    }
    // refused before libhdf5 follows them: for a virtual dataset it reads the heap that says where its parts are
    if (type == kExternalMessage) throw elsewhere("external storage", "data kept in other files");
    if (type == kLayoutMessage && size >= 2 && data[0] == 4 && data[1] == kVirtualLayout) {
      throw elsewhere("virtual dataset", "a virtual dataset");
    }
    if (type == kSpaceMessage && size >= 2) {
      rank_ = data[1];
    } else if (type == kLayoutMessage) {
      layout(data, size);
    }
  }

  Error elsewhere(const std::string& feature, const std::string& found) const {
    return file_.unsupported(feature, "data in the file itself was expected, found " + found + " at " + place_);
  }

  void layout(const unsigned char* data, size_t size) {
    if (size < 8) return;
    const unsigned version = data[0];
    if (version <= 2 && data[2] == kChunkedLayout) return dimensions(data + 8, size - 8, data[1], 4, addressBytes_);
    if (version == 3 && data[1] == kChunkedLayout) return dimensions(data + 3, size - 3, data[2], 4, addressBytes_);
    if (version == 4 && data[1] == kChunkedLayout) return dimensions(data + 5, size - 5, data[3], data[4], 0);
  }

  void dimensions(const unsigned char* data, size_t size, unsigned count, unsigned bytesEach, size_t skipped) {
    if (bytesEach == 0 || bytesEach > 8) return;
    chunkRank_ = static_cast<int>(count);
    for (unsigned d = 0; d < count; d++) {
      const size_t at = skipped + size_t{d} * bytesEach;
      if (at + bytesEach > size) return;
      if (littleEndian(data + at, bytesEach) == 0)
        throw file_.formatError(place_, "chunks of at least one element were expected");
    }
  }

  File& file_;
  const std::string& place_;
  SharedMessages shared_;
  unsigned addressBytes_;
  int rank_ = -1, chunkRank_ = -1;
};

}  // namespace

void checkHeader(File& file, uint64_t address, const std::string& place) {
  if (file.addressBytes() > 8 || file.lengthBytes() > 8 || file.soundHeaders().contains(address)) return;
  HeaderCheck(file, place).run(address);
  file.soundHeaders().insert(address);
}

}  // namespace spikelab::hdf5
