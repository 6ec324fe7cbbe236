// The tables that the kernel files define.
#pragma once

#include "kernels.h"

#if defined(__x86_64__) && defined(__GNUC__)
#define SPIKELAB_X86 1
#endif
#if defined(__aarch64__) && defined(__ARM_NEON)
#define SPIKELAB_NEON 1
#endif

namespace spikelab {

namespace baseline {
extern const Kernels kTable;
}
#ifdef SPIKELAB_X86
namespace avx2 {
extern const Kernels kTable;
}
namespace avx512 {
extern const Kernels kTable;
}
#endif
#ifdef SPIKELAB_NEON
namespace neon {
extern const Kernels kTable;
}
#endif

}  // namespace spikelab
