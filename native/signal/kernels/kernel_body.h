// The kernels in terms of Vector, kWidth and the functions on them; included once for each instruction set, inside a
// namespace of its own. Nothing here may come from the standard library: a shared inline function compiled for AVX-512
// could be the copy that the linker keeps.

// each builds on those before it
// clang-format off
#include "kernel_cascade.h"
#include "kernel_columns.h"
#include "kernel_stage.h"
#include "kernel_observe.h"
#include "kernel_sweeps.h"
// clang-format on
