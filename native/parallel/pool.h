// The process-wide compute threads. Work is split into indices that are taken one after the other, so uneven items
// balance.
#pragma once

#include <cstddef>
#include <functional>

#include "control.h"

namespace spikelab {

// CPUs this process may use: the smaller of its affinity mask and its cgroup's quota, at least 1.
size_t threadLimit();

// Threads to use for a request; 0 means all that threadLimit() allows. Larger requests are honoured up to 256.
size_t resolveThreads(size_t requested);

// Calls body(index, worker) for each index in [0, count), on at most `threads` threads, the caller's own among them.
// `worker` is in [0, threads) and distinguishes threads that run at the same time: use it to pick a scratch buffer.
// Returns when all are done. The first exception stops the remaining items and is thrown here; so is cancellation.
void parallelFor(size_t count, size_t threads, Control& control,
                 const std::function<void(size_t index, size_t worker)>& body);

}  // namespace spikelab
