// Medians across channels by exchanges, and median absolute deviations from one look at what samples describe, against
// sorting: noise, few distinct values, jumps, in whatever parts, with every instruction set.
#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include "check.h"
#include "signal/kernels/kernels.h"
#include "signal/peaks/joint_median.h"
#include "signal/peaks/selection_network.h"

using namespace spikelab;

namespace {

using Series = std::vector<double>;

double sortedMedian(Series y) {
  std::sort(y.begin(), y.end());
  const double a = y[(y.size() - 1) / 2], b = y[y.size() / 2];
  return y.size() % 2 ? a : (a + b) / 2;
}

double sortedDeviation(const Series& y, double centre) {
  Series sizes;
  for (const double v : y) sizes.push_back(std::abs(v - centre));
  return sortedMedian(sizes);
}

// 16 series side by side, shown in parts of random length.
// One look at the lanes, in pieces.
void lookAt(const Kernels& kernels, const std::vector<Series>& lanes, Bands& bands, std::vector<JointMedian>& joint,
            std::mt19937& random) {
  const size_t count = lanes[0].size();
  for (size_t from = 0; from < count;) {
    const size_t n = std::min<size_t>(count - from, 1 + random() % 3000);
    std::vector<double> tile(n * kLanes);
    for (size_t t = 0; t < n; t++) {
      for (size_t lane = 0; lane < kLanes; lane++) tile[t * kLanes + lane] = lanes[lane][from + t];
    }
    std::vector<uint16_t> masks(n);
    kernels.bands(tile.data(), n, bands, masks.data());
    for (size_t t = 0; t < n; t++) {
      for (size_t lane = 0; lane < kLanes; lane++) {
        const double size = std::abs(tile[t * kLanes + lane] - bands.centre[lane]);
        const bool kept = size <= bands.middle[lane] || (size >= bands.inner[lane] && size <= bands.outer[lane]);
        CHECK(kept == ((masks[t] >> lane & 1) != 0));
        if (!kept) continue;
        double* const room = joint[lane].room(1);
        *room = tile[t * kLanes + lane];
        joint[lane].keepUntil(room + 1);
      }
    }
    for (JointMedian& each : joint) {
      if (each.counts()) each.count();
    }
    from += n;
  }
}

// `counting`: so many looks that only count come first.
void measureLanes(const Kernels& kernels, const std::vector<Series>& lanes, bool centred, int counting,
                  std::mt19937& random, std::vector<bool>& exact, std::vector<double>& deviations) {
  const size_t count = lanes[0].size();
  std::vector<JointMedian> joint;
  Bands bands;
  for (size_t lane = 0; lane < kLanes; lane++) {
    std::vector<float> sample;
    for (size_t t = 0; t < count; t += 7) sample.push_back(static_cast<float>(lanes[lane][t]));
    joint.emplace_back(sample, centred);
    joint[lane].describe(bands, lane);
  }
  for (int look = 0; look < counting; look++) {
    for (JointMedian& each : joint) {
      CHECK(each.canNarrow());
      if (!each.failed()) each.startCounting();
    }
    lookAt(kernels, lanes, bands, joint, random);
    for (size_t lane = 0; lane < kLanes; lane++) {
      CHECK(joint[lane].kept() == 0);
      if (joint[lane].counts()) joint[lane].narrow(count, bands.below[lane], bands.nearer[lane]);
      joint[lane].describe(bands, lane);
      bands.below[lane] = bands.nearer[lane] = 0;
    }
  }
  lookAt(kernels, lanes, bands, joint, random);
  for (size_t lane = 0; lane < kLanes; lane++) {
    // of noise whose values do not repeat, but for zeros, nor do those of the samples as float32
    const bool continuous = lane < 8 && lane % 2 == 0;
    CHECK(counting == 0 || !continuous || joint[lane].kept() < count / 100);
    double deviation = 0;
    exact.push_back(joint[lane].end(count, bands.below[lane], bands.nearer[lane], deviation));
    deviations.push_back(deviation);
  }
}

// Of all kinds that a recording may have: the first eight are steady, so samples describe them.
std::vector<Series> makeLanes(size_t count, std::mt19937& random) {
  std::normal_distribution<double> normal;
  std::vector<Series> lanes(kLanes, Series(count));
  for (size_t lane = 0; lane < kLanes; lane++) {
    for (size_t t = 0; t < count; t++) {
      double v = normal(random) * 10 + static_cast<double>(lane);
      if (lane % 4 == 1) v = std::round(v / 3);
      if (lane % 4 == 2 && random() % 200 == 0) v -= 1000;
      if (lane % 4 == 3) v = v * 1e-5 + 1000;
      // taken off by a reference that the channel itself often is
      if (lane == 4) v = random() % 30 == 0 ? 0 : v - 4;
      if (lane >= 8 && t > count / 2) v = lane >= 12 ? v + 30 : 0;
      lanes[lane][t] = v;
    }
  }
  return lanes;
}

void deviationsAreExactOrKnownNotToBe(const Kernels& kernels, int counting) {
  std::mt19937 random(3);
  size_t found = 0, steady = 0, withZeros = 0;
  for (int round = 0; round < 12; round++) {
    const std::vector<Series> lanes = makeLanes(20000 + round % 2, random);
    const bool centred = round % 3 == 2;
    std::vector<bool> exact;
    std::vector<double> deviations;
    measureLanes(kernels, lanes, centred, counting, random, exact, deviations);
    for (size_t lane = 0; lane < kLanes; lane++) {
      if (!exact[lane]) continue;
      const double centre = centred ? 0 : sortedMedian(lanes[lane]);
      CHECK(deviations[lane] == sortedDeviation(lanes[lane], centre));
      found++;
      steady += lane < 8 ? 1 : 0;
      withZeros += lane == 4 ? 1 : 0;
    }
  }
  // chance may be against a few
  CHECK(steady >= 60);
  CHECK(withZeros >= 10);
  CHECK(found >= steady);
}

void whatSaysNothingFails() {
  double deviation = 0;
  JointMedian few(std::vector<float>(100, 1.0f), false);
  CHECK(few.failed() && !few.end(10, 0, 0, deviation));
  std::vector<float> nan(1000, 1.0f);
  nan[500] = std::nanf("");
  CHECK(JointMedian(nan, false).failed());
  CHECK(JointMedian(std::vector<float>(1000, 5.0f), false).failed());
}

void networksChooseTheMiddle(const Kernels& kernels) {
  std::mt19937 random(4);
  for (size_t count = 1; count <= 300; count += count < 130 ? 1 : 17) {
    const MedianNetwork network(count);
    for (int round = 0; round < 20; round++) {
      std::vector<double> columns(network.rows() * kColumns);
      // of zeros and ones it is right for all numbers
      for (size_t i = 0; i < count * kColumns; i++)
        columns[i] = round % 2 ? static_cast<double>(random() % 2) : static_cast<double>(random() % 1000);
      if (round == 0) columns[random() % (count * kColumns)] = std::numeric_limits<double>::infinity();
      std::vector<Series> wanted(kColumns);
      for (size_t i = 0; i < count * kColumns; i++) wanted[i % kColumns].push_back(columns[i]);
      network.choose(kernels, columns.data());
      for (size_t k = 0; k < kColumns; k++) {
        std::sort(wanted[k].begin(), wanted[k].end());
        CHECK(columns[network.lower() * kColumns + k] == wanted[k][(count - 1) / 2]);
        CHECK(columns[network.upper() * kColumns + k] == wanted[k][count / 2]);
      }
    }
  }
}

// A network that sorts all columns of zeros and ones sorts all numbers (Knuth, 5.3.4, theorem Z).
void blocksAreSorted(const Kernels& kernels) {
  std::vector<double> columns(kBlockRows * kColumns);
  for (unsigned from = 0; from < 1u << kBlockRows; from += kColumns) {
    for (size_t i = 0; i < columns.size(); i++) columns[i] = (from + i % kColumns) >> i / kColumns & 1;
    kernels.sortBlocks(columns.data(), 1);
    for (size_t i = kColumns; i < columns.size(); i++) CHECK(columns[i - kColumns] <= columns[i]);
  }
}

void rowsAreGathered(const Kernels& kernels) {
  const std::vector<uint32_t> of = {3, 0, 3};
  std::vector<double> rows(4 * kColumns), columns(of.size() * kColumns), out(4 * kColumns, -1);
  for (size_t i = 0; i < rows.size(); i++) rows[i] = static_cast<double>(i) + 0.5;
  CHECK(kernels.gather(of.data(), of.size(), rows.data(), columns.data()));
  std::vector<double> shifts(kColumns);
  for (size_t k = 0; k < kColumns; k++) shifts[k] = static_cast<double>(k * k);
  kernels.takeOff(shifts.data(), of.data(), 2, rows.data(), out.data());
  for (size_t k = 0; k < kColumns; k++) {
    for (size_t i = 0; i < of.size(); i++) CHECK(columns[i * kColumns + k] == rows[of[i] * kColumns + k]);
    for (size_t row = 0; row < 4; row++) {
      const bool changed = row == 0 || row == 3;
      CHECK(out[row * kColumns + k] == (changed ? rows[row * kColumns + k] - shifts[k] : -1));
    }
  }
  std::vector<double> tile(kColumns * kLanes);
  for (size_t i = 0; i < tile.size(); i++) tile[i] = static_cast<double>(i) * 1.5;
  kernels.takeOffAll(shifts.data(), kColumns - 1, tile.data());
  for (size_t i = 0; i < tile.size(); i++) {
    const size_t t = i / kLanes;
    CHECK(tile[i] == static_cast<double>(i) * 1.5 - (t + 1 < kColumns ? shifts[t] : 0));
  }
  for (size_t k = 0; k < kColumns; k++) {
    const double kept = rows[k];
    rows[k] = std::nan("");
    CHECK(!kernels.gather(of.data(), of.size(), rows.data(), columns.data()));
    rows[k] = kept;
  }
}

}  // namespace

int main() {
  const Kernels* all[3];
  const size_t count = availableKernels(all);
  for (size_t i = 0; i < count; i++) {
    for (int counting = 0; counting < 3; counting++) deviationsAreExactOrKnownNotToBe(*all[i], counting);
    networksChooseTheMiddle(*all[i]);
    blocksAreSorted(*all[i]);
    rowsAreGathered(*all[i]);
  }
  whatSaysNothingFails();
}
