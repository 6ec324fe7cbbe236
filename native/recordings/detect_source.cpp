#include "detect_source.h"

#include "../parallel/pool.h"

namespace spikelab {
namespace {

// Part of the memory that a piece gets; another is read while it is filtered.
constexpr size_t kPieceShare = 4;

bool same(const Stretch& a, const Stretch& b) {
  return a.start == b.start && a.count == b.count && a.channels == b.channels;
}

// Works through some neighbouring channels.
class GroupDetection {
 public:
  GroupDetection(FrameSource& source, const DetectOptions& options, size_t first, size_t count,
                 const StreamPieces& pieces, bool ahead, Control& control)
      : options_(options),
        first_(first),
        count_(count),
        ahead_(ahead),
        control_(control),
        samples_(source.samples()),
        detector_(count, source.samples(), options, pieces) {
    const size_t threads = resolveThreads(options.threads);
    now_ = source.reader(threads);
    if (ahead) next_ = source.reader(threads);
  }

  void run() {
    Stretch wanted, ready;
    for (bool read = false; detector_.next(wanted);) {
      name(wanted);
      if (!read || !same(wanted, ready)) {
        const size_t parts = now_->start(wanted, nullptr, control_);
        parallelFor(parts, options_.threads, control_, [&](size_t part, size_t worker) { now_->read(part, worker); });
      }
      read = ahead_ && detector_.following(ready);
      if (read) name(ready);
      work(read ? next_->start(ready, now_.get(), control_) : 0);
      if (read) std::swap(now_, next_);
    }
  }

  StreamDetector& detector() { return detector_; }

 private:
  // Lists the channels by their numbers in the source.
  void name(Stretch& stretch) const {
    if (stretch.channels.empty()) {
      for (size_t c = 0; c < count_; c++) stretch.channels.push_back(c);
    }
    for (size_t& channel : stretch.channels) channel += first_;
  }

  // Filters this piece, and reads the next in so many parts.
  void work(size_t reads) {
    const TracesPiece& piece = now_->piece();
    parallelFor(reads + detector_.parts(), options_.threads, control_, [&](size_t index, size_t worker) {
      if (index < reads) return next_->read(index, worker);
      detector_.deliverPart(piece, index - reads);
    });
    detector_.endPiece();
    advance(static_cast<uint64_t>(detector_.progress() * static_cast<double>(samples_)));
  }

  void advance(uint64_t end) {
    if (end <= seen_) return;
    control_.advance((end - seen_) * count_);
    seen_ = end;
  }

  const DetectOptions& options_;
  uint64_t seen_ = 0;
  size_t first_, count_;
  bool ahead_;
  Control& control_;
  uint64_t samples_;
  StreamDetector detector_;
  std::unique_ptr<PieceReader> now_, next_;
};

}  // namespace

Detection detectSource(FrameSource& source, const DetectOptions& options, size_t memoryBytes, Control& control,
                       size_t pieceSamples) {
  const size_t most = memoryBytes / kPieceShare, group = source.channelsAtATime(most);
  control.setTotal(source.channels() * source.samples());
  std::vector<Channel> channels;
  double gain = 1;
  for (size_t first = 0; first < source.channels(); first += group) {
    const size_t count = std::min(group, source.channels() - first);
    StreamPieces pieces = source.pieces(count, most);
    // a row of chunks may be larger than wanted
    const bool ahead = pieces.unit * pieces.frameBytes <= memoryBytes / 2;
    if (pieceSamples > 0) pieces = {0, pieces.frameBytes, pieceSamples};
    GroupDetection detection(source, options, first, count, pieces, ahead, control);
    detection.run();
    gain = detection.detector().gain();
    for (Channel& c : detection.detector().takeChannels()) channels.push_back(std::move(c));
  }
  return collect(channels, options, gain);
}

}  // namespace spikelab
