// The inner loops of the signal path, built once for each instruction set and chosen at run time.
//
// All work on tiles: double[samples][kLanes], time downwards. Every lane goes through the same operations in the same
// order whatever the vector width, so only the fusing of multiply and add differs between instruction sets.
#pragma once

#include "../filter/samples.h"

namespace spikelab {

// How a group of sections is computed.
enum class Form {
  // numerators [1, 0, -1], any order of operations
  kBandpass,
  // numerators [1, b1, b2], any order of operations
  kGeneral,
  // numerators [b0, b1, b2], exactly in the order of scipy.signal.sosfilt, nothing fused
  kExact,
};

// Up to kMaxFused sections that one sweep over a tile applies.
constexpr int kMaxFused = 3;
struct Coefficients {
  Form form = Form::kGeneral;
  int sections = 0;
  double b0[kMaxFused] = {}, b1[kMaxFused] = {}, b2[kMaxFused] = {}, a1[kMaxFused] = {}, a2[kMaxFused] = {};
};

// Two delays a section and lane.
struct State {
  alignas(64) double s[kMaxFused][2][kLanes];
};

// What a sample is compared by: (y & keep) ^ flip makes |y|, y or -y.
struct Measure {
  uint64_t keep, flip;
};

// What a stretch of a tile is summed and searched for.
struct Observation {
  alignas(64) double shift[kLanes] = {};
  alignas(64) double limit[kLanes] = {};
  // out: sums of (y - shift) and of its square
  alignas(64) double sum[kLanes] = {};
  alignas(64) double squares[kLanes] = {};
  Measure measure = {};
  // out: bit `lane` of masks[t] where measure(tile[t][lane]) > limit[lane]; null: sums only
  uint16_t* masks = nullptr;
};

// What samples above the limit are searched for: those that could be the first above the threshold.
struct EdgeSearch {
  // No threshold is expected above this.
  alignas(64) double highest[kLanes] = {};
  Measure measure = {};
  // out: bit `lane` where a sample was passed over because the one before it is above `highest`
  unsigned passed = 0;
};

// Bands of values around a centre, of each lane: up to `middle` from it, and from `inner` to `outer`. Below 0: no band.
struct Bands {
  alignas(64) double centre[kLanes] = {};
  alignas(64) double middle[kLanes] = {-1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1};
  alignas(64) double inner[kLanes] = {-1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1};
  alignas(64) double outer[kLanes] = {-1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1};
  // added to: how many lie below the middle band, and nearer to the centre than `inner`
  alignas(64) double below[kLanes] = {};
  alignas(64) double nearer[kLanes] = {};
};

// Samples of each channel that are compared across channels side by side.
constexpr size_t kColumns = 8;
// The smaller of two numbers to `low`, the larger to `high`.
struct Exchange {
  uint32_t low, high;
};

// Rows that are sorted at once, as many as registers hold.
constexpr size_t kBlockRows = 16;
// What is wanted of a block after a split: nothing, all of it sorted, or of the lower one its largest number as its
// last row, of the higher one its smallest as its first.
enum class Want : uint8_t { kNothing, kAll, kEnd };
struct Split {
  uint32_t lowBlock, highBlock;
  Want low, high;
};

struct Kernels {
  const char* name;
  // Converts `count` samples of the lanes into a tile and raises peak[lane] to the largest |x|.
  void (*stage)(const Lanes& lanes, size_t count, double* tile, double* peak);
  // stage and forward in one sweep: only for band-passes of kMaxFused sections; false where there is no such kernel.
  bool (*stageForward)(const Coefficients& c, State& state, const Lanes& lanes, size_t count, double* tile,
                       double* peak);
  // Filters the tile in place, forward in time.
  void (*forward)(const Coefficients& c, State& state, double* tile, size_t count);
  // The same from the last sample to the first.
  void (*backward)(const Coefficients& c, State& state, double* tile, size_t count);
  // Like backward, and observes what comes out.
  void (*backwardObserved)(const Coefficients& c, State& state, double* tile, size_t count, Observation& seen);
  // Like backward, but leaves the tile as it was: only the state is wanted.
  void (*backwardState)(const Coefficients& c, State& state, const double* tile, size_t count);
  // Observes a tile as it is.
  void (*observe)(const double* tile, size_t count, Observation& seen);
  // masks[t] has the lanes whose samples are above the limit; leaves those that could be the first above some threshold
  // between the limit and `highest`: the one before it is not above that, nor, beyond any rounding, above the sample
  // itself. `before` is the row before the first, whatever its samples are.
  void (*edges)(const double* tile, const double* before, size_t count, EdgeSearch& search, uint16_t* masks);
  // masks[t] has the lanes whose samples lie in one of the bands; counts the others.
  void (*bands)(const double* tile, size_t count, Bands& bands, uint16_t* masks);
  // Writes a tile, times `scale`, to rows of float64: rows[lane][t]. A null row is left out.
  void (*unstage)(const double* tile, size_t count, const double* scale, double* const* rows);
  // kColumns samples of a tile, turned: columns[lane][sample]; and back.
  void (*toColumns)(const double* tile, double* columns);
  void (*fromColumns)(const double* columns, double* tile);
  // Exchanges among columns[i][kColumns], in each of the samples. Numbers that are NaN may get lost.
  void (*exchange)(const Exchange* network, size_t count, double* columns);
  // Each of so many blocks of 16 rows of columns, sorted in each of the samples; the same about NaN.
  void (*sortBlocks)(double* columns, size_t blocks);
  // The 16 smaller numbers of two sorted blocks to one of them, the larger ones to the other.
  void (*splitBlocks)(const Split* splits, size_t count, double* columns);
  // These rows to columns, one behind another. False where a sum of them is NaN.
  bool (*gather)(const uint32_t* from, size_t count, const double* rows, double* columns);
  // out = rows - shifts, of these rows.
  void (*takeOff)(const double* shifts, const uint32_t* of, size_t count, const double* rows, double* out);
  // tile -= shifts, of all lanes in each of `count` samples.
  void (*takeOffAll)(const double* shifts, size_t count, double* tile);
};

// The kernels of this process: the best that the CPU has, or what the environment variable SPIKELAB_ISA names
// (baseline, avx2, avx512; baseline, neon on 64-bit ARM). Throws Error(kOption) for a name that this CPU or build does
// not have.
const Kernels& kernels();

// All that this CPU can run, slowest first.
size_t availableKernels(const Kernels* out[3]);

}  // namespace spikelab
