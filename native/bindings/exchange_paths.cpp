#include <string>

#if defined(__linux__)
#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>
#elif defined(__APPLE__)
#include <stdio.h>
#endif

#include "bindings.h"

namespace spikelab::bindings {
namespace {

// By number: C libraries got a function for it long after the kernel (3.15).
bool exchange([[maybe_unused]] const char* a, [[maybe_unused]] const char* b) {
#if defined(__linux__) && defined(SYS_renameat2)
  constexpr unsigned kExchange = 1u << 1;
  return syscall(SYS_renameat2, AT_FDCWD, a, AT_FDCWD, b, kExchange) == 0;
#elif defined(__APPLE__)
  return renamex_np(a, b, RENAME_SWAP) == 0;
#else
  return false;
#endif
}

}  // namespace

// (a, b): each gets the other's place in one step; false, with nothing changed, where the system or the file system
// does not know how.
Napi::Value exchangePaths(const Napi::CallbackInfo& info) {
  const std::string a = info[0].ToString(), b = info[1].ToString();
  return Napi::Boolean::New(info.Env(), exchange(a.c_str(), b.c_str()));
}

}  // namespace spikelab::bindings
