#include "lent_memory.h"

#include <functional>
#include <map>
#include <mutex>

#include "large_memory.h"

namespace spikelab {
namespace {

struct Lent {
  size_t bytes = 0;
  size_t holders = 0;
  bool returned = false;
};

// Lent memory by the address it starts at.
struct Register {
  std::mutex mutex;
  std::map<void*, Lent, std::less<>> lent;
};

// Never destroyed: JavaScript returns its arrays until the process ends.
Register& all() {
  static Register* const instance = new Register;
  return *instance;
}

}  // namespace

void lendMemory(void* memory, size_t bytes) {
  std::lock_guard<std::mutex> lock(all().mutex);
  all().lent[memory] = {bytes};
}

void forgetLoan(void* memory) {
  std::lock_guard<std::mutex> lock(all().mutex);
  all().lent.erase(memory);
}

void returnMemory(void* memory) {
  {
    std::lock_guard<std::mutex> lock(all().mutex);
    const auto found = all().lent.find(memory);
    found->second.returned = true;
    if (found->second.holders > 0) return;
    all().lent.erase(found);
  }
  freeLarge(memory);
}

HeldMemory::HeldMemory(const void* address) {
  std::lock_guard<std::mutex> lock(all().mutex);
  auto after = all().lent.upper_bound(address);
  if (after == all().lent.begin()) return;
  auto& [memory, lent] = *--after;
  if (lent.returned || !std::less<>()(address, static_cast<const char*>(memory) + lent.bytes)) return;
  lent.holders++;
  memory_ = memory;
}

HeldMemory::~HeldMemory() {
  if (!memory_) return;
  {
    std::lock_guard<std::mutex> lock(all().mutex);
    const auto found = all().lent.find(memory_);
    if (--found->second.holders > 0 || !found->second.returned) return;
    all().lent.erase(found);
  }
  freeLarge(memory_);
}

}  // namespace spikelab
