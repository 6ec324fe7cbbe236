// The open HDF5 files of each JavaScript environment, known to JavaScript by number.
#pragma once

#include <napi.h>

#include <memory>

#include "../hdf5/library/file.h"

namespace spikelab::bindings {

// Files that were not closed are when their environment (main thread or worker) ends.
double keepFile(Napi::Env env, std::shared_ptr<hdf5::File> file);
// The file that an argument names; throws Option where it was closed.
std::shared_ptr<hdf5::File> fileOf(Napi::Env env, const Napi::Value& number);
// Forgets the file. Jobs that read it keep it open until they end.
std::shared_ptr<hdf5::File> takeFile(Napi::Env env, const Napi::Value& number);

}  // namespace spikelab::bindings
