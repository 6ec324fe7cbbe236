// The kernels that sum tiles and look for samples above limits, of every instruction set that this CPU has, against one
// sample of one lane at a time.
#include <functional>

#include "check.h"
#include "tiles.h"

using namespace spikelab;

namespace {

void observes(const Setting& with, Measure measure, const std::function<double(double)>& plain) {
  auto& [kernels, random, count] = with;
  TileBuffer tile = randomTile(random, count);
  if (count > 3) {
    tile.row(1)[3] = std::numeric_limits<double>::quiet_NaN();
    tile.row(2)[4] = -std::numeric_limits<double>::infinity();
  }
  Observation seen;
  for (size_t lane = 0; lane < kLanes; lane++) {
    seen.shift[lane] = uniform(random);
    // some limits are met exactly, which is not above
    seen.limit[lane] = lane % 3 == 0 && count ? plain(tile.row(count / 2)[lane]) : 0.3 * uniform(random);
  }
  seen.measure = measure;
  // not initialised beyond what is asked for
  std::unique_ptr<uint16_t[]> masks(new uint16_t[count]);
  seen.masks = masks.get();
  kernels.observe(tile.row(0), count, seen);
  double sum[kLanes] = {}, squares[kLanes] = {};
  for (size_t t = 0; t < count; t++) {
    unsigned wanted = 0;
    for (size_t lane = 0; lane < kLanes; lane++) {
      const double y = tile.row(t)[lane];
      wanted |= (plain(y) > seen.limit[lane] ? 1u : 0u) << lane;
      sum[lane] += y - seen.shift[lane];
      squares[lane] += (y - seen.shift[lane]) * (y - seen.shift[lane]);
    }
    CHECK(masks[t] == wanted);
  }
  for (size_t lane = 0; lane < kLanes; lane++) {
    const bool finite = std::isfinite(sum[lane]);
    CHECK(finite == std::isfinite(seen.sum[lane]));
    if (!finite) continue;
    CHECK(std::abs(seen.sum[lane] - sum[lane]) < 1e-12 * static_cast<double>(count + 1));
    CHECK(std::abs(seen.squares[lane] - squares[lane]) < 1e-12 * static_cast<double>(count + 1));
  }
}

// Samples of equal height, and of heights that only rounding tells apart, in a row: all could be the first above.
TileBuffer tileWithTies(Random& random, size_t count) {
  TileBuffer tile = randomTile(random, count);
  for (size_t i = kLanes; i < count * kLanes; i++) {
    double& y = tile.row(0)[i];
    const double before = tile.row(0)[i - kLanes];
    const double ties[] = {before, before * (1 - 1e-9), before * (1 - 1e-3), -before};
    if (const size_t which = draw(random, 12); which < 4) y = ties[which];
    if (draw(random, 50) == 0) y = std::numeric_limits<double>::quiet_NaN();
  }
  return tile;
}

void findsEdges(const Setting& with, Measure measure, const std::function<double(double)>& plain) {
  auto& [kernels, random, count] = with;
  // the first row is the one before
  TileBuffer tile = tileWithTies(random, count + 1);
  EdgeSearch search;
  search.measure = measure;
  const auto anywhere = [&](size_t lane) { return plain(tile.row(draw(random, count + 1))[lane]); };
  double limit[kLanes];
  for (size_t lane = 0; lane < kLanes; lane++) {
    // some limits are met exactly, which is not above; there is no limit for some lanes and no highest for others
    limit[lane] = lane % 5 == 4   ? std::numeric_limits<double>::infinity()
                  : lane % 3 == 0 ? std::max(0.0, anywhere(lane))
                                  : 0.1 + 0.1 * uniform(random);
    const double highest = lane % 7 == 6   ? std::numeric_limits<double>::infinity()
                           : lane % 3 == 1 ? anywhere(lane)
                                           : 0.3 + 0.1 * uniform(random);
    search.highest[lane] = std::max(highest, limit[lane]);
  }
  // what was found before stays
  const unsigned known = 1u << draw(random, kLanes);
  search.passed = known;
  std::unique_ptr<uint16_t[]> masks(new uint16_t[count]);
  for (size_t t = 0; t < count; t++) {
    masks[t] = 0;
    for (size_t lane = 0; lane < kLanes; lane++) {
      masks[t] = static_cast<uint16_t>(masks[t] | (plain(tile.row(t + 1)[lane]) > limit[lane] ? 1u : 0u) << lane);
    }
  }
  kernels.edges(tile.row(1), tile.row(0), count, search, masks.get());
  unsigned passed = known;
  for (size_t t = 0; t < count; t++) {
    unsigned wanted = 0;
    for (size_t lane = 0; lane < kLanes; lane++) {
      const double before = plain(tile.row(t)[lane]), value = plain(tile.row(t + 1)[lane]);
      if (!(value > limit[lane])) continue;
      const bool high = before > search.highest[lane], falls = before > value * (1 + 1e-6);
      wanted |= (high || falls ? 0u : 1u) << lane;
      passed |= (high ? 1u : 0u) << lane;
    }
    CHECK(masks[t] == wanted);
  }
  CHECK(search.passed == passed);
}

void all(const Kernels& kernels, Random& random) {
  const uint64_t sign = uint64_t{1} << 63;
  const std::pair<Measure, std::function<double(double)>> measures[] = {
      {{~sign, 0}, [](double y) { return std::abs(y); }},
      {{~uint64_t{0}, 0}, [](double y) { return y; }},
      {{~uint64_t{0}, sign}, [](double y) { return -y; }},
  };
  for (const size_t count : {0, 1, 2, 3, 4, 7, 8, 16, 31, 64, 129, 1000}) {
    const Setting with{kernels, random, count};
    for (const auto& [measure, plain] : measures) {
      observes(with, measure, plain);
      findsEdges(with, measure, plain);
    }
  }
}

}  // namespace

int main() {
  forAllKernels(all);
}
