#include "landlock.h"

#ifdef __linux__

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <set>

namespace spikelab {
namespace {

// Numbers and layouts of <linux/landlock.h>, which older headers lack: the kernel that runs decides, not the one of the
// build.
constexpr long kCreateRuleset = 444, kAddRule = 445, kRestrictSelf = 446;
constexpr uint32_t kVersionFlag = 1;
constexpr int kPathBeneath = 1;

constexpr uint64_t kExecute = 1 << 0, kWriteFile = 1 << 1, kReadFile = 1 << 2, kReadDir = 1 << 3;
constexpr uint64_t kMakeChar = 1 << 6, kMakeSock = 1 << 9, kMakeBlock = 1 << 11, kRefer = 1 << 13, kTruncate = 1 << 14;
constexpr uint64_t kIoctlDevice = 1 << 15;
constexpr uint64_t kFirstVersion = (1 << 13) - 1;
constexpr uint64_t kOfFiles = kExecute | kWriteFile | kReadFile | kTruncate | kIoctlDevice;

struct RulesetAttr {
  uint64_t files;
  uint64_t network;
  uint64_t scoped;
};

struct __attribute__((packed)) PathAttr {
  uint64_t allowed;
  int32_t parent;
};

uint64_t knownAccess(int version) {
  uint64_t known = kFirstVersion;
  if (version >= 2) known |= kRefer;
  if (version >= 3) known |= kTruncate;
  if (version >= 5) known |= kIoctlDevice;
  return known;
}

int createRuleset(int version, bool network) {
  RulesetAttr attr{};
  attr.files = knownAccess(version);
  if (version >= 4 && !network) attr.network = 3;  // bind and connect, TCP
  if (version >= 6) attr.scoped = 3;               // abstract UNIX sockets and signals to outside
  const size_t size = version < 4 ? 8 : version < 6 ? 16 : 24;
  return static_cast<int>(syscall(kCreateRuleset, &attr, size, 0));
}

void allow(int ruleset, const std::string& path, uint64_t access) {
  const int fd = open(path.c_str(), O_PATH | O_CLOEXEC);
  if (fd < 0) return;
  struct stat found {};
  if (fstat(fd, &found) == 0) {
    PathAttr attr{S_ISDIR(found.st_mode) ? access : access & kOfFiles, fd};
    syscall(kAddRule, ruleset, kPathBeneath, &attr, 0);
  }
  close(fd);
}

// Landlock restricts the thread that asks for it. The others, of which the runtime has started some by now, are made to
// ask by a signal.
std::atomic<int> sharedRuleset{-1};
std::atomic<int> restricted{0};

void onSignal(int) {
  const int saved = errno;
  prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  if (syscall(kRestrictSelf, sharedRuleset.load(), 0) == 0) restricted++;
  errno = saved;
}

bool blocks(int thread, int signal) {
  char path[64], line[256];
  std::snprintf(path, sizeof path, "/proc/self/task/%d/status", thread);
  FILE* status = std::fopen(path, "re");
  if (!status) return true;
  uint64_t blocked = 0;
  while (std::fgets(line, sizeof line, status))
    if (std::strncmp(line, "SigBlk:", 7) == 0) blocked = std::strtoull(line + 7, nullptr, 16);
  std::fclose(status);
  return (blocked >> (signal - 1)) & 1;
}

std::set<int> otherThreads() {
  std::set<int> threads;
  DIR* folder = opendir("/proc/self/task");
  if (!folder) return threads;
  const int self = static_cast<int>(syscall(SYS_gettid));
  while (const dirent* entry = readdir(folder))
    if (const int thread = std::atoi(entry->d_name); thread > 0 && thread != self) threads.insert(thread);
  closedir(folder);
  return threads;
}

void restrictOtherThreads(int ruleset) {
  const int signal = SIGRTMAX - 1;
  struct sigaction action {
  }, before{};
  action.sa_handler = onSignal;
  action.sa_flags = SA_RESTART;
  if (sigaction(signal, &action, &before) != 0) return;
  sharedRuleset = ruleset;
  restricted = 0;
  std::set<int> asked;
  int sent = 0;
  // a thread that is not restricted yet may start another: until there is none that was not asked
  for (bool more = true; more;) {
    more = false;
    for (const int thread : otherThreads()) {
      if (!asked.insert(thread).second || blocks(thread, signal)) continue;
      more = true;
      if (syscall(SYS_tgkill, getpid(), thread, signal) == 0) sent++;
    }
    for (int waited = 0; restricted < sent && waited < 200; waited++) usleep(1000);
  }
  sigaction(signal, &before, nullptr);
}

}  // namespace

int restrictFiles(const std::vector<std::string>& read, const std::vector<std::string>& write, bool network) {
  const int version = static_cast<int>(syscall(kCreateRuleset, nullptr, 0, kVersionFlag));
  if (version < 1) return 0;
  const int ruleset = createRuleset(version, network);
  if (ruleset < 0) return 0;
  for (const auto& path : read) allow(ruleset, path, kReadFile | kReadDir);
  const uint64_t writing = knownAccess(version) & ~(kExecute | kMakeChar | kMakeSock | kMakeBlock | kIoctlDevice);
  for (const auto& path : write) allow(ruleset, path, writing);
  restrictOtherThreads(ruleset);
  const bool done = syscall(kRestrictSelf, ruleset, 0) == 0;
  close(ruleset);
  return done ? version : 0;
}

}  // namespace spikelab

#endif
