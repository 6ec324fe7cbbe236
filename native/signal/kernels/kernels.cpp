#include "kernels.h"

#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "../../core/error.h"
#include "instances.h"

namespace spikelab {

size_t availableKernels(const Kernels* out[3]) {
  size_t count = 0;
  out[count++] = &baseline::kTable;
#ifdef SPIKELAB_X86
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) out[count++] = &avx2::kTable;
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw") &&
      __builtin_cpu_supports("avx512vl")) {
    out[count++] = &avx512::kTable;
  }
#endif
#ifdef SPIKELAB_NEON
  out[count++] = &neon::kTable;
#endif
  return count;
}

const Kernels& kernels() {
  const Kernels* all[3];
  const size_t count = availableKernels(all);
  const char* wanted = std::getenv("SPIKELAB_ISA");
  if (wanted == nullptr || *wanted == 0) return *all[count - 1];
  std::string names;
  for (size_t i = 0; i < count; i++) {
    if (std::strcmp(all[i]->name, wanted) == 0) return *all[i];
    names += std::string(i ? ", " : "") + all[i]->name;
  }
  throw Error(
      Code::kOption, "the environment variable SPIKELAB_ISA must be one of " + names + ", got " + wanted,
      {{"option", std::string("SPIKELAB_ISA")}, {"expected", "one of " + names}, {"received", std::string(wanted)}});
}

}  // namespace spikelab
