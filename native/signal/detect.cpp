#include "detect.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <mutex>

#include "../parallel/pool.h"
#include "exact_lanes.h"
#include "lane_detector.h"
#include "lane_plan.h"

namespace spikelab {
namespace {

constexpr size_t kBlock = 8192;
// Below this the candidates of one pass outnumber the spikes too far; the noise is measured first, then searched.
constexpr double kOnePassSigma = 3;
// Within this of the threshold, relative to it, the summation of the noise could decide.
constexpr double kSummation = 1e-11;
// Worst-case bounds are that much above true errors; used only to choose the exact path for filtered traces.
constexpr double kPessimism = 2000;

Measure measureOf(Direction direction) {
  const uint64_t sign = uint64_t{1} << 63;
  if (direction == Direction::kBoth) return {~sign, 0};
  return direction == Direction::kUp ? Measure{~uint64_t{0}, 0} : Measure{~uint64_t{0}, sign};
}

// What one channel came to.
struct Channel {
  RunningMoments moments;
  double peak = 0, noise = 0, limit = 0;
  bool exact = false, again = false;
  std::vector<uint64_t> spikes;
};

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
    control_.setTotal(plan_.tiles() * plan_.length);
  }

  void run() {
    if (filters() && !std::isfinite(fast_.error)) {
      for (Channel& c : channels_) c.exact = true;
    } else {
      sweep(options_.sigma >= kOnePassSigma && options_.hysteresis, filtered_ != nullptr);
      judge();
      if (std::any_of(channels_.begin(), channels_.end(), [](const Channel& c) { return c.again; })) sweep(true, false);
      resolve();
    }
    recompute();
  }

  Detection result();

 private:
  bool filters() const { return !options_.sos.empty(); }
  const FilterPlan* fastOrNone() const { return filters() ? &fast_ : nullptr; }
  void sweep(bool search, bool write);
  void tile(size_t index, bool search, bool write);
  LaneWindow window(const LaneSpan& span, bool write) const;
  void judge();
  double tolerance(const Channel& c, double threshold) const;
  void resolve();
  void resolveChannel(size_t channel);
  void recompute();
  void recomputeTile(const std::vector<size_t>& members, size_t first);

  const TracesView& traces_;
  const DetectOptions& options_;
  const Kernels& kernels_;
  Control& control_;
  double* filtered_;
  bool wanted_;
  FilterPlan exact_, fast_;
  LanePlan plan_;
  std::vector<Channel> channels_;
  std::vector<std::vector<Candidate>> candidates_;  // by span
  std::vector<RunningMoments> moments_;             // by span
  std::mutex mutex_;
  bool second_ = false;
  size_t recomputed_ = 0;
};

void Detector::sweep(bool search, bool write) {
  moments_.assign(plan_.spans.size(), {});
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
  bool needed = !second_;
  for (size_t i = 0; i < kLanes; i++) {
    limits[i] = INFINITY;
    if (i >= count) continue;
    const Channel& c = channels_[plan_.spans[first + i].channel];
    windows[i] = window(plan_.spans[first + i], write);
    if (second_ && c.again) limits[i] = c.limit;
    needed = needed || (second_ && c.again);
  }
  if (!needed) return;
  const Search what{options_.sigma, measureOf(options_.direction), options_.hysteresis, search, fast_.gain};
  const size_t block = std::min(kBlock, plan_.length);
  LaneDetector detector(kernels_, what, windows, block + fast_.margin + 8, control_);
  if (second_) detector.fixLimits(limits);
  TileFilter filter(kernels_, fastOrNone(), block, detector);
  const Lanes lanes = tileLanes(traces_, plan_, index);
  filter.push(lanes, plan_.length);
  filter.finish();
  for (size_t i = 0; i < count; i++) {
    Channel& c = channels_[plan_.spans[first + i].channel];
    if (!second_ || c.again) candidates_[first + i] = std::move(detector.candidates(i));
    if (second_) continue;
    moments_[first + i] = detector.moments(i);
    std::lock_guard<std::mutex> lock(mutex_);
    c.peak = std::max(c.peak, filter.peak()[i]);
    c.limit = std::max(c.limit, search ? detector.limit(i) : INFINITY);
  }
}

// Noise of each channel, and which of them need another look.
void Detector::judge() {
  for (size_t s = 0; s < plan_.spans.size(); s++) channels_[plan_.spans[s].channel].moments.add(moments_[s]);
  for (Channel& c : channels_) {
    c.noise = c.moments.deviation();
    const double threshold = options_.sigma * c.noise, slack = tolerance(c, threshold);
    // also where NaN or an overflow makes the comparison false
    c.exact = wanted_ && !(slack < 1e-7 * threshold);
    if (filtered_ && filters() && !(fast_.error * c.peak / kPessimism < 1e-12 * c.noise)) c.exact = true;
    c.again = wanted_ && !c.exact && !(c.limit < threshold - slack);
    if (c.again) c.limit = threshold - slack;
  }
  second_ = true;
}

// How far a sample, compared with the threshold, may be from what scipy and numpy would have.
double Detector::tolerance(const Channel& c, double threshold) const {
  const double sample = (filters() ? fast_.error : 1e-15) * c.peak;
  return kSummation * threshold + (1 + options_.sigma) * sample;
}

void Detector::resolve() {
  if (!wanted_) return;
  parallelFor(channels_.size(), options_.threads, control_, [&](size_t channel, size_t) { resolveChannel(channel); });
}

void Detector::resolveChannel(size_t channel) {
  Channel& c = channels_[channel];
  const double threshold = options_.sigma * c.noise, slack = tolerance(c, threshold);
  for (size_t s = channel * plan_.segments; s < (channel + 1) * plan_.segments; s++) {
    for (const Candidate& found : candidates_[s]) {
      if (std::abs(found.value - threshold) <= slack || std::abs(found.before - threshold) <= slack) c.exact = true;
      if (found.value > threshold && !(found.before > threshold)) {
        if (c.spikes.size() <= options_.spikeCap) c.spikes.push_back(plan_.spans[s].begin + found.sample);
      }
    }
    std::vector<Candidate>().swap(candidates_[s]);
  }
}

// Channels on which rounding could decide: once more, bit for bit as scipy and numpy compute.
void Detector::recompute() {
  std::vector<size_t> members;
  for (size_t c = 0; c < channels_.size(); c++) {
    if (channels_[c].exact) members.push_back(c);
  }
  recomputed_ = members.size();
  parallelFor((members.size() + kLanes - 1) / kLanes, options_.threads, control_,
              [&](size_t index, size_t) { recomputeTile(members, index * kLanes); });
}

void Detector::recomputeTile(const std::vector<size_t>& members, size_t first) {
  const size_t count = std::min(kLanes, members.size() - first);
  Lanes lanes;
  lanes.type = traces_.type;
  lanes.sampleStride = traces_.sampleStride;
  for (size_t i = 0; i < kLanes; i++) lanes.rows[i] = traces_.at(members[first + (i < count ? i : 0)], 0);
  double peak[kLanes] = {}, deviation[kLanes];
  ExactLanes exact(
      kernels_, filters() ? &exact_ : nullptr,
      [&](size_t start, size_t n, double* out) { kernels_.stage(lanes.from(start), n, out, peak); }, traces_.samples,
      control_);
  numpyDeviation(exact, deviation);
  double scale[kLanes], above[kLanes];
  bool over[kLanes] = {};
  for (size_t i = 0; i < kLanes; i++) {
    scale[i] = 1;
    above[i] = options_.sigma * deviation[i];
    if (i < count) {
      channels_[members[first + i]].noise = deviation[i];
      channels_[members[first + i]].spikes.clear();
    }
  }
  const Measure measure = measureOf(options_.direction);
  exact.visitBackwards([&](size_t start, size_t n, const double* y) {
    if (filtered_) {
      double* rows[kLanes] = {};
      for (size_t i = 0; i < count; i++) rows[i] = filtered_ + members[first + i] * traces_.samples + start;
      kernels_.unstage(y, n, scale, rows);
    }
    if (!wanted_) return;
    std::vector<uint16_t> masks(n);
    Observation seen;
    seen.measure = measure;
    std::copy(above, above + kLanes, seen.limit);
    seen.masks = masks.data();
    kernels_.observe(y, n, seen);
    for (size_t t = n; t-- > 0;) {
      for (size_t i = 0; i < count; i++) {
        const bool now = (masks[t] >> i & 1) != 0;
        std::vector<uint64_t>& spikes = channels_[members[first + i]].spikes;
        // walking back in time: the sample after this one was above, and this one is not
        if (options_.hysteresis ? over[i] && !now : now) spikes.push_back(start + t + (options_.hysteresis ? 1 : 0));
        over[i] = now;
      }
    }
  });
  for (size_t i = 0; i < count; i++) {
    std::vector<uint64_t>& spikes = channels_[members[first + i]].spikes;
    std::reverse(spikes.begin(), spikes.end());
  }
}

Detection Detector::result() {
  Detection out;
  out.recomputed = recomputed_;
  out.offsets.push_back(0);
  for (size_t index = 0; index < channels_.size(); index++) {
    Channel& c = channels_[index];
    if (c.spikes.size() > options_.spikeCap) {
      c.spikes.resize(options_.spikeCap);
      out.capped.push_back(static_cast<double>(index));
    }
    out.offsets.push_back(out.offsets.back() + static_cast<double>(c.spikes.size()));
    out.noise.push_back(c.exact ? c.noise : c.noise * fast_.gain);
  }
  out.times = OwnedArray<double>(static_cast<size_t>(out.offsets.back()));
  size_t at = 0;
  for (Channel& c : channels_) {
    for (const uint64_t sample : c.spikes) {
      out.times[at++] = (static_cast<double>(sample) + 0.5) * 1000 / options_.fsHz + options_.startTimeMs;
    }
    std::vector<uint64_t>().swap(c.spikes);
  }
  return out;
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
