// A file that someone else has opened, or looked at, read by position through a descriptor of our own.
#pragma once

#include <sys/uio.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "many_files.h"

namespace spikelab {

// Whether the system reads into many pieces of memory by one call: macOS does from its version 11 on.
#ifdef __linux__
constexpr bool kScatters = true;
#else
constexpr bool kScatters = false;
#endif

class FileHandle {
 public:
  // Duplicates `fd`: whoever opened it may close it at any time. `path` is for messages.
  FileHandle(int fd, std::string path);
  // One of many, which is opened when it is read.
  FileHandle(std::shared_ptr<ManyFiles> files, size_t file);
  FileHandle(const FileHandle&) = delete;
  FileHandle& operator=(const FileHandle&) = delete;

  // Fills `out`. Throws kFormat where the file ends before.
  void readAt(uint64_t offset, void* out, size_t bytes) const;
  // Fills pieces of memory, one after the other, from bytes that lie one after the other; the list is used up. Only
  // where kScatters. Throws as readAt does.
  void readScattered(uint64_t offset, std::vector<iovec>& pieces) const;
  // Has the system fetch these bytes meanwhile, where it can.
  void fetchAhead(uint64_t offset, size_t bytes) const;

 private:
  std::shared_ptr<const Descriptor> descriptor() const { return files_ ? files_->open(file_) : own_; }

  // What a read returned that brought nothing.
  [[noreturn]] void failToRead(ssize_t found) const;

  std::shared_ptr<const Descriptor> own_;
  std::shared_ptr<ManyFiles> files_;
  size_t file_ = 0;
  std::string path_;
};

}  // namespace spikelab
