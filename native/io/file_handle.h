// A file that someone else has opened, or looked at, read by position through a descriptor of our own.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "many_files.h"

namespace spikelab {

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
  // Has the system fetch these bytes meanwhile, where it can.
  void fetchAhead(uint64_t offset, size_t bytes) const;

 private:
  std::shared_ptr<const Descriptor> descriptor() const { return files_ ? files_->open(file_) : own_; }

  std::shared_ptr<const Descriptor> own_;
  std::shared_ptr<ManyFiles> files_;
  size_t file_ = 0;
  std::string path_;
};

}  // namespace spikelab
