#include "library.h"

namespace spikelab::hdf5 {
namespace {

std::recursive_mutex& mutex() {
  // Never destroyed: threads may still hold it while the process ends.
  static std::recursive_mutex* instance = new std::recursive_mutex;
  return *instance;
}

// Printing of errors is off per thread in thread-safe builds of libhdf5; the plug-in state is the process's.
void prepareThread() {
  H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
  static const bool prepared = [] {
    // A file names the filter plug-in that it wants loaded, so a stranger's file could choose code: plugin_filters.cpp
    // loads those that the user allows.
    H5PLset_loading_state(0);
    return true;
  }();
  (void)prepared;
}

herr_t takeDescription(unsigned depth, const H5E_error2_t* entry, void* text) {
  if (depth == 0 && entry->desc != nullptr) *static_cast<std::string*>(text) = entry->desc;
  return 0;
}

}  // namespace

LibraryLock::LibraryLock() : held_(mutex()) {
  thread_local const bool prepared = (prepareThread(), true);
  (void)prepared;
}

std::string errorText() {
  std::string text;
  // walking upward starts at the function that failed first
  H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, takeDescription, &text);
  H5Eclear2(H5E_DEFAULT);
  return text.empty() ? "libhdf5 gives no reason" : text;
}

Handle::~Handle() {
  if (id_ < 0 || close_ == nullptr) return;
  LibraryLock lock;
  close_(id_);
}

}  // namespace spikelab::hdf5
