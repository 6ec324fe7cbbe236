// Kernels for 64-bit ARM.
#include "instances.h"
#include "kernels.h"

#ifdef SPIKELAB_NEON
#include <arm_neon.h>

namespace spikelab::neon {
namespace {
#include "vector_neon.h"
// after the vectors it is made of
#include "kernel_body.h"
}  // namespace

const Kernels kTable = {"neon",     stage,       stageForward, forward, backward,  backwardObserved, backwardState,
                        observe,    edges,       bands,        unstage, toColumns, fromColumns,      exchange,
                        sortBlocks, splitBlocks, gather,       takeOff, takeOffAll};

}  // namespace spikelab::neon
#endif
