// Pieces of few channels, cut into segments: however a recording is cut, every sample counts once, in order of time,
// with what the filter needs around it.
#include <cstdio>
#include <random>

#include "check.h"
#include "signal/detect/lane_plan.h"
#include "signal/detect/piece_schedule.h"

using namespace spikelab;

namespace {

using Random = std::mt19937;

size_t draw(Random& random, size_t below) {
  return random() % below;
}

struct Recording {
  size_t channels, samples, ahead, behind;
};

// Returns the sample up to which channel 0 is done; all channels are cut alike.
size_t checkPiece(const Recording& r, const PieceSchedule& schedule, uint64_t position) {
  const size_t start = schedule.start(position), end = schedule.end(position), stop = schedule.next(position);
  CHECK(start == (position > r.behind ? position - r.behind : 0));
  CHECK(stop > position && end <= r.samples && (stop == r.samples ? end == stop : end == stop + r.ahead));
  const LanePlan plan = planLanes(r.channels, {end - start, position - start, stop - start}, r.behind);
  CHECK(plan.spans.size() == r.channels * plan.segments && plan.length <= end - start);
  size_t done = 0;
  for (size_t s = 0; s < plan.spans.size(); s++) {
    const LaneSpan& span = plan.spans[s];
    CHECK(span.channel == s / plan.segments);
    if (s % plan.segments == 0) {
      CHECK(s == 0 || start + done == stop);
      done = position - start;
    }
    CHECK(span.from == done && span.to > span.from);
    CHECK(start + span.begin == 0 || span.from - span.begin >= r.behind);
    const size_t last = span.begin + plan.length;
    CHECK(last <= end - start && (start + last == r.samples || last - span.to >= r.ahead));
    done = span.to;
  }
  CHECK(start + done == stop);
  return stop;
}

void anyRecording(Random& random) {
  const size_t margins[] = {0, 16, 976, 16384}, margin = margins[draw(random, 4)], units[] = {0, 1, 1000, 20'000};
  const Recording r{1 + draw(random, kLanes - 1), 1000 + draw(random, 3'000'000), margin, margin ? margin : 1};
  const StreamPieces pieces{draw(random, size_t{1} << (10 + draw(random, 14))), 2 * r.channels, units[draw(random, 4)]};
  const PieceSchedule schedule = PieceSchedule::cut(pieces, r.channels, r.ahead, r.behind, r.samples);
  size_t position = 0;
  // of short pieces the first ones and the last one
  for (int i = 0; i < 20 && position < r.samples; i++) position = checkPiece(r, schedule, position);
  while (position < r.samples) {
    const size_t next = schedule.next(position);
    position = next == r.samples ? checkPiece(r, schedule, position) : next;
  }
}

}  // namespace

int main() {
  Random random(3);
  for (int i = 0; i < 2000; i++) anyRecording(random);
  std::printf("segments: 2000 recordings passed\n");
}
