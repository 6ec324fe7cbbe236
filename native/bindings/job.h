// Long calls: work on a thread of our own, a promise for its result, cancellation and progress.
//
// Not Napi::AsyncWorker: libuv's four threads would be taken from fs and dns, and neither worker.terminate() nor
// process.exit() could end before the work does.
#pragma once

#include <napi.h>

#include <functional>
#include <memory>
#include <vector>

#include "../core/error.h"
#include "../parallel/control.h"

namespace spikelab {

// JavaScript values that the work reads: kept alive until the promise is settled.
using Borrowed = std::vector<Napi::Value>;

// What the job thread runs. It returns the function that makes the JavaScript result, which runs on the JavaScript
// thread.
using Convert = std::function<Napi::Value(Napi::Env)>;
using Work = std::function<Convert(Control&)>;

// Starts `work` and returns { result: Promise, cancel(): void, progress(): number } where progress is the fraction
// done × total steps. Call on the JavaScript thread.
Napi::Value startJob(Napi::Env env, Borrowed borrowed, Work work);

// Makes the runtime of this env: called once by the addon's init.
void initJobs(Napi::Env env);

// An error as lib/addon/job.ts expects it: an Error with `native: { code, detail }`.
Napi::Error toJs(Napi::Env env, const Error& error);

// Runs a synchronous binding function and turns an Error into a thrown JavaScript error.
template <typename Body>
Napi::Value guarded(Napi::Env env, Body body) {
  try {
    return body();
  } catch (const Error& error) {
    throw toJs(env, error);
  } catch (const std::bad_alloc&) {
    throw toJs(env, Error(Code::kInternal, "out of memory"));
  }
}

}  // namespace spikelab
