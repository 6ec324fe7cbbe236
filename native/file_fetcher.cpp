#include "file_fetcher.h"

#include <algorithm>
#include <utility>

namespace spikelab {
namespace {

// Asked for at a time: the system cuts it into requests of its own.
constexpr uint64_t kStep = uint64_t{2} << 20;

}  // namespace

FileFetcher::FileFetcher(std::shared_ptr<FileHandle> file) : file_(std::move(file)), thread_([this] { run(); }) {}

FileFetcher::~FileFetcher() {
  {
    std::lock_guard<std::mutex> lock(mutex_);
    stop_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

void FileFetcher::expect(uint64_t offset, uint64_t bytes) {
  {
    std::lock_guard<std::mutex> lock(mutex_);
    // the reader has overtaken, or went back for another sweep
    if (offset > next_ || offset + bytes < next_) next_ = offset;
    end_ = offset + bytes;
  }
  wake_.notify_one();
}

void FileFetcher::run() {
  std::unique_lock<std::mutex> lock(mutex_);
  for (;;) {
    wake_.wait(lock, [this] { return stop_ || next_ < end_; });
    if (stop_) return;
    const uint64_t at = next_, bytes = std::min(kStep, end_ - next_);
    next_ += bytes;
    lock.unlock();
    file_->fetchAhead(at, static_cast<size_t>(bytes));
    lock.lock();
  }
}

}  // namespace spikelab
