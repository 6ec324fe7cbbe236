#include "pool.h"

#include <algorithm>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <exception>
#include <fstream>
#include <memory>
#include <mutex>
#include <sstream>
#include <string>
#include <thread>

#ifdef __linux__
#include <sched.h>
#endif

namespace spikelab {
namespace {

// More than any machine that this was seen on has CPUs; a wrong number of the caller starts no more.
constexpr size_t kMaxThreads = 256;

#ifdef __linux__
// CPUs granted by a cgroup's CPU quota (v2 cpu.max, v1 cfs_quota), 0 where there is none.
size_t cgroupCpus() {
  double quota = 0, period = 0;
  std::ifstream v2("/sys/fs/cgroup/cpu.max");
  std::string word;
  if (v2 >> word >> period && word != "max") {
    std::istringstream(word) >> quota;
  } else {
    std::ifstream q("/sys/fs/cgroup/cpu/cpu.cfs_quota_us"), p("/sys/fs/cgroup/cpu/cpu.cfs_period_us");
    if (!(q >> quota) || !(p >> period)) return 0;
  }
  if (quota <= 0 || period <= 0) return 0;
  return std::max<size_t>(1, static_cast<size_t>(quota / period + 0.5));
}
#endif

// One parallelFor call: threads take indices until none is left.
struct Region {
  size_t count;
  Control* control;
  const std::function<void(size_t, size_t)>* body;
  std::atomic<size_t> next{0};
  std::atomic<size_t> workers{0};
  std::atomic<bool> stop{false};
  std::mutex mutex;
  std::condition_variable idle;
  size_t running = 0;
  // That of the lowest index: all below it were taken before, so which one is told does not depend on chance.
  std::exception_ptr failure;
  size_t failed = SIZE_MAX;

  void run(size_t worker) {
    size_t index = 0;
    try {
      while (!stop.load(std::memory_order_relaxed)) {
        index = next.fetch_add(1, std::memory_order_relaxed);
        if (index >= count) return;
        control->check();
        (*body)(index, worker);
      }
    } catch (...) {
      stop = true;
      std::lock_guard<std::mutex> lock(mutex);
      if (index >= failed) return;
      failed = index;
      failure = std::current_exception();
    }
  }
};

// Threads are made when first needed and live as long as the process. The pool is never destroyed: at exit its threads
// may still wait on its condition variable.
class Pool {
 public:
  static Pool& instance() {
    static Pool* pool = new Pool;
    return *pool;
  }

  void offer(const std::shared_ptr<Region>& region, size_t helpers) {
    std::lock_guard<std::mutex> lock(mutex_);
    for (size_t i = 0; i < helpers; i++) queue_.push_back(region);
    while (threads_ < std::min(kMaxThreads, queue_.size() + busy_)) {
      std::thread([this] { work(); }).detach();
      threads_++;
    }
    wake_.notify_all();
  }

  // Offers that no thread has taken up by the time the region is done are withdrawn.
  void withdraw(const std::shared_ptr<Region>& region) {
    std::lock_guard<std::mutex> lock(mutex_);
    queue_.erase(std::remove(queue_.begin(), queue_.end(), region), queue_.end());
  }

 private:
  void work() {
    std::unique_lock<std::mutex> lock(mutex_);
    for (;;) {
      wake_.wait(lock, [this] { return !queue_.empty(); });
      std::shared_ptr<Region> region = std::move(queue_.front());
      queue_.pop_front();
      {
        // Joining under the pool's lock: after withdraw() nobody can join any more.
        std::lock_guard<std::mutex> joined(region->mutex);
        region->running++;
      }
      busy_++;
      lock.unlock();
      region->run(region->workers.fetch_add(1) + 1);
      {
        std::lock_guard<std::mutex> left(region->mutex);
        if (--region->running == 0) region->idle.notify_all();
      }
      lock.lock();
      busy_--;
    }
  }

  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::shared_ptr<Region>> queue_;
  size_t threads_ = 0;
  size_t busy_ = 0;
};

}  // namespace

size_t threadLimit() {
  static const size_t limit = [] {
    size_t cpus = std::max(1u, std::thread::hardware_concurrency());
#ifdef __linux__
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) == 0) cpus = std::max(1, CPU_COUNT(&set));
    if (const size_t quota = cgroupCpus()) cpus = std::min(cpus, quota);
#endif
    return std::min(cpus, kMaxThreads);
  }();
  return limit;
}

size_t resolveThreads(size_t requested) {
  return requested == 0 ? threadLimit() : std::min(requested, kMaxThreads);
}

void parallelFor(size_t count, size_t threads, Control& control,
                 const std::function<void(size_t index, size_t worker)>& body) {
  threads = std::min(resolveThreads(threads), count);
  if (threads <= 1) {
    for (size_t i = 0; i < count; i++) {
      control.check();
      body(i, 0);
    }
    return;
  }
  auto region = std::make_shared<Region>();
  region->count = count;
  region->control = &control;
  region->body = &body;
  Pool& pool = Pool::instance();
  pool.offer(region, threads - 1);
  region->run(0);
  pool.withdraw(region);
  std::unique_lock<std::mutex> lock(region->mutex);
  region->idle.wait(lock, [&] { return region->running == 0; });
  // taken out of the region, which a thread of the pool may be the last to let go of: the exception ends on this thread
  std::exception_ptr failure = std::move(region->failure);
  if (failure) std::rethrow_exception(std::move(failure));
}

}  // namespace spikelab
