#include "detect.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <mutex>

#include "../parallel/pool.h"
#include "exact_lanes.h"
#include "lane_plan.h"
#include "verdict.h"

namespace spikelab {
namespace {

constexpr size_t kBlock = 8192;
// What a thread may keep beside its block while it computes channels exactly.
constexpr size_t kExactBytes = size_t{4} << 20;

class Detector {
 public:
  Detector(const TracesView& traces, const DetectOptions& options, bool search, Control& control, double* filtered)
      : traces_(traces),
        options_(options),
        kernels_(kernels()),
        control_(control),
        filtered_(filtered),
        wanted_(search),
        channels_(traces.channels) {
    if (!options.sos.empty()) {
      exact_ = exactPlan(options.sos);
      fast_ = fastPlan(options.sos);
    }
    // without a filter a segment still needs the sample before it
    plan_ = planLanes(traces.channels, traces.samples, filters() ? std::min(fast_.margin, kLongestMargin) : 1);
    candidates_.resize(plan_.spans.size());
    early_.resize(plan_.spans.size());
    verdict_ = {options.sigma, filters() ? fast_.error : 1e-15, options.spikeCap, search, filtered != nullptr, median(),
                filters()};
    control_.setTotal(plan_.tiles() * plan_.length);
  }

  void run() {
    if (filters() && !std::isfinite(fast_.error)) {
      for (Channel& c : channels_) c.exact = true;
    } else {
      sweep(worthOnePass(options_), filtered_ != nullptr);
      for (size_t s = 0; s < plan_.spans.size(); s++) channels_[plan_.spans[s].channel].moments.add(moments_[s]);
      if (median()) findNoise();
      judge();
      second_ = true;
      if (std::any_of(channels_.begin(), channels_.end(), [](const Channel& c) { return c.again; })) sweep(true, false);
      resolve();
    }
    recompute();
  }

  Detection result() { return collect(channels_, options_, fast_.gain); }

 private:
  bool filters() const { return !options_.sos.empty(); }
  const FilterPlan* fastOrNone() const { return filters() ? &fast_ : nullptr; }
  void sweep(bool search, bool write);
  void tile(size_t index, bool search, bool write);
  LaneWindow window(const LaneSpan& span, bool write) const;
  bool median() const { return options_.noise == Noise::kMedian; }
  void findNoise();
  std::vector<NoiseFinder> feedParts(LaneDetector& detector, size_t first, size_t count) const;
  void judge();
  void resolve();
  Search searchFor(bool wanted) const;
  void recompute();
  void recomputeTile(const size_t* members, ExactSize size);

  const TracesView& traces_;
  const DetectOptions& options_;
  const Kernels& kernels_;
  Control& control_;
  double* filtered_;
  bool wanted_;
  Verdict verdict_{};
  FilterPlan exact_, fast_;
  LanePlan plan_;
  std::vector<Channel> channels_;
  std::vector<std::vector<Candidate>> candidates_;  // by span
  std::vector<EarlySpikes> early_;                  // by span
  std::vector<RunningMoments> moments_;             // by span
  mutable std::mutex mutex_;
  bool second_ = false, finding_ = false;
};

void Detector::sweep(bool search, bool write) {
  if (!finding_) moments_.assign(plan_.spans.size(), {});
  parallelFor(plan_.tiles(), options_.threads, control_,
              [&](size_t index, size_t) { tile(index, search && wanted_, write); });
}

LaneWindow Detector::window(const LaneSpan& span, bool write) const {
  LaneWindow w{span.from - span.begin, span.to - span.begin, span.from == 0, nullptr};
  if (write) w.filtered = filtered_ + span.channel * traces_.samples + span.from;
  return w;
}

void Detector::tile(size_t index, bool search, bool write) {
  const size_t first = index * kLanes, count = std::min(kLanes, plan_.spans.size() - first);
  LaneWindow windows[kLanes];
  double limits[kLanes];
  bool needed = !second_ && !finding_;
  for (size_t i = 0; i < kLanes; i++) {
    limits[i] = INFINITY;
    if (i >= count) continue;
    const Channel& c = channels_[plan_.spans[first + i].channel];
    windows[i] = window(plan_.spans[first + i], write);
    if (second_ && c.again) limits[i] = c.limit;
    needed = needed || (second_ && c.again) || (finding_ && !c.finder.known());
  }
  if (!needed) return;
  const Search what = searchFor(search);
  const size_t block = std::min(kBlock, plan_.length);
  LaneDetector detector(kernels_, what, windows, TileFilter::longestTake(fastOrNone(), block), &control_);
  EarlySpikes* early[kLanes] = {};
  for (size_t i = 0; i < count; i++) early[i] = &early_[first + i];
  if (second_) detector.fixLimits(limits);
  if (search && !second_) detector.decideEarly(early, options_.spikeCap);
  std::vector<NoiseFinder> parts;
  if (finding_) parts = feedParts(detector, first, count);
  TileFilter filter(kernels_, fastOrNone(), block, detector);
  WorkRows work(TileFilter::workRows(fastOrNone(), block));
  filter.push(tileLanes(traces_, plan_, index), plan_.length, true, work);
  for (size_t i = 0; i < count; i++) {
    Channel& c = channels_[plan_.spans[first + i].channel];
    if (finding_) {
      std::lock_guard<std::mutex> lock(mutex_);
      c.finder.merge(parts[i]);
      continue;
    }
    if (!second_ || c.again) candidates_[first + i] = std::move(detector.candidates(i));
    if (second_) continue;
    moments_[first + i] = detector.moments(i);
    std::lock_guard<std::mutex> lock(mutex_);
    c.peak = std::max(c.peak, filter.peak()[i]);
    c.constancy.merge(filter.constancy()[i]);
    c.limit = std::max(c.limit, detector.limit(i));
  }
}

Search Detector::searchFor(bool wanted) const {
  return {options_.sigma, measureOf(options_.direction), options_.hysteresis, wanted, fast_.gain};
}

// Median absolute deviations, from the moments that are known.
void Detector::findNoise() {
  for (Channel& c : channels_) {
    if (!verdict_.dead(c)) c.finder.start(c.moments.mean, c.moments.deviation());
  }
  finding_ = true;
  while (std::any_of(channels_.begin(), channels_.end(), [](const Channel& c) { return !c.finder.known(); })) {
    sweep(false, false);
    for (Channel& c : channels_) c.finder.endSweep();
  }
  finding_ = false;
}

// A finder of its own for each lane of a tile: other tiles may have segments of the same channel.
std::vector<NoiseFinder> Detector::feedParts(LaneDetector& detector, size_t first, size_t count) const {
  std::vector<NoiseFinder> parts(count);
  NoiseFinder* finders[kLanes] = {};
  // another tile may be merging its part into the same channel
  std::lock_guard<std::mutex> lock(mutex_);
  for (size_t i = 0; i < count; i++) {
    parts[i] = channels_[plan_.spans[first + i].channel].finder.part();
    finders[i] = &parts[i];
  }
  detector.feed(finders);
  return parts;
}

void Detector::judge() {
  for (size_t channel = 0; channel < channels_.size(); channel++) {
    Channel& c = channels_[channel];
    size_t undecided = 0;
    for (size_t s = channel * plan_.segments; s < (channel + 1) * plan_.segments; s++) {
      undecided += candidates_[s].size();
      c.early.add(early_[s], plan_.spans[s].begin, options_.spikeCap);
    }
    verdict_.judge(c, undecided);
  }
}

void Detector::resolve() {
  if (!wanted_) return;
  parallelFor(channels_.size(), options_.threads, control_, [&](size_t channel, size_t) {
    for (size_t s = channel * plan_.segments; s < (channel + 1) * plan_.segments; s++) {
      verdict_.resolve(channels_[channel], candidates_[s], plan_.spans[s].begin);
    }
  });
}

// Channels on which rounding could decide: once more, bit for bit as scipy and numpy compute.
void Detector::recompute() {
  std::vector<size_t> members;
  for (size_t c = 0; c < channels_.size(); c++) {
    if (channels_[c].exact) members.push_back(c);
  }
  if (members.empty()) return;
  const ExactSize size = exactSize(traces_.samples, exact_.sections(), std::min(kLanes, members.size()), kExactBytes);
  parallelFor((members.size() + size.lanes - 1) / size.lanes, options_.threads, control_, [&](size_t index, size_t) {
    const size_t first = index * size.lanes;
    recomputeTile(members.data() + first, {std::min(size.lanes, members.size() - first), size.stride});
  });
}

void Detector::recomputeTile(const size_t* members, ExactSize size) {
  Lanes lanes;
  lanes.type = traces_.type;
  lanes.sampleStride = traces_.sampleStride;
  double* rows[kLanes] = {};
  for (size_t i = 0; i < kLanes; i++) {
    const size_t channel = members[i < size.lanes ? i : 0];
    lanes.rows[i] = traces_.at(channel, 0);
    if (filtered_ && i < size.lanes) rows[i] = filtered_ + channel * traces_.samples;
  }
  const FilterPlan* const plan = filters() ? &exact_ : nullptr;
  ExactLanes exact(kernels_, {plan, traces_.samples, searchFor(wanted_), median(), options_.spikeCap}, size);
  exact.writeTo(rows);
  TileBuffer block(ExactLanes::kBlock);
  double peak[kLanes] = {};
  for (size_t start, n; exact.next(start, n);) {
    control_.check();
    const Lanes here = lanes.from(start);
    for (size_t i = 0; i < size.lanes; i++) channels_[members[i]].constancy.see(here, i, n);
    kernels_.stage(here, n, block.row(0), peak);
    exact.deliver(0, block.row(0));
    exact.endBlock();
  }
  for (size_t i = 0; i < size.lanes; i++) {
    Channel& c = channels_[members[i]];
    c.peak = std::max(c.peak, peak[i]);
    takeExact(c, exact, i);
  }
}

}  // namespace

Detection detect(const TracesView& traces, const DetectOptions& options, Control& control, double* filtered) {
  Detector detector(traces, options, true, control, filtered);
  detector.run();
  return detector.result();
}

void filterTraces(const TracesView& traces, const Sos& sos, size_t threads, Control& control, double* filtered) {
  DetectOptions options;
  options.sos = sos;
  options.threads = threads;
  Detector(traces, options, false, control, filtered).run();
}

}  // namespace spikelab
