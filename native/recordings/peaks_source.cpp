#include "peaks_source.h"

#include <cstdlib>

#include "../parallel/pool.h"

namespace spikelab {
namespace {

// Progress is a count of samples.
class Progress {
 public:
  Progress(uint64_t samples, Control& control) : samples_(samples), control_(control) { control.setTotal(samples); }
  void at(double share) {
    const auto done = static_cast<uint64_t>(share * static_cast<double>(samples_));
    if (done <= seen_) return;
    control_.advance(done - seen_);
    seen_ = done;
  }

 private:
  uint64_t samples_, seen_ = 0;
  Control& control_;
};

void listAll(Stretch& stretch, size_t channels) {
  stretch.channels.clear();
  for (size_t c = 0; c < channels; c++) stretch.channels.push_back(c);
}

}  // namespace

PieceShape shapeOf(const FrameSource& source, size_t memoryBytes) {
  const StreamPieces pieces = source.pieces(source.channels(), memoryBytes);
  return {pieces.unit, pieces.frameBytes};
}

void feedFromMemory(PeakDetector& detector, const TracesView& traces, Control& control) {
  Progress progress(traces.samples, control);
  TracesPiece piece = TracesPiece::of(traces);
  const std::vector<size_t> offsets = piece.offsets;
  for (Stretch wanted; detector.next(wanted);) {
    piece.samples = wanted.count;
    for (size_t c = 0; c < offsets.size(); c++) piece.offsets[c] = offsets[c] + wanted.start * traces.sampleStride;
    detector.deliver(piece, control);
    progress.at(detector.progress());
  }
}

void feedFromSource(PeakDetector& detector, FrameSource& source, size_t threads, Control& control) {
  Progress progress(source.samples(), control);
  const size_t workers = resolveThreads(threads);
  std::unique_ptr<PieceReader> now = source.reader(workers), later = source.reader(workers);
  bool read = false;
  uint64_t readStart = 0;
  size_t readCount = 0;
  for (Stretch wanted, ready; detector.next(wanted);) {
    listAll(wanted, source.channels());
    if (!read || readStart != wanted.start || readCount != wanted.count) {
      const size_t parts = now->start(wanted, nullptr, control);
      parallelFor(parts, threads, control, [&](size_t part, size_t worker) { now->read(part, worker); });
    }
    SideWork side;
    read = detector.following(ready);
    if (read) {
      listAll(ready, source.channels());
      readStart = ready.start;
      readCount = ready.count;
      side.count = later->start(ready, nullptr, control);
      side.body = [&](size_t part, size_t worker) { later->read(part, worker); };
    }
    detector.deliver(now->piece(), control, side);
    if (read) std::swap(now, later);
    progress.at(detector.progress());
  }
}

}  // namespace spikelab
