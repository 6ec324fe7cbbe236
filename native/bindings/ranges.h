// Files that lie elsewhere: their bytes come from JavaScript.
#pragma once

#include <memory>

#include "../hdf5/library/file.h"
#include "../io/range_cache.h"
#include "job.h"

namespace spikelab::bindings {

// The cache behind an argument; null for null.
std::shared_ptr<RangeCache> rangesOf(const Napi::Value& value);

// Runs work on a file. Where bytes of it are not here, the result is { missing, expected } instead: Float64Arrays of
// starts and ends, which lib/addon/job.ts has brought before it calls again. `file` is null while it is being opened.
Convert withRanges(RangeCache* ranges, hdf5::File* file, const std::function<Convert()>& work);

}  // namespace spikelab::bindings
