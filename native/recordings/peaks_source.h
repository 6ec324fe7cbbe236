// Peaks straight from where the samples are: memory, or what a native source reads.
#pragma once

#include "../signal/peaks/peak_detector.h"
#include "frame_source.h"

namespace spikelab {

// Both go on until the detector wants nothing more.
void feedFromMemory(PeakDetector& detector, const TracesView& traces, Control& control);
// The next piece is read while one is worked on.
void feedFromSource(PeakDetector& detector, FrameSource& source, size_t threads, Control& control);

// How the pieces of a source are best cut.
PieceShape shapeOf(const FrameSource& source, size_t memoryBytes);

}  // namespace spikelab
