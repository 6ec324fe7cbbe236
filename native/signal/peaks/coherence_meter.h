// How alike channels are to all others, and how much noise they have at high frequencies: IBL's marks of bad channels,
// as SpikeInterface computes them.
#pragma once

#include <vector>

#include "trace_consumer.h"

namespace spikelab {

struct CoherenceTask {
  // µV a step of each channel
  std::vector<double> gains;
  // channels from the tip of the probe up
  std::vector<uint32_t> order;
  // Chunks of so many samples; rising.
  std::vector<uint64_t> starts;
  size_t length = 0;
  double fsHz = 1;
  // Samples of a segment of Welch's method, and the share of the highest frequency from which noise counts.
  size_t segment = 1;
  double share = 0.8;
  double psdLimit = 0.02, dead = -0.5, noisy = 1, outside = -0.75;
  // Channels that the trend is the median of.
  size_t neighbours = 11;
  bool outsideTop = true, outsideBottom = false;
};

// One a channel. Labels: 0 good, 1 dead, 2 noise, 3 out; that of most chunks. Features: medians over the chunks.
struct CoherenceResult {
  std::vector<double> labels, similarity, trend, psdHf;
};

class CoherenceMeter : public TraceConsumer {
 public:
  explicit CoherenceMeter(CoherenceTask task);
  void add(double* const* tiles, uint64_t start, size_t count, size_t threads, Control& control) override;
  CoherenceResult result() const;

 private:
  void measure(uint64_t start, size_t threads, Control& control);
  void copyChannel(size_t index, uint64_t start);
  double highFrequencies(const double* y) const;
  void label(const std::vector<double>& similarity, const std::vector<double>& psd);

  CoherenceTask task_;
  size_t channels_, ring_ = 0, next_;
  // of each channel, in order: the last samples that went by, at sample % ring_
  std::vector<std::vector<double>> kept_;
  // one chunk in µV
  std::vector<double> chunk_;
  // Hann, and the waves of the frequencies that count: [sample][frequency]
  std::vector<double> window_, cosine_, sine_, weight_;
  size_t frequencies_ = 0;
  // of each chunk
  std::vector<std::vector<double>> labels_, similarity_, trend_, psd_;
};

}  // namespace spikelab
