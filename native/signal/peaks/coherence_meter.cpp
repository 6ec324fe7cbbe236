#include "coherence_meter.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <numeric>

#include "../../parallel/pool.h"

namespace spikelab {
namespace {

// As numpy.median.
double medianOf(std::vector<double> values) {
  const size_t n = values.size();
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(n / 2);
  std::nth_element(values.begin(), middle, values.end());
  if (n % 2) return *middle;
  return (*std::max_element(values.begin(), middle) + *middle) / 2;
}

double meanOf(const double* values, size_t count) {
  return std::accumulate(values, values + count, 0.0) / static_cast<double>(count);
}

}  // namespace

CoherenceMeter::CoherenceMeter(CoherenceTask task)
    : task_(std::move(task)), channels_(task_.order.size()), next_(task_.starts.size()), kept_(channels_) {
  const size_t n = task_.segment = std::max<size_t>(1, std::min(task_.segment, task_.length));
  double power = 0;
  for (size_t i = 0; i < n; i++) {
    const double turn = static_cast<double>(i) / static_cast<double>(n);
    window_.push_back(n == 1 ? 1 : 0.5 - 0.5 * std::cos(2 * std::numbers::pi * turn));
    power += window_.back() * window_.back();
  }
  const double step = 1 / (static_cast<double>(n) * (1 / task_.fsHz));
  std::vector<size_t> chosen;
  for (size_t k = 0; k <= n / 2; k++) {
    if (!(static_cast<double>(k) * step > task_.fsHz / 2 * task_.share)) continue;
    chosen.push_back(k);
    // one-sided, but for 0 and the highest frequency of an even number
    weight_.push_back((k == 0 || 2 * k == n ? 1 : 2) / (task_.fsHz * power));
  }
  frequencies_ = chosen.size();
  for (size_t i = 0; i < n; i++) {
    for (const size_t k : chosen) {
      const double angle = 2 * std::numbers::pi * static_cast<double>(i * k % n) / static_cast<double>(n);
      cosine_.push_back(std::cos(angle));
      sine_.push_back(std::sin(angle));
    }
  }
  chunk_.resize(channels_ * task_.length);
}

void CoherenceMeter::add(double* const* tiles, uint64_t start, size_t count, size_t threads, Control& control) {
  if (ring_ == 0) {
    // the last block, which comes first, may be shorter than the others
    ring_ = task_.length + std::max<size_t>(count, 16384);
    for (std::vector<double>& kept : kept_) kept.resize(ring_);
  }
  parallelFor(channels_, threads, control, [&](size_t index, size_t) {
    const uint32_t c = task_.order[index];
    const double* y = tiles[c / kLanes] + c % kLanes;
    for (size_t t = 0; t < count; t++) kept_[index][(start + t) % ring_] = y[t * kLanes] * task_.gains[c];
  });
  while (next_ > 0 && task_.starts[next_ - 1] >= start) measure(task_.starts[--next_], threads, control);
}

void CoherenceMeter::copyChannel(size_t index, uint64_t start) {
  double* y = chunk_.data() + index * task_.length;
  for (size_t t = 0; t < task_.length; t++) y[t] = kept_[index][(start + t) % ring_];
  const double mean = meanOf(y, task_.length);
  for (size_t t = 0; t < task_.length; t++) y[t] -= mean;
}

// Welch's method: segments that overlap by half, each without its mean.
double CoherenceMeter::highFrequencies(const double* y) const {
  const size_t n = task_.segment, overlap = n / 2, step = n - overlap;
  const size_t segments = (task_.length - overlap) / step;
  std::vector<double> real(frequencies_), imaginary(frequencies_), density(frequencies_, 0.0);
  for (size_t s = 0; s < segments; s++) {
    const double* x = y + s * step;
    const double mean = meanOf(x, n);
    std::fill(real.begin(), real.end(), 0.0);
    std::fill(imaginary.begin(), imaginary.end(), 0.0);
    for (size_t i = 0; i < n; i++) {
      const double value = (x[i] - mean) * window_[i];
      const double* c = cosine_.data() + i * frequencies_;
      const double* d = sine_.data() + i * frequencies_;
      for (size_t k = 0; k < frequencies_; k++) {
        real[k] += value * c[k];
        imaginary[k] += value * d[k];
      }
    }
    for (size_t k = 0; k < frequencies_; k++)
      density[k] += (real[k] * real[k] + imaginary[k] * imaginary[k]) * weight_[k];
  }
  return meanOf(density.data(), frequencies_) / static_cast<double>(segments);
}

void CoherenceMeter::measure(uint64_t start, size_t threads, Control& control) {
  constexpr size_t kPart = 256;
  const size_t length = task_.length;
  parallelFor(channels_, threads, control, [&](size_t index, size_t) { copyChannel(index, start); });
  std::vector<double> common(length), similarity(channels_), psd(channels_);
  parallelFor((length + kPart - 1) / kPart, threads, control, [&](size_t part, size_t) {
    std::vector<double> column(channels_);
    for (size_t t = part * kPart; t < std::min(length, (part + 1) * kPart); t++) {
      for (size_t c = 0; c < channels_; c++) column[c] = chunk_[c * length + t];
      common[t] = medianOf(column);
    }
  });
  const double mean = meanOf(common.data(), length);
  for (double& value : common) value -= mean;
  const double power = std::inner_product(common.begin(), common.end(), common.begin(), 0.0);
  parallelFor(channels_, threads, control, [&](size_t index, size_t) {
    const double* y = chunk_.data() + index * length;
    similarity[index] = std::inner_product(common.begin(), common.end(), y, 0.0) / power;
    psd[index] = highFrequencies(y);
  });
  label(similarity, psd);
}

void CoherenceMeter::label(const std::vector<double>& similarity, const std::vector<double>& psd) {
  std::vector<double> trend(channels_), detrended(channels_), labels(channels_, 0.0);
  const size_t half = task_.neighbours / 2;
  for (size_t c = 0; c < channels_; c++) {
    const size_t from = c - std::min(c, half), to = std::min(channels_, c + half + 1);
    trend[c] = medianOf(
        {similarity.begin() + static_cast<std::ptrdiff_t>(from), similarity.begin() + static_cast<std::ptrdiff_t>(to)});
    detrended[c] = similarity[c] - trend[c];
    if (detrended[c] < task_.dead) labels[c] = 1;
    if (psd[c] > task_.psdLimit || detrended[c] > task_.noisy) labels[c] = 2;
  }
  const auto below = [&](size_t c) { return trend[c] < task_.outside + 1; };
  for (size_t c = channels_; task_.outsideTop && c > 0 && below(c - 1); c--) labels[c - 1] = 3;
  for (size_t c = 0; task_.outsideBottom && c < channels_ && below(c); c++) labels[c] = 3;
  labels_.push_back(labels);
  similarity_.push_back(detrended);
  trend_.push_back(trend);
  psd_.push_back(psd);
}

CoherenceResult CoherenceMeter::result() const {
  CoherenceResult out;
  for (std::vector<double>* values : {&out.labels, &out.similarity, &out.trend, &out.psdHf}) values->resize(channels_);
  for (size_t i = 0; i < channels_; i++) {
    const uint32_t c = task_.order[i];
    std::array<size_t, 4> votes{};
    std::vector<double> similarity, trend, psd;
    for (size_t k = 0; k < labels_.size(); k++) {
      votes[static_cast<size_t>(labels_[k][i])]++;
      similarity.push_back(similarity_[k][i]);
      trend.push_back(trend_[k][i]);
      psd.push_back(psd_[k][i]);
    }
    out.labels[c] = static_cast<double>(std::max_element(votes.begin(), votes.end()) - votes.begin());
    out.similarity[c] = medianOf(similarity);
    out.trend[c] = medianOf(trend);
    out.psdHf[c] = medianOf(psd);
  }
  return out;
}

}  // namespace spikelab
