// Seccomp: which system calls the threads of this process may make.
#pragma once

namespace spikelab {

// Refuses, for all threads and for good: new processes and programs, other processes' memory and signals, namespaces
// and mounts, io_uring, keys, kernel modules and tracing; without `network` also sockets. Returns whether that is in
// place.
bool installSyscallFilter(bool network);

}  // namespace spikelab
