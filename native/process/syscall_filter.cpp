#include "syscall_filter.h"

#if defined(__linux__) && (defined(__x86_64__) || defined(__aarch64__))

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace spikelab {
namespace {

#ifdef __x86_64__
constexpr uint32_t kArchitecture = AUDIT_ARCH_X86_64;
#else
constexpr uint32_t kArchitecture = AUDIT_ARCH_AARCH64;
#endif

// Numbers that are the same on both architectures, and that older headers lack.
constexpr uint32_t kPidfdSendSignal = 424, kIoUringSetup = 425, kIoUringRegister = 427, kPidfdOpen = 434, kClone3 = 435,
                   kPidfdGetfd = 438, kProcessMadvise = 440;

constexpr uint32_t kRefused[] = {
    SYS_execve,
    SYS_execveat,
#ifdef __x86_64__
    SYS_fork,
    SYS_vfork,
#endif
    SYS_ptrace,
    SYS_process_vm_readv,
    SYS_process_vm_writev,
    SYS_tkill,
    SYS_rt_sigqueueinfo,
    SYS_rt_tgsigqueueinfo,
    kPidfdSendSignal,
    kPidfdOpen,
    kPidfdGetfd,
    kProcessMadvise,
    SYS_mount,
    SYS_umount2,
    SYS_pivot_root,
    SYS_chroot,
    SYS_unshare,
    SYS_setns,
    SYS_bpf,
    SYS_perf_event_open,
    SYS_userfaultfd,
    SYS_keyctl,
    SYS_add_key,
    SYS_request_key,
    SYS_init_module,
    SYS_finit_module,
    SYS_delete_module,
    SYS_kexec_load,
};

constexpr uint32_t kOffsetOfNumber = offsetof(seccomp_data, nr);
constexpr uint32_t kOffsetOfArchitecture = offsetof(seccomp_data, arch);
// the lower half of the first argument: both architectures are little-endian
constexpr uint32_t kOffsetOfFirst = offsetof(seccomp_data, args);

constexpr uint32_t kAllow = SECCOMP_RET_ALLOW;
constexpr uint32_t refusal(int error) {
  return SECCOMP_RET_ERRNO | static_cast<uint32_t>(error);
}

class Program {
 public:
  void load(uint32_t offset) { add(BPF_LD | BPF_W | BPF_ABS, offset); }
  void answer(uint32_t result) { add(BPF_RET | BPF_K, result); }
  // The next `count` instructions run only where the loaded value is `value`.
  void onlyFor(uint32_t value, uint8_t count) { code_.push_back({BPF_JMP | BPF_JEQ | BPF_K, 0, count, value}); }
  void unless(uint32_t value, uint8_t count) { code_.push_back({BPF_JMP | BPF_JEQ | BPF_K, count, 0, value}); }
  void unlessBits(uint32_t bits, uint8_t count) { code_.push_back({BPF_JMP | BPF_JSET | BPF_K, count, 0, bits}); }
  void onlyFrom(uint32_t least, uint8_t count) { code_.push_back({BPF_JMP | BPF_JGE | BPF_K, 0, count, least}); }

  void refuse(uint32_t number, int error) {
    onlyFor(number, 1);
    answer(refusal(error));
  }

  // Allows the call to threads of this process only.
  void onlyToProcess(uint32_t number, uint32_t process) {
    onlyFor(number, 4);
    load(kOffsetOfFirst);
    unless(process, 1);
    answer(refusal(EPERM));
    answer(kAllow);
  }

  sock_fprog get() { return {static_cast<unsigned short>(code_.size()), code_.data()}; }

 private:
  void add(int code, uint32_t value) { code_.push_back({static_cast<uint16_t>(code), 0, 0, value}); }
  std::vector<sock_filter> code_;
};

}  // namespace

bool installSyscallFilter(bool network) {
  Program program;
  program.load(kOffsetOfArchitecture);
  program.unless(kArchitecture, 1);
  program.answer(SECCOMP_RET_KILL_PROCESS);
  program.load(kOffsetOfNumber);
#ifdef __x86_64__
  program.onlyFrom(0x40000000, 1);  // the x32 numbers, by which the list could be gone round
  program.answer(refusal(ENOSYS));
#endif
  for (const uint32_t number : kRefused) program.refuse(number, EPERM);
  // these make callers fall back: libuv to its threads, glibc to clone, whose flags can be seen
  program.refuse(kIoUringSetup, ENOSYS);
  program.refuse(kIoUringRegister, ENOSYS);
  program.refuse(kClone3, ENOSYS);
  if (!network) program.refuse(SYS_socket, EACCES);
  const auto self = static_cast<uint32_t>(getpid());
  program.onlyToProcess(SYS_kill, self);
  program.onlyToProcess(SYS_tgkill, self);
  // new threads are fine, new processes are not
  program.onlyFor(SYS_clone, 3);
  program.load(kOffsetOfFirst);
  program.unlessBits(CLONE_THREAD, 1);
  program.answer(refusal(EPERM));
  program.answer(kAllow);
  sock_fprog code = program.get();
  return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &code) == 0;
}

}  // namespace spikelab

#else

namespace spikelab {
bool installSyscallFilter(bool) {
  return false;
}
}  // namespace spikelab

#endif
