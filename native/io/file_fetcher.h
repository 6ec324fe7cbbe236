// Has a file's bytes brought into the page cache ahead of whoever reads it in order.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>

#include "file_handle.h"

namespace spikelab {

// A thread of its own asks for them: asking takes the system nearly as long as reading, and waits where the disk's
// queue is full. Threads that compute should do neither.
class FileFetcher {
 public:
  explicit FileFetcher(std::shared_ptr<FileHandle> file);
  ~FileFetcher();
  FileFetcher(const FileFetcher&) = delete;
  FileFetcher& operator=(const FileFetcher&) = delete;

  // Bytes from `offset` on will be read soon: so many of them are fetched, those that were fetched already left out.
  void expect(uint64_t offset, uint64_t bytes);

 private:
  void run();

  std::shared_ptr<FileHandle> file_;
  std::mutex mutex_;
  std::condition_variable wake_;
  uint64_t next_ = 0, end_ = 0;
  bool stop_ = false;
  std::thread thread_;
};

}  // namespace spikelab
