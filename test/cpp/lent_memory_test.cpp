// Memory that is lent to JavaScript and held by work: who frees it, and when. AddressSanitizer and its leak check say
// the same of each line.
#include "../../native/core/lent_memory.h"

#include <cstdio>
#include <optional>

#include "../../native/core/large_memory.h"
#include "check.h"

using namespace spikelab;

namespace {

constexpr size_t kBytes = 8192;

char* lend() {
  char* const memory = static_cast<char*>(allocateLarge(kBytes, kLargeResult));
  memory[0] = memory[kBytes - 1] = 7;
  lendMemory(memory, kBytes);
  return memory;
}

}  // namespace

int main() {
  // what is held stays until the last holder is gone, whoever ends first
  char* memory = lend();
  {
    const HeldMemory first(memory);
    std::optional<HeldMemory> second(std::in_place, memory + kBytes - 1);
    CHECK(first.holds() && second->holds());
    returnMemory(memory);
    CHECK(memory[0] == 7);
    second.reset();
    CHECK(memory[kBytes - 1] == 7);
    // JavaScript has returned it: nothing new may begin to read there
    CHECK(!HeldMemory(memory).holds());
  }

  // its last byte belongs to it, the next does not, nor does the one before
  memory = lend();
  CHECK(HeldMemory(memory + kBytes - 1).holds());
  CHECK(!HeldMemory(memory + kBytes).holds());
  CHECK(!HeldMemory(memory - 1).holds());
  CHECK(!HeldMemory(nullptr).holds());
  {
    HeldMemory moved{HeldMemory(memory)};
    CHECK(moved.holds());
  }
  // its holders came and went: freed with this
  returnMemory(memory);

  // what was never lent is nobody's
  memory = lend();
  forgetLoan(memory);
  CHECK(!HeldMemory(memory).holds());
  freeLarge(memory);
  std::puts("lent memory: all passed");
}
