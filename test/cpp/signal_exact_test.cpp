// The exact path, with checkpoints at every block and far apart: the samples of a scalar sosfiltfilt to the last bit,
// numpy's standard deviation to the last bit, and the spikes that follow.
#include <cstdio>

#include "check.h"
#include "detection.h"
#include "signal/exact/exact_lanes.h"
#include "signal/filter/butterworth.h"
#include "signal/kernels/kernels.h"

using namespace spikelab;

namespace {

// numpy's sum of up to a buffer of values: by halves, down to runs that eight accumulators add up.
double pairwise(const double* a, size_t n) {
  if (n < 8) {
    double sum = 0;
    for (size_t i = 0; i < n; i++) sum += a[i];
    return sum;
  }
  if (n <= 128) {
    double r[8];
    for (size_t k = 0; k < 8; k++) r[k] = a[k];
    size_t i = 8;
    for (; i + 8 <= n; i += 8) {
      for (size_t k = 0; k < 8; k++) r[k] += a[i + k];
    }
    double sum = ((r[0] + r[1]) + (r[2] + r[3])) + ((r[4] + r[5]) + (r[6] + r[7]));
    for (; i < n; i++) sum += a[i];
    return sum;
  }
  const size_t half = n / 2 / 8 * 8;
  return pairwise(a, half) + pairwise(a + half, n - half);
}

double numpySum(const scalar::Series& y) {
  double sum = 0;
  for (size_t t = 0; t < y.size(); t += 8192) sum += pairwise(y.data() + t, std::min<size_t>(8192, y.size() - t));
  return sum;
}

double numpyStd(scalar::Series y) {
  const double n = static_cast<double>(y.size()), mean = numpySum(y) / n;
  for (double& v : y) v = (v - mean) * (v - mean);
  return std::sqrt(numpySum(y) / n);
}

// Drives the lanes over the recording; `rows` gets the filtered samples of the first 16 channels. Returns how many
// blocks that took.
size_t drive(ExactLanes& exact, const Recording& recording, std::vector<scalar::Series>& rows) {
  double* pointers[kLanes] = {};
  for (size_t c = 0; c < std::min(kLanes, recording.channels.size()); c++) pointers[c] = rows[c].data();
  exact.writeTo(pointers);
  size_t blocks = 0;
  for (size_t start = 0, count = 0; exact.next(start, count); blocks++) {
    for (size_t tile = 0; tile < exact.tiles(); tile++) {
      TileBuffer block(count);
      for (size_t i = 0; i < count * kLanes; i++) {
        const size_t channel = tile * kLanes + i % kLanes;
        // what is in lanes without a channel does not matter
        block.row(0)[i] = channel < exact.lanes() ? recording.channels[channel][start + i / kLanes] : NAN;
      }
      exact.deliver(tile, block.row(0));
    }
    exact.endBlock();
  }
  return blocks;
}

std::vector<uint64_t> spikesOf(const scalar::Series& y, double threshold) {
  std::vector<uint64_t> out;
  for (size_t t = 1; t < y.size(); t++) {
    if (std::abs(y[t]) > threshold && !(std::abs(y[t - 1]) > threshold)) out.push_back(t);
  }
  return out;
}

void allStrides(Random& random, size_t channels, size_t samples, const Sos& sos) {
  const Recording recording = makeRecording(random, ElementType::kInt16, channels, samples);
  const FilterPlan plan = sos.empty() ? FilterPlan() : exactPlan(sos);
  std::vector<scalar::Series> wanted;
  for (const auto& x : recording.channels) wanted.push_back(sos.empty() ? x : scalar::sosfiltfilt(sos, x));
  const size_t blocks = (samples + 8191) / 8192;
  for (const size_t stride : {1, 2, 3, 5, 9, 10, 11, 40}) {
    const uint64_t cap = stride == 3 ? 7 : 1000;
    ExactTask task{sos.empty() ? nullptr : &plan, samples, {}, false, cap};
    task.search.sigma = 4;
    ExactLanes exact(kernels(), task, {channels, stride});
    auto rows = wanted;
    for (auto& row : rows) row.assign(samples, 0.0);
    const size_t delivered = drive(exact, recording, rows);
    if (sos.empty() || stride >= blocks || stride == 1) CHECK(delivered == blocks * (sos.empty() ? 3 : 4));
    CHECK(delivered <= 7 * blocks);
    for (size_t c = 0; c < channels; c++) {
      if (c < kLanes) CHECK(rows[c] == wanted[c]);
      const double deviation = numpyStd(wanted[c]);
      CHECK(exact.deviation(c) == deviation);
      std::vector<uint64_t> spikes(exact.spikes(c).rbegin(), exact.spikes(c).rend());
      std::vector<uint64_t> all = spikesOf(wanted[c], 4 * deviation);
      CHECK(all.size() > cap || cap == 1000);
      // one more than the cap says that there were more
      all.resize(std::min<size_t>(all.size(), cap + 1));
      CHECK(spikes == all);
    }
  }
}

// As much as is given is used, and no more, unless it is too little for one channel.
void sizes() {
  const size_t mega = size_t{1} << 20;
  for (const size_t samples : {size_t{30}, size_t{8'000'000}, size_t{1'080'000'000}, size_t{10'000'000'000}}) {
    const size_t blocks = (samples + 8191) / 8192;
    for (const size_t channels : {1, 3, 16, 64}) {
      const ExactSize size = exactSize(samples, 3, channels, 16 * mega);
      CHECK(size.lanes >= 1 && size.lanes <= channels && size.stride >= 1);
      const size_t states = (blocks + size.stride - 1) / size.stride + size.stride - 1;
      CHECK(size.lanes * (blocks * 8 + states * 6 * 8) <= 16 * mega);
      if (samples <= 8'000'000) CHECK(size.lanes == channels && size.stride == 1);
    }
  }
  CHECK(exactSize(1'080'000'000, 3, 1, 16 * mega).stride == 1);
  CHECK(exactSize(size_t{1} << 40, 3, 64, mega).lanes == 1);
}

void inPiecesOfFewLanes(Random& random) {
  const Recording recording = makeRecording(random, ElementType::kFloat32, 37, 30'000);
  DetectOptions options;
  options.threads = 2;
  for (const Noise noise : {Noise::kDeviation, Noise::kMedian}) {
    options.noise = noise;
    options.sos = designButterworth(3, 1e-4, 1e-2);
    Results wanted;
    for (const auto& x : recording.channels) wanted.push_back(scalar::detect(x, options));
    // all channels at once; some; one by one
    for (const size_t bytes : {size_t{16} << 20, size_t{2'000}, size_t{1}}) {
      same(resultsOf(detectInPieces(recording, options, {true}, 1 << 20, bytes)), wanted,
           "exact, in " + std::to_string(bytes) + " bytes");
    }
  }
}

}  // namespace

int main() {
  Random random(3);
  allStrides(random, 5, 80'000, designButterworth(3, 0.03, 0.6));
  allStrides(random, 21, 8192 * 10, designButterworth(4, 0.01, 0.3));
  allStrides(random, 2, 8192 * 3 + 5, designButterworth(2, 0, 0.1));
  allStrides(random, 3, 30'000, {});
  sizes();
  inPiecesOfFewLanes(random);
  std::puts("signal exact: all passed");
}
