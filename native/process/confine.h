// What a process that reads strangers' files gives up for good: the rest of the file system, the network, other
// processes.
#pragma once

#include <string>
#include <vector>

namespace spikelab {

struct Confinement {
  std::vector<std::string> read;   // files, and folders with all below them; what does not exist is passed over
  std::vector<std::string> write;  // folders in which files may be made, changed and removed
  bool network = false;            // whether sockets may be made
  int parent = 0;                  // process that this one must not outlive; 0 for none
};

struct Confined {
  int landlock = 0;       // version of Landlock's ABI that was used, 0 where the kernel has none
  bool seccomp = false;   // whether the filter of system calls is in place, for every thread
  bool orphaned = false;  // the parent had ended before it could be watched
};

// Confines every thread of this process, and those that it starts from now on. Needs no privilege; cannot be undone.
// What the kernel does not know is left out, and the result says so: nothing of it is an error.
Confined confine(const Confinement& wanted);

}  // namespace spikelab
