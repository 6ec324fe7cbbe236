#include "hdf5_files.h"

#include <map>
#include <mutex>

namespace spikelab::bindings {
namespace {

struct Table {
  std::mutex mutex;
  std::map<napi_env, std::map<uint64_t, std::shared_ptr<hdf5::File>>> files;
  uint64_t next = 1;
};

Table& table() {
  static Table* instance = new Table;
  return *instance;
}

void forgetEnv(void* data) {
  std::map<uint64_t, std::shared_ptr<hdf5::File>> closing;
  {
    std::lock_guard<std::mutex> lock(table().mutex);
    const auto found = table().files.find(static_cast<napi_env>(data));
    if (found == table().files.end()) return;
    closing = std::move(found->second);
    table().files.erase(found);
  }
}

std::shared_ptr<hdf5::File> find(Napi::Env env, const Napi::Value& number, bool take) {
  std::lock_guard<std::mutex> lock(table().mutex);
  auto& files = table().files[env];
  const auto found = files.find(static_cast<uint64_t>(number.As<Napi::Number>().Int64Value()));
  if (found == files.end()) {
    throw Error(Code::kOption, "",
                {{"option", std::string("file")},
                 {"expected", std::string("an open HDF5 file")},
                 {"received", std::string("a closed one")}});
  }
  std::shared_ptr<hdf5::File> file = found->second;
  if (take) files.erase(found);
  return file;
}

}  // namespace

double keepFile(Napi::Env env, std::shared_ptr<hdf5::File> file) {
  std::lock_guard<std::mutex> lock(table().mutex);
  const auto [entry, first] = table().files.try_emplace(env);
  if (first) napi_add_env_cleanup_hook(env, forgetEnv, static_cast<napi_env>(env));
  const uint64_t number = table().next++;
  entry->second.emplace(number, std::move(file));
  return static_cast<double>(number);
}

std::shared_ptr<hdf5::File> fileOf(Napi::Env env, const Napi::Value& number) {
  return find(env, number, false);
}

std::shared_ptr<hdf5::File> takeFile(Napi::Env env, const Napi::Value& number) {
  return find(env, number, true);
}

}  // namespace spikelab::bindings
