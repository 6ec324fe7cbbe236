// Detection straight from where the samples are, in one job.
#pragma once

#include "../signal/detect/detect.h"
#include "frame_source.h"

namespace spikelab {

// The spikes of detect() in about `memoryBytes`. The next piece is read while one is filtered. Progress: samples of
// channels, the first time that they go by.
Detection detectSource(FrameSource& source, const DetectOptions& options, size_t memoryBytes, Control& control,
                       size_t pieceSamples = 0);

}  // namespace spikelab
