#include "peaks_arguments.h"

#include "../signal/peaks/periods.h"
#include "arguments.h"
#include "signal_arguments.h"

namespace spikelab::bindings {
namespace {

std::vector<double> numbersOf(Napi::Object object, const char* name) {
  const NumericView view = toNumericView(object.Get(name));
  if (view.type != ElementType::kFloat64) throw Error(Code::kInternal, std::string(name) + " must be float64");
  const double* values = static_cast<const double*>(view.data);
  return {values, values + view.length};
}

std::vector<double> oneAChannel(Napi::Object object, const char* name, size_t channels) {
  std::vector<double> values = numbersOf(object, name);
  if (values.size() != channels) throw Error(Code::kInternal, std::string(name) + " must have one value a channel");
  return values;
}

std::vector<uint32_t> rowsOf(Napi::Value value, size_t channels) {
  const NumericView view = toNumericView(value);
  if (view.type != ElementType::kUint32) throw Error(Code::kInternal, "rows must be uint32");
  const uint32_t* rows = static_cast<const uint32_t*>(view.data);
  for (size_t i = 0; i < view.length; i++) {
    if (rows[i] >= channels) throw Error(Code::kInternal, "a row lies outside the traces");
  }
  return {rows, rows + view.length};
}

NoiseKind noiseOf(const std::string& name) {
  if (name == "deviation") return NoiseKind::kDeviation;
  if (name == "si-mad") return NoiseKind::kSiMad;
  if (name == "mad") return NoiseKind::kMad;
  if (name == "quiroga") return NoiseKind::kQuiroga;
  if (name == "std") return NoiseKind::kStd;
  if (name == "rms") return NoiseKind::kRms;
  return NoiseKind::kNone;
}

PeakMethod methodOf(const std::string& name) {
  if (name == "locally-exclusive") return PeakMethod::kLocallyExclusive;
  if (name == "dead-time") return PeakMethod::kDeadTime;
  return name == "crossings" ? PeakMethod::kCrossings : PeakMethod::kByChannel;
}

std::vector<Period> periodsOf(Napi::Object request, uint64_t samples) {
  const std::vector<double> flat = numbersOf(request, "blanked");
  std::vector<Period> periods;
  for (size_t i = 0; i + 1 < flat.size(); i += 2) {
    periods.push_back({static_cast<uint64_t>(flat[i]), std::min(static_cast<uint64_t>(flat[i + 1]), samples)});
  }
  return merged(std::move(periods), 0);
}

}  // namespace

Reference toReference(Napi::Object object, size_t channels) {
  Reference reference;
  reference.median = object.Get("median").ToBoolean();
  const Napi::Array sets = object.Get("sets").As<Napi::Array>();
  for (uint32_t i = 0; i < sets.Length(); i++) {
    const Napi::Object set = Napi::Value(sets[i]).As<Napi::Object>();
    reference.sets.push_back({rowsOf(set.Get("from"), channels), rowsOf(set.Get("to"), channels)});
  }
  return reference;
}

TraceTask toTraceTask(Napi::Object request) {
  TraceTask task;
  task.channels = static_cast<size_t>(numberOf(request, "channels", 0));
  task.samples = static_cast<uint64_t>(numberOf(request, "samples", 0));
  if (task.channels == 0 || task.samples == 0) throw Error(Code::kInternal, "a recording has channels and samples");
  task.sos = toSos(request.Get("sos"));
  task.offsets = oneAChannel(request, "offsets", task.channels);
  task.gains = oneAChannel(request, "gains", task.channels);
  task.offsetsUv = oneAChannel(request, "offsetsUv", task.channels);
  task.reference = toReference(request.Get("reference").As<Napi::Object>(), task.channels);
  task.blanked = periodsOf(request, task.samples);
  task.blankFirst = request.Get("blankFirst").ToBoolean();
  task.margin = static_cast<uint64_t>(numberOf(request, "margin", 0));
  if (request.Get("saturation").IsObject()) {
    const Napi::Object saturation = request.Get("saturation").As<Napi::Object>();
    task.saturation.wanted = true;
    task.saturation.limitUv = numberOf(saturation, "limitUv", 0);
    task.saturation.hasSlope = saturation.Get("slopeUvPerSample").IsNumber();
    task.saturation.slopeUv = numberOf(saturation, "slopeUvPerSample", 0);
    task.saturation.proportion = numberOf(saturation, "proportion", 0.2);
    task.saturation.mergeGap = static_cast<uint64_t>(numberOf(saturation, "mergeGapSamples", 1));
  }
  task.threads = static_cast<size_t>(numberOf(request, "threads", 0));
  task.memoryBytes = static_cast<size_t>(numberOf(request, "memoryBytes", 67108864));
  return task;
}

PeakTask toPeakTask(Napi::Object request, size_t channels) {
  PeakTask task;
  task.method = methodOf(request.Get("method").ToString());
  const std::string sign = request.Get("sign").ToString();
  task.sign = sign == "pos" ? PeakSign::kPositive : sign == "both" ? PeakSign::kBoth : PeakSign::kNegative;
  task.sweep = static_cast<uint64_t>(numberOf(request, "sweep", 0));
  task.dead = static_cast<uint64_t>(numberOf(request, "dead", 0));
  task.align = static_cast<uint64_t>(numberOf(request, "align", 1));
  task.hysteresis = request.Get("hysteresis").ToBoolean();
  task.thresholds = oneAChannel(request, "thresholds", channels);
  task.inNoise = request.Get("inNoise").ToBoolean();
  task.noise = noiseOf(request.Get("noise").ToString());
  task.givenNoise = numbersOf(request, "givenNoise");
  if (!task.givenNoise.empty() && task.givenNoise.size() != channels) {
    throw Error(Code::kInternal, "the noise must have one value a channel");
  }
  task.bad.assign(channels, 0);
  for (const uint32_t row : rowsOf(request.Get("bad"), channels)) task.bad[row] = 1;
  const Napi::Array neighbours = request.Get("neighbours").As<Napi::Array>();
  for (uint32_t c = 0; c < neighbours.Length(); c++) task.neighbours.push_back(rowsOf(neighbours[c], channels));
  if (task.method == PeakMethod::kLocallyExclusive && task.neighbours.size() != channels) {
    throw Error(Code::kInternal, "each channel must have a list of neighbours");
  }
  task.maxAmplitudeUv = numberOf(request, "maxAmplitudeUv", task.maxAmplitudeUv);
  task.channelCap = static_cast<uint64_t>(numberOf(request, "channelCap", 1e7));
  task.maxPeaks = numberOf(request, "maxPeaks", task.maxPeaks);
  if (request.Get("windows").IsObject()) {
    const Napi::Object windows = request.Get("windows").As<Napi::Object>();
    task.windows.before = static_cast<uint64_t>(numberOf(windows, "before", 0));
    task.windows.after = static_cast<uint64_t>(numberOf(windows, "after", 0));
    const Napi::Array of = windows.Get("channels").As<Napi::Array>();
    for (uint32_t c = 0; c < of.Length(); c++) task.windows.channels.push_back(rowsOf(of[c], channels));
    if (task.windows.channels.size() != channels) throw Error(Code::kInternal, "each channel must have its windows");
  }
  return task;
}

CoherenceTask toCoherenceTask(Napi::Object request, const TraceTask& traces) {
  CoherenceTask task;
  task.gains = traces.gains;
  task.order = rowsOf(request.Get("order"), traces.channels);
  if (task.order.size() != traces.channels) throw Error(Code::kInternal, "the order must have each channel once");
  task.length = static_cast<size_t>(numberOf(request, "length", 0));
  for (const double start : numbersOf(request, "starts")) {
    if (!(start >= 0 && start + static_cast<double>(task.length) <= static_cast<double>(traces.samples))) {
      throw Error(Code::kInternal, "a chunk lies outside the recording");
    }
    task.starts.push_back(static_cast<uint64_t>(start));
  }
  task.fsHz = numberOf(request, "fsHz", 1);
  task.segment = static_cast<size_t>(numberOf(request, "segment", 1));
  task.share = numberOf(request, "nyquistShare", 0.8);
  task.psdLimit = numberOf(request, "psdLimit", 0.02);
  task.dead = numberOf(request, "dead", -0.5);
  task.noisy = numberOf(request, "noisy", 1);
  task.outside = numberOf(request, "outside", -0.75);
  task.neighbours = static_cast<size_t>(numberOf(request, "neighbours", 11));
  task.outsideTop = request.Get("outsideTop").ToBoolean();
  task.outsideBottom = request.Get("outsideBottom").ToBoolean();
  return task;
}

std::vector<SnippetUnit> toSnippetUnits(Napi::Array units, size_t channels, uint64_t samples, size_t length) {
  std::vector<SnippetUnit> out;
  for (uint32_t i = 0; i < units.Length(); i++) {
    const Napi::Object unit = Napi::Value(units[i]).As<Napi::Object>();
    SnippetUnit& made = out.emplace_back();
    made.channels = rowsOf(unit.Get("channels"), channels);
    for (const double start : numbersOf(unit, "starts")) {
      if (!(start >= 0 && start + static_cast<double>(length) <= static_cast<double>(samples))) {
        throw Error(Code::kInternal, "a snippet lies outside the recording");
      }
      made.starts.push_back(static_cast<uint64_t>(start));
    }
  }
  return out;
}

}  // namespace spikelab::bindings
