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

void FileFetcher::expect(size_t place, const std::shared_ptr<FileHandle>& file, uint64_t offset, uint64_t bytes,
                         bool backward) {
  {
    std::lock_guard<std::mutex> lock(mutex_);
    Place& at = places_[place];
    const uint64_t end = backward ? offset - std::min(offset, bytes) : offset + bytes;
    // the reader has overtaken, went back for another sweep, or on to another file; a step or two back are none
    const uint64_t ahead = backward ? offset - at.next : at.next - offset;
    if (at.file != file || at.backward != backward || ahead > 2 * bytes) at.next = offset;
    at.file = file;
    at.end = end;
    at.backward = backward;
  }
  wake_.notify_one();
}

// In turns.
FileFetcher::Place* FileFetcher::toFetch() {
  for (size_t i = 0; i < places_.size(); i++) {
    Place& place = places_[turn_];
    turn_ = (turn_ + 1) % places_.size();
    if (place.backward ? place.next > place.end : place.next < place.end) return &place;
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
    const bool backward = place->backward;
    const uint64_t bytes = std::min(kStep, backward ? place->next - place->end : place->end - place->next);
    const uint64_t at = backward ? place->next - bytes : place->next;
    place->next = backward ? at : at + bytes;
    lock.unlock();
    file->fetchAhead(at, static_cast<size_t>(bytes));
    lock.lock();
  }
}

}  // namespace spikelab
