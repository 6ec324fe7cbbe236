#include "file_handle.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "error.h"

namespace spikelab {

FileHandle::FileHandle(int fd, std::string path) : fd_(fcntl(fd, F_DUPFD_CLOEXEC, 0)), path_(std::move(path)) {
  if (fd_ < 0) throw Error(Code::kInternal, path_ + " is not open (" + std::strerror(errno) + ")");
}

FileHandle::~FileHandle() {
  close(fd_);
}

void FileHandle::readAt(uint64_t offset, void* out, size_t bytes) const {
  char* to = static_cast<char*>(out);
  while (bytes > 0) {
    const ssize_t n = pread(fd_, to, bytes, static_cast<off_t>(offset));
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
  posix_fadvise(fd_, static_cast<off_t>(offset), static_cast<off_t>(bytes), POSIX_FADV_WILLNEED);
#endif
}

}  // namespace spikelab
