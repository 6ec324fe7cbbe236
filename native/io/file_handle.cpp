#include "file_handle.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "../core/error.h"

namespace spikelab {

FileHandle::FileHandle(int fd, std::string path) : path_(std::move(path)) {
  const int own = fcntl(fd, F_DUPFD_CLOEXEC, 0);
  if (own < 0) throw Error(Code::kInternal, path_ + " is not open (" + std::strerror(errno) + ")");
  own_ = std::make_shared<const Descriptor>(own);
}

FileHandle::FileHandle(std::shared_ptr<ManyFiles> files, size_t file)
    : files_(std::move(files)), file_(file), path_(files_->path(file)) {}

void FileHandle::readAt(uint64_t offset, void* out, size_t bytes) const {
  const std::shared_ptr<const Descriptor> held = descriptor();
  char* to = static_cast<char*>(out);
  while (bytes > 0) {
    const ssize_t n = pread(held->fd(), to, bytes, static_cast<off_t>(offset));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) {
      const std::string why = n < 0 ? std::strerror(errno) : "it ended early";
      throw Error(Code::kFormat, path_ + " could not be read to its end (" + why + ")", {{"path", path_}});
    }
    to += n;
    offset += static_cast<uint64_t>(n);
    bytes -= static_cast<size_t>(n);
  }
}

void FileHandle::fetchAhead([[maybe_unused]] uint64_t offset, [[maybe_unused]] size_t bytes) const {
#ifdef POSIX_FADV_WILLNEED
  try {
    posix_fadvise(descriptor()->fd(), static_cast<off_t>(offset), static_cast<off_t>(bytes), POSIX_FADV_WILLNEED);
  } catch (const Error&) {
    // whoever reads it will say so
  }
#endif
}

}  // namespace spikelab
