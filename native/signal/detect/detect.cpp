#include "detect.h"

#include <algorithm>
#include <cmath>

#include "../../parallel/pool.h"
#include "../exact/exact_lanes.h"
#include "span_sweep.h"

namespace spikelab {
namespace {

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
        channels_(traces.channels),
        piece_(TracesPiece::of(traces)) {
    if (!options.sos.empty()) {
      exact_ = exactPlan(options.sos);
      fast_ = fastPlan(options.sos);
    }
    // without a filter a segment still needs the sample before it
    plan_ = planLanes(traces.channels, {traces.samples, 0, traces.samples},
                      filters() ? std::min(fast_.margin, kLongestMargin) : 1);
    verdict_ = {.sigma = options.sigma,
                .error = filters() ? fast_.error : kUnfilteredError,
                .spikeCap = options.spikeCap,
                .gain = fast_.gain,
                .search = search,
                .filtered = filtered != nullptr,
                .median = median(),
                .filters = filters()};
    control_.setTotal(plan_.tiles() * plan_.length);
  }

  void run() {
    if (filters() && !std::isfinite(fast_.error)) {
      for (Channel& c : channels_) c.exact = true;
    } else {
      sweep(Phase::kNoise, worthOnePass(options_), filtered_);
      if (median()) findNoise();
      for (Channel& c : channels_) verdict_.judge(c);
      if (std::any_of(channels_.begin(), channels_.end(), [](const Channel& c) { return c.again; })) {
        sweep(Phase::kSearch, true, nullptr);
      }
      resolve();
    }
    recompute();
  }

  Detection result() { return collect(channels_, options_, fast_.gain); }

 private:
  bool filters() const { return !options_.sos.empty(); }
  const FilterPlan* fastOrNone() const { return filters() ? &fast_ : nullptr; }
  void sweep(Phase phase, bool search, double* filtered);
  bool median() const { return options_.noise == Noise::kMedian; }
  void findNoise();
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
  TracesPiece piece_;
};

void Detector::sweep(Phase phase, bool search, double* filtered) {
  const SweepGoal goal{phase, searchFor(search && wanted_), options_.spikeCap, 0, filtered};
  SpanSweep spans(kernels_, fastOrNone(), plan_, goal, channels_);
  parallelFor(spans.tiles(), options_.threads, control_,
              [&](size_t index, size_t) { spans.tile(index, piece_, &control_); });
  parallelFor(channels_.size(), options_.threads, control_, [&](size_t channel, size_t) { spans.endChannel(channel); });
}

Search Detector::searchFor(bool wanted) const {
  return {options_.sigma, measureOf(options_.direction), options_.hysteresis, wanted, fast_.gain};
}

// Median absolute deviations, from the moments that are known.
void Detector::findNoise() {
  for (Channel& c : channels_) verdict_.startFinder(c);
  while (std::any_of(channels_.begin(), channels_.end(), [](const Channel& c) { return !c.finder.known(); })) {
    sweep(Phase::kMedian, false, nullptr);
    for (Channel& c : channels_) c.finder.endSweep();
  }
}

void Detector::resolve() {
  if (!wanted_) return;
  parallelFor(channels_.size(), options_.threads, control_,
              [&](size_t channel, size_t) { verdict_.resolve(channels_[channel]); });
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
