// The kernels that fill, filter and empty tiles, of every instruction set that this CPU has, against one sample of one
// lane at a time.
#include <bit>
#include <cstdio>

#include "check.h"
#include "tiles.h"

using namespace spikelab;

namespace {

Coefficients randomSections(Random& random, Form form, int sections) {
  Coefficients c;
  c.form = form;
  c.sections = sections;
  for (int k = 0; k < sections; k++) {
    c.b0[k] = form == Form::kExact ? 0.5 + uniform(random) : 1;
    c.b1[k] = form == Form::kBandpass ? 0 : uniform(random);
    c.b2[k] = form == Form::kBandpass ? -1 : uniform(random);
    c.a1[k] = uniform(random);
    c.a2[k] = 0.5 * uniform(random);
  }
  return c;
}

State randomState(Random& random) {
  State state{};
  for (auto& section : state.s) {
    for (auto& delay : section) {
      for (double& value : delay) value = uniform(random);
    }
  }
  return state;
}

double step(const Coefficients& c, State& state, size_t lane, double x) {
  for (int k = 0; k < c.sections; k++) {
    double &s1 = state.s[k][0][lane], &s2 = state.s[k][1][lane];
    const double y = c.b0[k] * x + s1;
    s1 = (c.b1[k] * x - c.a1[k] * y) + s2;
    s2 = c.b2[k] * x - c.a2[k] * y;
    x = y;
  }
  return x;
}

// The exact form to the last bit; the others may round otherwise.
bool agree(Form form, double a, double b) {
  return form == Form::kExact ? std::bit_cast<uint64_t>(a) == std::bit_cast<uint64_t>(b) : std::abs(a - b) < 1e-12;
}

void filters(const Setting& with, Form form, int sections, bool backward) {
  auto& [kernels, random, count] = with;
  const Coefficients c = randomSections(random, form, sections);
  TileBuffer input = randomTile(random, count), tile(count);
  std::copy(input.row(0), input.row(count), tile.row(0));
  const State before = randomState(random);
  State state = before, plain = before, stateOnly = before, observedState = before;
  (backward ? kernels.backward : kernels.forward)(c, state, tile.row(0), count);
  std::vector<double> wanted(count * kLanes);
  for (size_t i = 0; i < count; i++) {
    const size_t t = backward ? count - 1 - i : i;
    for (size_t lane = 0; lane < kLanes; lane++) {
      wanted[t * kLanes + lane] = step(c, plain, lane, input.row(t)[lane]);
    }
  }
  for (size_t i = 0; i < wanted.size(); i++) CHECK(agree(form, tile.row(0)[i], wanted[i]));
  if (backward) {
    kernels.backwardState(c, stateOnly, input.row(0), count);
    Observation seen;
    TileBuffer again(count);
    std::copy(input.row(0), input.row(count), again.row(0));
    kernels.backwardObserved(c, observedState, again.row(0), count, seen);
    CHECK(std::equal(again.row(0), again.row(count), tile.row(0)));
  }
  for (int k = 0; k < sections; k++) {
    for (int delay = 0; delay < 2; delay++) {
      for (size_t lane = 0; lane < kLanes; lane++) {
        CHECK(agree(form, state.s[k][delay][lane], plain.s[k][delay][lane]));
        if (!backward) continue;
        CHECK(stateOnly.s[k][delay][lane] == state.s[k][delay][lane]);
        CHECK(observedState.s[k][delay][lane] == state.s[k][delay][lane]);
      }
    }
  }
}

void stages(const Setting& with, ElementType type, Layout layout) {
  auto& [kernels, random, count] = with;
  if (count == 0) return;
  const Recording recording = makeRecording(random, type, kLanes, count);
  const Piece piece(recording, layout);
  Lanes lanes{type, piece.view().sampleStride, {}};
  const bool shuffled = draw(random, 2) == 0;
  size_t source[kLanes];
  for (size_t lane = 0; lane < kLanes; lane++) {
    source[lane] = shuffled ? draw(random, kLanes) : lane;
    lanes.rows[lane] = piece.view().at(source[lane], 0);
  }
  TileBuffer tile(count), fused(count);
  double peak[kLanes] = {}, fusedPeak[kLanes] = {};
  kernels.stage(lanes, count, tile.row(0), peak);
  for (size_t lane = 0; lane < kLanes; lane++) {
    double largest = 0;
    for (size_t t = 0; t < count; t++) {
      const double x = recording.channels[source[lane]][t];
      CHECK(tile.row(t)[lane] == x);
      largest = std::max(largest, std::abs(x));
    }
    CHECK(peak[lane] == largest);
  }
  const Coefficients c = randomSections(random, Form::kBandpass, 3);
  State one = randomState(random), two = one;
  if (!kernels.stageForward(c, one, lanes, count, fused.row(0), fusedPeak)) return;
  kernels.forward(c, two, tile.row(0), count);
  CHECK(std::equal(fused.row(0), fused.row(count), tile.row(0)));
  CHECK(std::equal(peak, peak + kLanes, fusedPeak));
}

void unstages(const Setting& with) {
  auto& [kernels, random, count] = with;
  TileBuffer tile = randomTile(random, count);
  double scale[kLanes];
  std::vector<std::vector<double>> out(kLanes);
  double* rows[kLanes];
  for (size_t lane = 0; lane < kLanes; lane++) {
    scale[lane] = uniform(random);
    // rows begin at any address of a double
    out[lane].assign(count + lane % 3, 7);
    rows[lane] = lane % 5 == 2 ? nullptr : out[lane].data() + lane % 3;
  }
  kernels.unstage(tile.row(0), count, scale, rows);
  for (size_t lane = 0; lane < kLanes; lane++) {
    for (size_t t = 0; t < count; t++) {
      CHECK(out[lane][lane % 3 + t] == (rows[lane] ? tile.row(t)[lane] * scale[lane] : 7));
    }
  }
}

void all(const Kernels& kernels, Random& random) {
  for (const size_t count : {0, 1, 2, 3, 4, 7, 8, 16, 31, 64, 129, 1000}) {
    const Setting with{kernels, random, count};
    for (const Form form : {Form::kBandpass, Form::kGeneral, Form::kExact}) {
      for (int sections = 1; sections <= kMaxFused; sections++) {
        filters(with, form, sections, false);
        filters(with, form, sections, true);
      }
    }
    for (int type = 0; type < 10; type++) {
      for (const Layout layout : {Layout{false, 0}, Layout{false, 3}, Layout{true, 0}, Layout{true, 5}}) {
        stages(with, static_cast<ElementType>(type), layout);
      }
    }
    unstages(with);
  }
}

}  // namespace

int main() {
  forAllKernels(all);
}
