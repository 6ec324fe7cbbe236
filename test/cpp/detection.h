// Detection in memory and piece by piece, and its comparison with the scalar reference.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <string>

#include "recordings.h"
#include "scalar_reference.h"
#include "signal/detect/stream_detector.h"

namespace spikelab {

using Results = std::vector<scalar::Found>;

inline Results resultsOf(const Detection& detection) {
  Results out;
  for (size_t c = 0; c < detection.noise.size(); c++) {
    const double* times = detection.times.data();
    out.push_back(
        {detection.noise[c],
         {times + static_cast<size_t>(detection.offsets[c]), times + static_cast<size_t>(detection.offsets[c + 1])}});
  }
  return out;
}

inline Results inMemory(const Recording& recording, const DetectOptions& options, Layout layout) {
  Control control;
  return resultsOf(detect(Piece(recording, layout).view(), options, control, nullptr));
}

inline Detection detectInPieces(const Recording& recording, const DetectOptions& options, Layout layout,
                                size_t memoryBytes, size_t exactBytes = size_t{16} << 20) {
  Control control;
  const size_t channels = recording.channels.size();
  StreamDetector detector(channels, recording.samples(), options,
                          {memoryBytes / 3, channels * elementBytes(recording.type), 0, size_t{8} << 20, exactBytes});
  for (Stretch wanted; detector.next(wanted);) {
    const auto& named = wanted.channels.empty() ? recording.all() : wanted.channels;
    const Piece piece(recording, named, wanted.start, wanted.count, layout);
    detector.deliver(TracesPiece::of(piece.view()), control);
  }
  return detector.result();
}

inline Results inPieces(const Recording& recording, const DetectOptions& options, Layout layout, size_t memoryBytes) {
  return resultsOf(detectInPieces(recording, options, layout, memoryBytes));
}

inline void same(const Results& found, const Results& wanted, const std::string& what) {
  bool equal = found.size() == wanted.size();
  for (size_t c = 0; equal && c < wanted.size(); c++) {
    const double a = found[c].noise, b = wanted[c].noise;
    // the noise of what is flat is rounding itself
    const double tolerance = 1e-9 * std::abs(b) + 1e-14 * wanted[c].peak;
    equal = (std::isnan(a) && std::isnan(b)) || std::abs(a - b) <= tolerance;
    if (equal && found[c].times == wanted[c].times) continue;
    std::fprintf(stderr, "channel %zu: noise %.17g, wanted %.17g; %zu spikes, wanted %zu\n", c, a, b,
                 found[c].times.size(), wanted[c].times.size());
    equal = false;
  }
  if (equal) return;
  std::fprintf(stderr, "not the reference's spikes: %s\n", what.c_str());
  std::exit(1);
}

}  // namespace spikelab
