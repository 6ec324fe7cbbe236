// HDF5 structures made by hand, and what becomes of them when they are damaged.
#pragma once

#include <unistd.h>

#include <cstdlib>
#include <functional>
#include <random>
#include <string>
#include <vector>

#include "check.h"
#include "core/error.h"
#include "hdf5/library/file.h"
#include "hdf5/library/library.h"
#include "hdf5/structure/checksum.h"

namespace spikelab::hdf5 {

constexpr uint64_t kNowhere = ~uint64_t{0};

inline bool contains(const std::string& text, const char* part) {
  return text.find(part) != std::string::npos;
}

// Fields one behind the other, little-endian. `summed` parts end with lookup3 of what is before.
class Bytes {
 public:
  explicit Bytes(const std::string& start = "") : data(start) {}
  Bytes& text(const std::string& more) { return data += more, *this; }
  Bytes& number(uint64_t value, int width) {
    for (int i = 0; i < width; i++) data += static_cast<char>(value >> 8 * i & 255);
    return *this;
  }
  Bytes& address(uint64_t value) { return number(value, 8); }
  Bytes& zeros(size_t count) { return data.append(count, '\0'), *this; }
  Bytes& sum() { return number(lookup3(reinterpret_cast<const unsigned char*>(data.data()), data.size()), 4); }

  std::string data;
};

// A file without anything in it as far as libhdf5 knows, and room behind for structures.
class HandMade {
 public:
  static constexpr uint64_t kFirst = 4096, kBytes = 65536;

  HandMade() : image_(kBytes, '\0') {
    const int fd = mkstemp(path_);
    CHECK(fd >= 0);
    close(fd);
    {
      LibraryLock lock;
      const Handle made(H5Fcreate(path_, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT), H5Fclose);
      CHECK(made);
    }
    file_ = std::fopen(path_, "r+b");
    CHECK(file_ != nullptr);
    std::setvbuf(file_, nullptr, _IONBF, 0);
    CHECK(std::fread(image_.data(), 1, kFirst, file_) > 0);
    write(image_);
  }
  ~HandMade() {
    std::fclose(file_);
    unlink(path_);
  }
  HandMade(const HandMade&) = delete;
  HandMade& operator=(const HandMade&) = delete;

  // Puts a structure at `address`; with `summed`, its last four bytes are its checksum, made right again after damage.
  void put(uint64_t address, const Bytes& structure, bool summed) {
    CHECK(address >= kFirst && address + structure.data.size() <= kBytes);
    image_.replace(address, structure.data.size(), structure.data);
    parts_.push_back({address, structure.data.size(), summed});
    write(image_);
  }

  std::shared_ptr<File> open() const { return File::open(path_, {1e12, 1e9, 32}); }

  // What `body` throws for the bytes as they are, or nothing.
  std::string refusal(const std::function<void(File&)>& body) const {
    try {
      body(*open());
      return "";
    } catch (const Error& error) {
      CHECK(error.code() == Code::kFormat || error.code() == Code::kUnsupported || error.code() == Code::kLimit);
      CHECK(*error.what() != '\0');
      return error.what();
    }
  }
  // The same with one field changed.
  std::string refusalWith(uint64_t address, uint64_t value, int width, const std::function<void(File&)>& body) {
    std::string bytes = image_;
    bytes.replace(address, static_cast<size_t>(width), Bytes().number(value, width).data);
    seal(bytes);
    write(bytes);
    const std::string out = refusal(body);
    write(image_);
    return out;
  }

  // Damages fields `rounds` times: each time `body` must read them or refuse them as a file's error, and touch nothing
  // outside (a sanitizer sees it). Both must come to pass.
  void damage(int rounds, const std::function<void(File&)>& body) {
    CHECK(refusal(body).empty());
    std::mt19937 random(1);
    int refused = 0;
    for (int round = 0; round < rounds; round++) {
      std::string bytes = image_;
      for (unsigned hits = 1 + random() % 3; hits > 0; hits--) change(bytes, random);
      if (round % 8 != 0) seal(bytes);
      write(bytes);
      refused += refusal(body).empty() ? 0 : 1;
    }
    write(image_);
    CHECK(refused > rounds / 20 && refused < rounds);
  }

 private:
  struct Part {
    uint64_t address;
    size_t bytes;
    bool summed;
  };

  void change(std::string& bytes, std::mt19937& random) const {
    static constexpr uint64_t values[] = {0,
                                          1,
                                          2,
                                          127,
                                          128,
                                          255,
                                          0xffff,
                                          0x7fffffff,
                                          0xffffffff,
                                          uint64_t{1} << 40,
                                          ~uint64_t{0} >> 1,
                                          ~uint64_t{0},
                                          kFirst,
                                          kBytes - 8};
    const Part& part = parts_[random() % parts_.size()];
    const size_t at = random() % part.bytes, widths[] = {1, 2, 4, 8};
    const size_t width = std::min(widths[random() % 4], part.bytes - at);
    uint64_t value = values[random() % std::size(values)];
    if (random() % 3 == 0) value = parts_[random() % parts_.size()].address;
    if (random() % 3 == 0) value = static_cast<unsigned char>(bytes[part.address + at]) ^ 1u << random() % 8;
    bytes.replace(part.address + at, width, Bytes().number(value, static_cast<int>(width)).data);
  }

  void seal(std::string& bytes) const {
    for (const Part& part : parts_) {
      if (!part.summed) continue;
      const Bytes sealed = Bytes(bytes.substr(part.address, part.bytes - 4)).sum();
      bytes.replace(part.address, part.bytes, sealed.data);
    }
  }

  void write(const std::string& bytes) const {
    std::rewind(file_);
    CHECK(std::fwrite(bytes.data(), 1, bytes.size(), file_) == bytes.size());
  }

  char path_[32] = "/tmp/spikelab-bytes-XXXXXX";
  std::FILE* file_ = nullptr;
  std::string image_;
  std::vector<Part> parts_;
};

}  // namespace spikelab::hdf5
