// Filters of HDF5 that are neither libhdf5's own nor decoded here: plug-ins, called by their standard interface.
//
// A file names the filters it needs, so it could choose code to run: plug-ins come only from folders that the user
// named in HDF5_PLUGIN_PATH. libhdf5 never loads one.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "library.h"

namespace spikelab::hdf5 {

class PluginFilter {
 public:
  PluginFilter(const H5Z_class2_t* filter, std::vector<unsigned> parameters);

  // Undoes the filter; returns the bytes made. One call at a time in the process: plug-ins need not be safe to call
  // from several threads. Throws BadChunk where it fails or makes more than `capacity`.
  size_t decode(const char* from, size_t bytes, char* into, size_t capacity) const;

 private:
  const H5Z_class2_t* filter_;
  size_t given_;
  std::vector<unsigned> parameters_;
};

// The plug-in for a filter, or null where HDF5_PLUGIN_PATH is not set or names no folder that has it.
std::shared_ptr<const PluginFilter> findPluginFilter(int id, const std::vector<unsigned>& parameters);

// What to do where a filter is missing: a sentence for an error, with what to install where that is known.
std::string missingFilterAdvice(int id);

}  // namespace spikelab::hdf5
