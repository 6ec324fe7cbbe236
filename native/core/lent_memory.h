// Memory of allocateLarge that JavaScript's arrays stand on, and that work may still read when these are gone.
//
// A worker that is terminated frees the external memory of all its arrays first, referenced or not, and waits for
// nobody (node::Environment::RunCleanup of Node 20.20: before any cleanup hook that an addon can add). So work on
// another thread holds the memory itself: a reference to the array does not keep it.
#pragma once

#include <cstddef>
#include <utility>

namespace spikelab {

// From here on JavaScript owns this memory of allocateLarge, of at least one byte.
void lendMemory(void* memory, size_t bytes);

// It does not: nobody has held it yet.
void forgetLoan(void* memory);

// JavaScript is done with it: freed now, or with the last that holds it.
void returnMemory(void* memory);

// Keeps the lent memory that an address lies in; nothing where it lies in none, as in JavaScript's own.
class HeldMemory {
 public:
  explicit HeldMemory(const void* address);
  HeldMemory(HeldMemory&& other) noexcept : memory_(std::exchange(other.memory_, nullptr)) {}
  HeldMemory(const HeldMemory&) = delete;
  HeldMemory& operator=(const HeldMemory&) = delete;
  HeldMemory& operator=(HeldMemory&&) = delete;
  ~HeldMemory();

  bool holds() const { return memory_ != nullptr; }

 private:
  void* memory_ = nullptr;
};

}  // namespace spikelab
