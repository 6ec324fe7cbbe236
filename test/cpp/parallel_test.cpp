// The pool: every index once, exceptions and cancellation from any thread, calls inside calls and beside each other.
#include <atomic>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "check.h"
#include "parallel/pool.h"

using namespace spikelab;

namespace {

void everyIndexOnceByItsOwnWorker(size_t count, size_t threads) {
  std::vector<int> calls(count);
  // written without a lock: a race here would mean that two threads had the same worker number at a time
  std::vector<size_t> scratch(threads);
  std::atomic<size_t> inside{0};
  Control control;
  parallelFor(count, threads, control, [&](size_t index, size_t worker) {
    CHECK(worker < threads);
    CHECK(++inside <= threads);
    calls[index]++;
    scratch[worker] += index;
    inside--;
  });
  size_t sum = 0, wanted = 0;
  for (const size_t s : scratch) sum += s;
  for (size_t i = 0; i < count; i++) {
    CHECK(calls[i] == 1);
    wanted += i;
  }
  CHECK(sum == wanted);
}

void theFirstExceptionStopsTheRest(size_t threads) {
  for (size_t bad = 0; bad < 40; bad += 13) {
    std::atomic<size_t> ran{0};
    Control control;
    std::string message;
    try {
      parallelFor(1'000'000, threads, control, [&](size_t index, size_t) {
        ran++;
        if (index >= bad) throw std::runtime_error("item " + std::to_string(index));
      });
    } catch (const std::runtime_error& error) {
      message = error.what();
    }
    // of several that fail at once the lowest
    CHECK(message == "item " + std::to_string(bad));
    // at most one more from each thread
    CHECK(ran <= bad + threads);
  }
}

void cancellationEndsIt(size_t threads) {
  Control control;
  std::atomic<size_t> ran{0};
  bool cancelled = false;
  try {
    parallelFor(1'000'000'000, threads, control, [&](size_t index, size_t) {
      ran++;
      if (index == 20) control.cancel();
    });
  } catch (const Error& error) {
    cancelled = error.code() == Code::kCancelled;
  }
  CHECK(cancelled);
  // other threads may have taken an index before 20 and then seen the end
  CHECK(ran + threads > 21 && ran < 1'000'000'000);
}

void cancelledBeforeItBegins(size_t threads) {
  Control control;
  control.cancel();
  bool cancelled = false;
  try {
    parallelFor(5, threads, control, [](size_t, size_t) { CHECK(false); });
  } catch (const Error& error) {
    cancelled = error.code() == Code::kCancelled;
  }
  CHECK(cancelled);
}

// All threads of the pool wait for work that only the pool can do: must not deadlock.
void callsInsideCalls() {
  std::atomic<size_t> total{0};
  Control control;
  parallelFor(8, 4, control, [&](size_t, size_t) {
    parallelFor(8, 4, control, [&](size_t, size_t) { parallelFor(8, 4, control, [&](size_t, size_t) { total++; }); });
  });
  CHECK(total == 512);
}

void exceptionsPassThroughCallsInsideCalls() {
  Control control;
  bool thrown = false;
  try {
    parallelFor(16, 4, control, [&](size_t outer, size_t) {
      parallelFor(16, 4, control, [&](size_t inner, size_t) {
        if (outer == 7 && inner == 9) throw std::runtime_error("inner");
      });
    });
  } catch (const std::runtime_error&) {
    thrown = true;
  }
  CHECK(thrown);
}

void callsBesideEachOther() {
  std::vector<std::thread> callers;
  std::vector<size_t> sums(6);
  for (size_t caller = 0; caller < sums.size(); caller++) {
    callers.emplace_back([&, caller] {
      Control control;
      std::atomic<size_t> sum{0};
      for (int round = 0; round < 50; round++) {
        parallelFor(100, 1 + caller % 4, control, [&](size_t index, size_t) { sum += index; });
      }
      sums[caller] = sum;
    });
  }
  for (std::thread& caller : callers) caller.join();
  for (const size_t sum : sums) CHECK(sum == 50 * 4950);
}

// What the body uses may be gone as soon as the call has returned.
void nobodyComesLate() {
  for (int round = 0; round < 2000; round++) {
    Control control;
    auto here = std::make_unique<std::atomic<size_t>>(0);
    parallelFor(3, 4, control, [&](size_t, size_t) { (*here)++; });
    CHECK(*here == 3);
  }
}

}  // namespace

int main() {
  for (const size_t count : {0, 1, 2, 3, 100, 5000}) {
    for (const size_t threads : {1, 2, 3, 4, 9}) everyIndexOnceByItsOwnWorker(count, threads);
  }
  for (const size_t threads : {1, 2, 4}) {
    theFirstExceptionStopsTheRest(threads);
    cancellationEndsIt(threads);
    cancelledBeforeItBegins(threads);
  }
  callsInsideCalls();
  exceptionsPassThroughCallsInsideCalls();
  callsBesideEachOther();
  nobodyComesLate();
  CHECK(threadLimit() >= 1);
  CHECK(resolveThreads(0) == threadLimit() && resolveThreads(3) == 3 && resolveThreads(100'000) == 256);
  std::puts("parallel: all passed");
}
