// Periods of a recording: joined, widened, and the samples that lie outside of them.
#pragma once

#include <algorithm>
#include <vector>

#include "trace_task.h"

namespace spikelab {

// Sorted; those with at most `gap` samples between them are one.
inline std::vector<Period> merged(std::vector<Period> periods, uint64_t gap) {
  std::sort(periods.begin(), periods.end(), [](const Period& a, const Period& b) {
    return a.start < b.start || (a.start == b.start && a.end < b.end);
  });
  std::vector<Period> out;
  for (const Period& p : periods) {
    if (p.end <= p.start) continue;
    if (!out.empty() && p.start <= out.back().end + gap) {
      out.back().end = std::max(out.back().end, p.end);
    } else {
      out.push_back(p);
    }
  }
  return out;
}

// Each by `margin` samples on both sides, as far as the recording goes.
inline std::vector<Period> widened(std::vector<Period> periods, uint64_t margin, uint64_t samples) {
  for (Period& p : periods) {
    p.start -= std::min(p.start, margin);
    p.end = std::min(samples, p.end + margin);
  }
  return periods;
}

// Calls body(from, to) for the parts of [start, end) inside the periods, from the first to the last.
template <typename Body>
void insidePeriods(const std::vector<Period>& periods, uint64_t start, uint64_t end, const Body& body) {
  auto p = std::upper_bound(periods.begin(), periods.end(), start,
                            [](uint64_t sample, const Period& period) { return sample < period.end; });
  for (; p != periods.end() && p->start < end; ++p) body(std::max(start, p->start), std::min(end, p->end));
}

// The same for the parts outside.
template <typename Body>
void outsidePeriods(const std::vector<Period>& periods, uint64_t start, uint64_t end, const Body& body) {
  uint64_t at = start;
  insidePeriods(periods, start, end, [&](uint64_t from, uint64_t to) {
    if (from > at) body(at, from);
    at = to;
  });
  if (at < end) body(at, end);
}

}  // namespace spikelab
