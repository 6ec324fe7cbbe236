// A file that someone else opened, read by position through a descriptor of our own.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace spikelab {

class FileHandle {
 public:
  // Duplicates `fd`: whoever opened it may close it at any time. `path` is for messages.
  FileHandle(int fd, std::string path);
  ~FileHandle();
  FileHandle(const FileHandle&) = delete;
  FileHandle& operator=(const FileHandle&) = delete;

  // Fills `out`. Throws kFormat where the file ends before.
  void readAt(uint64_t offset, void* out, size_t bytes) const;
  // Has the system fetch these bytes meanwhile, where it can.
  void fetchAhead(uint64_t offset, size_t bytes) const;

 private:
  int fd_;
  std::string path_;
};

}  // namespace spikelab
