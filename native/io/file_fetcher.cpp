#include "file_fetcher.h"

#include <algorithm>

namespace spikelab {
namespace {

// Asked for at a time: the system cuts it into requests of its own, and the next place need not wait long.
constexpr uint64_t kStep = uint64_t{2} << 20;

}  // namespace

FileFetcher::FileFetcher(size_t places) : places_(places), thread_([this] { run(); }) {}

FileFetcher::~FileFetcher() {
  {
    std::lock_guard<std::mutex> lock(mutex_);
    stop_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

void FileFetcher::expect(size_t place, const std::shared_ptr<FileHandle>& file, uint64_t offset, uint64_t bytes) {
  {
    std::lock_guard<std::mutex> lock(mutex_);
    Place& at = places_[place];
    // the reader has overtaken, went back for another sweep, or on to another file
    if (at.file != file || offset > at.next || offset + bytes < at.next) at.next = offset;
    at.file = file;
    at.end = offset + bytes;
  }
  wake_.notify_one();
}

// In turns.
FileFetcher::Place* FileFetcher::toFetch() {
  for (size_t i = 0; i < places_.size(); i++) {
    Place& place = places_[turn_];
    turn_ = (turn_ + 1) % places_.size();
    if (place.next < place.end) return &place;
  }
  return nullptr;
}

void FileFetcher::run() {
  std::unique_lock<std::mutex> lock(mutex_);
  for (;;) {
    Place* place = nullptr;
    wake_.wait(lock, [&] { return stop_ || (place = toFetch()) != nullptr; });
    if (stop_) return;
    const std::shared_ptr<FileHandle> file = place->file;
    const uint64_t at = place->next, bytes = std::min(kStep, place->end - place->next);
    place->next += bytes;
    lock.unlock();
    file->fetchAhead(at, static_cast<size_t>(bytes));
    lock.lock();
  }
}

}  // namespace spikelab
