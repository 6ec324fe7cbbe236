// Cuts the traces around spikes, from traces that come from the last block to the first.
#pragma once

#include <vector>

#include "trace_consumer.h"

namespace spikelab {

struct SnippetUnit {
  std::vector<uint32_t> channels;
  // Where its windows begin; each lies within the recording. In any order.
  std::vector<uint64_t> starts;
};

// Of each unit: (channels, samples, spikes), (channels, samples), (channels, samples).
struct UnitCut {
  std::vector<float> waveforms;
  std::vector<double> average, deviation;
};

class SnippetCutter : public TraceConsumer {
 public:
  SnippetCutter(std::vector<SnippetUnit> units, size_t length, bool keep);

  void add(double* const* tiles, uint64_t start, size_t count, size_t threads, Control& control) override;
  // For units that are channels.
  bool takeFrom(const CandidateWindows& windows) override;
  std::vector<UnitCut> take();

 private:
  void cutUnit(size_t index, double* const* tiles, uint64_t start, size_t count);

  std::vector<SnippetUnit> units_;
  // of each unit: its windows by falling start; the first that is not done
  std::vector<std::vector<uint32_t>> order_;
  std::vector<size_t> open_;
  size_t length_;
  bool keep_;
  std::vector<UnitCut> cuts_;
};

}  // namespace spikelab
