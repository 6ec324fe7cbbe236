// Kernels for x86 CPUs with AVX512. The instruction set is set here and not by a compiler flag, so that one list of
// sources serves both builds; everything from the standard library is included before.
#include "instances.h"
#include "kernels.h"

#ifdef SPIKELAB_X86
#include <immintrin.h>

#ifdef __clang__
#pragma clang attribute push(__attribute__((target("avx512f,avx512dq,avx512bw,avx512vl,avx2,fma"))), \
                             apply_to = function)
#else
#pragma GCC push_options
#pragma GCC target("avx512f,avx512dq,avx512bw,avx512vl,avx2,fma")
#endif

namespace spikelab::avx512 {
namespace {
#include "vector_avx512.h"
// after the vectors it is made of
#include "kernel_body.h"
}  // namespace

#ifdef __clang__
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif

const Kernels kTable = {"avx512",   stage,       stageForward, forward, backward,  backwardObserved, backwardState,
                        observe,    edges,       bands,        unstage, toColumns, fromColumns,      exchange,
                        sortBlocks, splitBlocks, gather,       takeOff, takeOffAll};

}  // namespace spikelab::avx512
#endif
