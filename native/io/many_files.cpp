#include "many_files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "../core/error.h"

namespace spikelab {

Descriptor::~Descriptor() {
  close(fd_);
}

std::shared_ptr<const Descriptor> ManyFiles::open(size_t file) {
  if (std::shared_ptr<const Descriptor> found = find(file)) return found;
  // others need not wait for a disk
  std::shared_ptr<const Descriptor> opened = openNew(files_[file]);
  std::lock_guard<std::mutex> lock(mutex_);
  if (places_.count(file)) return opened;
  open_.emplace_front(file, opened);
  places_[file] = open_.begin();
  if (open_.size() > most_) {
    places_.erase(open_.back().first);
    open_.pop_back();
  }
  return opened;
}

std::shared_ptr<const Descriptor> ManyFiles::find(size_t file) {
  std::lock_guard<std::mutex> lock(mutex_);
  const auto place = places_.find(file);
  if (place == places_.end()) return nullptr;
  open_.splice(open_.begin(), open_, place->second);
  return place->second->second;
}

std::shared_ptr<const Descriptor> ManyFiles::openNew(const Known& known) const {
  const std::string& path = known.path;
  // a pipe that has come to lie there is not waited for
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0)
    throw Error(Code::kNotFound, "No file can be read at " + path + " (" + std::strerror(errno) + ")",
                {{"path", path}});
  auto opened = std::make_shared<const Descriptor>(fd);
  struct stat found;
  if (fstat(fd, &found) != 0 || static_cast<uint64_t>(found.st_dev) != known.device ||
      static_cast<uint64_t>(found.st_ino) != known.inode) {
    throw Error(Code::kFormat, path + " must stay as it is while it is read, found another file in its place",
                {{"path", path}});
  }
  return opened;
}

}  // namespace spikelab
