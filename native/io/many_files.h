// Many files, of which only a few are open at a time: a process may have 1,024 open, as Linux sets it, or 256 on macOS.
#pragma once

#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

namespace spikelab {

// Closes itself.
class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor();
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int fd() const { return fd_; }

 private:
  int fd_;
};

// Files that someone has looked at before, by their paths and by what the system tells them apart with.
class ManyFiles {
 public:
  struct Known {
    std::string path;
    uint64_t device = 0, inode = 0;
  };

  // `most`: how many stay open while nobody reads them.
  ManyFiles(std::vector<Known> files, size_t most) : files_(std::move(files)), most_(most) {}

  const std::string& path(size_t file) const { return files_[file].path; }
  // Open at least until the result goes. Any thread. Throws kNotFound, and kFormat where another file is there now.
  std::shared_ptr<const Descriptor> open(size_t file);

 private:
  using Open = std::pair<size_t, std::shared_ptr<const Descriptor>>;
  std::shared_ptr<const Descriptor> find(size_t file);
  std::shared_ptr<const Descriptor> openNew(const Known& known) const;

  std::vector<Known> files_;
  size_t most_;
  std::mutex mutex_;
  std::list<Open> open_;  // the one that was used last comes first
  std::unordered_map<size_t, std::list<Open>::iterator> places_;
};

}  // namespace spikelab
