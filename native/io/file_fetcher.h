// Has bytes of files brought into the page cache ahead of whoever reads them in order.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "file_handle.h"

namespace spikelab {

// A thread of its own asks for them: asking takes the system nearly as long as reading, and waits where the disk's
// queue is full. Threads that compute should do neither.
class FileFetcher {
 public:
  // Files are read in order at so many places at a time.
  explicit FileFetcher(size_t places);
  ~FileFetcher();
  FileFetcher(const FileFetcher&) = delete;
  FileFetcher& operator=(const FileFetcher&) = delete;

  // At this place, bytes from `offset` on, or backward those before it, will be read soon: so many of them are fetched,
  // the nearest first, those that were fetched already left out.
  void expect(size_t place, const std::shared_ptr<FileHandle>& file, uint64_t offset, uint64_t bytes, bool backward);

 private:
  struct Place {
    std::shared_ptr<FileHandle> file;
    // [next, end), or backward [end, next)
    uint64_t next = 0, end = 0;
    bool backward = false;
  };
  void run();
  Place* toFetch();

  std::mutex mutex_;
  std::condition_variable wake_;
  std::vector<Place> places_;
  size_t turn_ = 0;
  bool stop_ = false;
  std::thread thread_;
};

}  // namespace spikelab
