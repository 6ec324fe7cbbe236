#include "writer.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstring>

#include "writer_layout.h"

namespace spikelab::hdf5 {
namespace {

// Numbers converted or repeated go through a buffer of this many; also the distance between two looks at the control.
constexpr uint64_t kBlock = 1 << 17;

[[noreturn]] void failSystem(const std::string& what, const std::string& path) {
  throw Error(Code::kInternal, path + " could not be " + what + " (" + std::strerror(errno) + ")");
}

// A file that is written by position; removed again unless it was finished.
class Output {
 public:
  explicit Output(const std::string& path) : path_(path) {}
  ~Output() {
    if (fd_ >= 0) ::close(fd_);
    if (!finished_) ::unlink(path_.c_str());
  }

  void open() {
    fd_ = ::open(path_.c_str(), O_WRONLY | O_CLOEXEC);
    if (fd_ < 0) failSystem("opened", path_);
  }

  void write(const void* data, uint64_t bytes, uint64_t offset) {
    const char* from = static_cast<const char*>(data);
    while (bytes > 0) {
      const ssize_t done = ::pwrite(fd_, from, bytes, static_cast<off_t>(offset));
      if (done < 0 && errno == EINTR) continue;
      if (done <= 0) failSystem("written", path_);
      from += done;
      offset += static_cast<uint64_t>(done);
      bytes -= static_cast<uint64_t>(done);
    }
  }

  void finish() {
    if (::fsync(fd_) != 0) failSystem("flushed", path_);
    if (::close(std::exchange(fd_, -1)) != 0) failSystem("closed", path_);
    finished_ = true;
  }

 private:
  const std::string path_;
  int fd_ = -1;
  bool finished_ = false;
};

// One dataset's numbers, block by block.
class NumberWriter {
 public:
  NumberWriter(Output& output, const Reserved& reserved, Control& control)
      : output_(output),
        values_(reserved.entry->values),
        where_(reserved.entry->path),
        offset_(reserved.offset),
        control_(control) {}

  void write() {
    if (!values_.runLengths.empty()) return writeRuns();
    for (const Piece& piece : values_.pieces) {
      for (uint64_t start = 0; start < piece.count; start += kBlock) {
        writeBlock(piece, start, std::min(kBlock, piece.count - start));
      }
    }
  }

 private:
  void put(const void* data, uint64_t bytes) {
    control_.check();
    output_.write(data, bytes, offset_);
    offset_ += bytes;
    control_.advance(bytes);
  }

  void writeBlock(const Piece& piece, uint64_t start, uint64_t count) {
    if (values_.source == Values::Source::kFloat64) {
      writeConverted(static_cast<const double*>(piece.data) + start, count);
    } else if (values_.source == Values::Source::kUint32) {
      const uint32_t* from = static_cast<const uint32_t*>(piece.data) + start;
      integers_.assign(from, from + count);
      put(integers_.data(), count * sizeof(int64_t));
    } else {
      const size_t size = storedSize(values_.type);
      put(static_cast<const char*>(piece.data) + start * size, count * size);
    }
  }

  void writeRuns() {
    std::vector<int64_t> block;
    block.reserve(kBlock);
    const auto flush = [&] {
      put(block.data(), block.size() * sizeof(int64_t));
      block.clear();
    };
    for (size_t value = 0; value < values_.runLengths.size(); value++) {
      for (uint64_t left = values_.runLengths[value]; left > 0;) {
        const uint64_t count = std::min<uint64_t>(left, kBlock - block.size());
        block.insert(block.end(), count, static_cast<int64_t>(value));
        left -= count;
        if (block.size() == kBlock) flush();
      }
    }
    flush();
  }

  void writeConverted(const double* from, uint64_t count) {
    const auto [factor, divisor] = values_.conversion;
    if (values_.type == Stored::kFloat64) {
      floats_.resize(count);
      for (uint64_t i = 0; i < count; i++) floats_[i] = from[i] * factor / divisor;
      return put(floats_.data(), count * sizeof(double));
    }
    integers_.resize(count);
    for (uint64_t i = 0; i < count; i++) integers_[i] = rounded(from[i] * factor / divisor);
    put(integers_.data(), count * sizeof(int64_t));
  }

  int64_t rounded(double value) const {
    // 2^63 is the first double beyond int64; NaN fails the comparison too.
    if (!(std::abs(value) < 0x1p63)) {
      throw Error(Code::kOption, where_ + ": a time that is no 64-bit sample number",
                  {{"option", where_},
                   {"expected", std::string("made of sample numbers that fit into 64 bits")},
                   {"received", value}});
    }
    return static_cast<int64_t>(std::nearbyint(value));
  }

  Output& output_;
  const Values& values_;
  const std::string& where_;
  uint64_t offset_;
  Control& control_;
  std::vector<double> floats_;
  std::vector<int64_t> integers_;
};

uint64_t bytesOf(const Entry& entry) {
  uint64_t count = 1;
  for (const uint64_t n : entry.shape) count *= n;
  return count * storedSize(entry.values.type);
}

}  // namespace

size_t storedSize(Stored type) {
  switch (type) {
    case Stored::kInt8:
    case Stored::kUint8:
    case Stored::kBool:
      return 1;
    case Stored::kInt16:
    case Stored::kUint16:
      return 2;
    case Stored::kInt32:
    case Stored::kUint32:
    case Stored::kFloat32:
      return 4;
    default:
      return 8;
  }
}

void writeFile(const std::string& path, const std::vector<Entry>& entries, Control& control) {
  Output output(path);
  const std::vector<Reserved> reserved = layOut(path, entries, control);
  uint64_t total = 0;
  for (const Reserved& one : reserved) total += bytesOf(*one.entry);
  control.setTotal(total);
  output.open();
  for (const Reserved& one : reserved) NumberWriter(output, one, control).write();
  output.finish();
}

}  // namespace spikelab::hdf5
