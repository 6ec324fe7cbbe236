#include "job.h"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <list>
#include <mutex>
#include <new>
#include <optional>
#include <thread>

#include "../core/lent_memory.h"
#include "../parallel/pool.h"

namespace spikelab {
namespace {

class Runtime;

struct Job {
  explicit Job(Work w) : work(std::move(w)) {}

  Runtime* runtime = nullptr;
  napi_deferred deferred = nullptr;
  std::vector<Napi::Reference<Napi::Value>> borrowed;
  std::vector<HeldMemory> held;
  std::shared_ptr<Control> control = std::make_shared<Control>();
  Work work;
  // Set by the job thread before it posts, read by the JavaScript thread afterwards.
  Convert convert;
  std::optional<Error> failure;

  void run() {
    try {
      control->check();
      convert = work(*control);
    } catch (const Error& error) {
      failure.emplace(error);
    } catch (const std::bad_alloc&) {
      failure.emplace(Code::kInternal, "out of memory");
    } catch (const std::exception& error) {
      failure.emplace(Code::kInternal, error.what());
    } catch (...) {
      failure.emplace(Code::kInternal, "an unknown native exception");
    }
    work = nullptr;
  }
};

// Threads that drive jobs; the heavy parts of a job spread out over the compute pool. Never destroyed, like the pool.
class Drivers {
 public:
  static Drivers& instance() {
    static Drivers* drivers = new Drivers;
    return *drivers;
  }

  void post(std::function<void()> task) {
    std::lock_guard<std::mutex> lock(mutex_);
    queue_.push_back(std::move(task));
    if (idle_ < queue_.size() && threads_ < std::max<size_t>(4, 2 * threadLimit())) {
      std::thread([this] { drive(); }).detach();
      threads_++;
    }
    wake_.notify_one();
  }

 private:
  void drive() {
    std::unique_lock<std::mutex> lock(mutex_);
    for (;;) {
      idle_++;
      wake_.wait(lock, [this] { return !queue_.empty(); });
      idle_--;
      std::function<void()> task = std::move(queue_.front());
      queue_.pop_front();
      lock.unlock();
      task();
      task = nullptr;
      lock.lock();
    }
  }

  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::function<void()>> queue_;
  size_t threads_ = 0;
  size_t idle_ = 0;
};

// The jobs of one env (main thread or worker). One thread-safe function carries all results; it keeps the event loop
// alive only while jobs are live.
class Runtime {
 public:
  explicit Runtime(napi_env env) : env_(env) {
    napi_value name;
    napi_create_string_utf8(env, "spikelab jobs", NAPI_AUTO_LENGTH, &name);
    napi_create_threadsafe_function(env, nullptr, nullptr, name, 0, 1, nullptr, nullptr, nullptr, &Runtime::settle,
                                    &results_);
    napi_unref_threadsafe_function(env, results_);
    // Hooks run last in, first out: this one must run while the thread-safe function above still exists.
    napi_add_env_cleanup_hook(env, &Runtime::teardown, this);
  }

  // The JavaScript objects are made first: each of their calls throws where the environment is ending, and a job that
  // was counted but never posted would be waited for without end.
  Napi::Value start(Napi::Env env, const Borrowed& borrowed, Work work) {
    auto job = std::make_unique<Job>(std::move(work));
    job->runtime = this;
    for (const Napi::Value& value : borrowed) {
      job->borrowed.push_back(Napi::Reference<Napi::Value>::New(value, 1));
      hold(value, *job);
    }
    const Napi::Object handle = makeHandle(env, *job);
    if (live_.empty()) napi_ref_threadsafe_function(env, results_);
    live_.push_back(std::move(job));
    post(*live_.back());
    return handle;
  }

 private:
  static void hold(Napi::Value value, Job& job) {
    if (!value.IsTypedArray()) return;
    void* data = nullptr;
    napi_get_typedarray_info(value.Env(), value, nullptr, nullptr, &data, nullptr, nullptr);
    HeldMemory memory(data);
    if (memory.holds()) job.held.push_back(std::move(memory));
  }

  static Napi::Object makeHandle(Napi::Env env, Job& job) {
    napi_value promise = nullptr;
    if (napi_create_promise(env, &job.deferred, &promise) != napi_ok) throw Napi::Error::New(env);
    Napi::Object handle = Napi::Object::New(env);
    handle["result"] = promise;
    handle["cancel"] =
        Napi::Function::New(env, [control = job.control](const Napi::CallbackInfo&) { control->cancel(); });
    handle["progress"] = Napi::Function::New(env, [control = job.control](const Napi::CallbackInfo& info) {
      const double total = static_cast<double>(control->total());
      const double done = static_cast<double>(control->done());
      return Napi::Number::New(info.Env(), total > 0 ? std::min(1.0, done / total) : 0);
    });
    return handle;
  }

  void post(Job& job) {
    {
      std::lock_guard<std::mutex> lock(mutex_);
      working_++;
    }
    Drivers::instance().post([this, &job] {
      job.run();
      // Posting and the count change under one lock, so teardown cannot free the function in between.
      std::lock_guard<std::mutex> lock(mutex_);
      napi_call_threadsafe_function(results_, &job, napi_tsfn_nonblocking);
      working_--;
      done_.notify_all();
    });
  }

  // On the JavaScript thread. env is null when the environment is gone: then nobody waits for the promise.
  static void settle(napi_env env, napi_value, void*, void* data) {
    if (env == nullptr) return;
    Job& job = *static_cast<Job*>(data);
    Runtime& runtime = *job.runtime;
    Napi::HandleScope scope(env);
    try {
      conclude(env, job);
    } catch (...) {
      // worker.terminate() makes calls of Node-API fail at any point, even those that would make the error of another
    }
    runtime.live_.remove_if([&](const std::unique_ptr<Job>& other) { return other.get() == &job; });
    if (runtime.live_.empty()) napi_unref_threadsafe_function(env, runtime.results_);
  }

  // Not by Napi::Promise::Deferred, which throws where the environment is ending; the plain calls say so in a status.
  static void conclude(napi_env env, Job& job) {
    try {
      if (job.failure) throw *job.failure;
      napi_resolve_deferred(env, job.deferred, job.convert(env));
    } catch (const Napi::Error& error) {
      napi_reject_deferred(env, job.deferred, error.Value());
    } catch (const Error& error) {
      napi_reject_deferred(env, job.deferred, toJs(env, error).Value());
    } catch (const std::exception& error) {
      napi_reject_deferred(env, job.deferred, toJs(env, Error(Code::kInternal, error.what())).Value());
    }
  }

  static void teardown(void* data) {
    Runtime* runtime = static_cast<Runtime*>(data);
    for (const auto& job : runtime->live_) job->control->cancel();
    {
      std::unique_lock<std::mutex> lock(runtime->mutex_);
      runtime->done_.wait(lock, [&] { return runtime->working_ == 0; });
    }
    runtime->live_.clear();
    napi_release_threadsafe_function(runtime->results_, napi_tsfn_abort);
    delete runtime;
  }

  napi_env env_;
  napi_threadsafe_function results_ = nullptr;
  std::list<std::unique_ptr<Job>> live_;  // JavaScript thread only
  std::mutex mutex_;
  std::condition_variable done_;
  size_t working_ = 0;
};

}  // namespace

void initJobs(Napi::Env env) {
  napi_set_instance_data(env, new Runtime(env), nullptr, nullptr);
}

Napi::Value startJob(Napi::Env env, Borrowed borrowed, Work work) {
  void* runtime = nullptr;
  napi_get_instance_data(env, &runtime);
  return static_cast<Runtime*>(runtime)->start(env, borrowed, std::move(work));
}

Napi::Error toJs(Napi::Env env, const Error& error) {
  Napi::Error out = Napi::Error::New(env, error.what());
  Napi::Object detail = Napi::Object::New(env);
  for (const auto& [name, value] : error.detail()) {
    if (const auto* text = std::get_if<std::string>(&value)) {
      detail[name] = Napi::String::New(env, *text);
    } else if (const auto* number = std::get_if<double>(&value)) {
      detail[name] = Napi::Number::New(env, *number);
    } else {
      const auto& list = std::get<std::vector<std::string>>(value);
      Napi::Array array = Napi::Array::New(env, list.size());
      for (size_t i = 0; i < list.size(); i++) array[static_cast<uint32_t>(i)] = Napi::String::New(env, list[i]);
      detail[name] = array;
    }
  }
  Napi::Object native = Napi::Object::New(env);
  native["code"] = Napi::String::New(env, codeName(error.code()));
  native["detail"] = detail;
  out.Value()["native"] = native;
  return out;
}

}  // namespace spikelab
