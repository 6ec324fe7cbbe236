// Kernels for what every CPU of the architecture has.
#include "instances.h"
#include "kernels.h"

namespace spikelab::baseline {
namespace {
#include "vector_baseline.h"
// after the vectors it is made of
#include "kernel_body.h"
}  // namespace

const Kernels kTable = {"baseline", stage,       stageForward, forward, backward,  backwardObserved, backwardState,
                        observe,    edges,       bands,        unstage, toColumns, fromColumns,      exchange,
                        sortBlocks, splitBlocks, gather,       takeOff, takeOffAll};

}  // namespace spikelab::baseline
