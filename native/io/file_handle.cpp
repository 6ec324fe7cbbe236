#include "file_handle.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
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

void FileHandle::failToRead(ssize_t found) const {
  const std::string why = found < 0 ? std::strerror(errno) : "it ended early";
  throw Error(Code::kFormat, path_ + " could not be read to its end (" + why + ")", {{"path", path_}});
}

void FileHandle::readAt(uint64_t offset, void* out, size_t bytes) const {
  const std::shared_ptr<const Descriptor> held = descriptor();
  char* to = static_cast<char*>(out);
  while (bytes > 0) {
    const ssize_t n = pread(held->fd(), to, bytes, static_cast<off_t>(offset));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) failToRead(n);
    to += n;
    offset += static_cast<uint64_t>(n);
    bytes -= static_cast<size_t>(n);
  }
}

void FileHandle::readScattered([[maybe_unused]] uint64_t offset, [[maybe_unused]] std::vector<iovec>& pieces) const {
#ifdef __linux__
  // as many as a call takes
  constexpr size_t kMost = 1024;
  const std::shared_ptr<const Descriptor> held = descriptor();
  for (size_t first = 0; first < pieces.size();) {
    const int count = static_cast<int>(std::min(kMost, pieces.size() - first));
    const ssize_t n = preadv(held->fd(), pieces.data() + first, count, static_cast<off_t>(offset));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) failToRead(n);
    offset += static_cast<uint64_t>(n);
    // a call may stop within a piece
    for (size_t left = static_cast<size_t>(n); left > 0;) {
      iovec& piece = pieces[first];
      const size_t taken = std::min(left, piece.iov_len);
      piece.iov_base = static_cast<char*>(piece.iov_base) + taken;
      piece.iov_len -= taken;
      left -= taken;
      if (piece.iov_len == 0) first++;
    }
  }
#endif
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
