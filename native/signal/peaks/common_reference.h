// Takes the median or the mean of some channels off others, sample by sample, as numpy computes them.
#pragma once

#include <vector>

#include "../../parallel/control.h"
#include "../filter/samples.h"
#include "selection_network.h"
#include "trace_task.h"

namespace spikelab {

class CommonReference {
 public:
  CommonReference() = default;
  explicit CommonReference(const Reference& reference);

  bool wanted() const { return !sets_.empty(); }
  // In place, samples [from, to) of tiles: channel c is lane c % 16 of tiles[c / 16].
  void apply(const Kernels& kernels, double* const* tiles, size_t channels, size_t from, size_t to) const;

 private:
  struct Set {
    std::vector<uint32_t> from, to;
    MedianNetwork network;
    // `from` is all channels up to some, in order: no copy is needed.
    bool leading;
  };
  void applyToAll(const Kernels& kernels, double* const* tiles, size_t whole, size_t from, size_t to) const;
  void shiftsOf(const Kernels& kernels, const Set& set, const double* rows, double* column, double* shifts) const;

  bool median_ = true;
  std::vector<Set> sets_;
  // Rows that a column needs.
  size_t largest_ = 0;
  // Channels that something is taken off.
  size_t changed_ = 0;
};

// The reference off traces as they are stored, plus an offset each: (channels, samples), rounded once.
void referenceTraces(const TracesView& traces, const CommonReference& reference, const std::vector<double>& offsets,
                     size_t threads, Control& control, float* out);

}  // namespace spikelab
