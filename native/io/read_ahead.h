// Reads files, and has what comes next fetched from the time on that a read has waited for a disk.
#pragma once

#include <atomic>
#include <memory>

#include "file_fetcher.h"
#include "file_handle.h"

namespace spikelab {

class ReadAhead {
 public:
  // Files are read in order, or from the end to the beginning, at so many places at a time.
  explicit ReadAhead(size_t places) : places_(places) {}

  // Like file.readAt. Any thread.
  void readAt(const FileHandle& file, uint64_t offset, void* out, size_t bytes);

  // Like file.readScattered, of so many bytes in all. Any thread.
  void readScattered(const FileHandle& file, uint64_t offset, std::vector<iovec>& pieces, size_t bytes);

  // Bytes from `offset` on, or backward those before it, will be wanted at this place soon, at one of `others` + 1 that
  // are read by turns. Nothing is done about it while all comes out of the page cache. Only one thread calls this.
  void expect(size_t place, const std::shared_ptr<FileHandle>& file, uint64_t offset, bool backward, size_t others = 0);

 private:
  template <typename Read>
  void timed(size_t bytes, size_t pieces, Read read);

  size_t places_;
  std::atomic<bool> slow_{false};
  std::unique_ptr<FileFetcher> fetcher_;
};

}  // namespace spikelab
