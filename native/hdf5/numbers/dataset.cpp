#include "dataset.h"

#include "../structure/tree.h"

namespace spikelab::hdf5 {
namespace {

// libhdf5's own bound, H5Z_MAX_NFILTERS.
constexpr int kMaxFilters = 32;

void describeSpace(File& file, Dataset& dataset) {
  const Handle space(H5Dget_space(dataset.handle.get()), H5Sclose);
  if (!space) throw file.libraryError(dataset.path, "described");
  dataset.null = H5Sget_simple_extent_type(space.get()) == H5S_NULL;
  const int rank = H5Sget_simple_extent_ndims(space.get());
  if (rank < 0 || rank > H5S_MAX_RANK) throw file.libraryError(dataset.path, "described");
  hsize_t dims[H5S_MAX_RANK];
  if (rank > 0 && H5Sget_simple_extent_dims(space.get(), dims, nullptr) < 0) {
    throw file.libraryError(dataset.path, "described");
  }
  dataset.shape.assign(dims, dims + rank);
  dataset.size = dataset.null ? 0 : 1;
  for (const uint64_t n : dataset.shape) {
    if (n > (uint64_t{1} << 53) || __builtin_mul_overflow(dataset.size, n, &dataset.size)) {
      throw file.formatError(dataset.path, "a dataset of possible size was expected");
    }
  }
  uint64_t bytes = 0;
  if (__builtin_mul_overflow(dataset.size, dataset.type.size, &bytes) || bytes > (uint64_t{1} << 62)) {
    throw file.formatError(dataset.path, "a dataset of possible size was expected");
  }
}

void describeFilters(File& file, hid_t created, Dataset& dataset) {
  const int count = H5Pget_nfilters(created);
  if (count < 0 || count > kMaxFilters) throw file.formatError(dataset.path, "at most 32 filters were expected");
  for (int i = 0; i < count; i++) {
    Filter filter;
    unsigned parameters[64] = {}, config = 0;
    size_t given = 64;
    char name[128] = {};
    filter.id = H5Pget_filter2(created, static_cast<unsigned>(i), &filter.flags, &given, parameters, sizeof name - 1,
                               name, &config);
    if (filter.id < 0) throw file.libraryError(dataset.path, "described");
    filter.name = name;
    filter.parameters.assign(parameters, parameters + (given < 64 ? given : 64));
    dataset.filters.push_back(std::move(filter));
  }
}

void describeLayout(File& file, hid_t created, Dataset& dataset) {
  const H5D_layout_t layout = H5Pget_layout(created);
  if (layout == H5D_COMPACT) {
    dataset.layout = Layout::kCompact;
  } else if (layout == H5D_CONTIGUOUS) {
    dataset.layout = Layout::kContiguous;
  } else if (layout == H5D_CHUNKED) {
    dataset.layout = Layout::kChunked;
    hsize_t dims[H5S_MAX_RANK + 1];
    const int rank = H5Pget_chunk(created, H5S_MAX_RANK, dims);
    if (rank < 1 || rank > H5S_MAX_RANK) throw file.libraryError(dataset.path, "described");
    dataset.chunk.assign(dims, dims + rank);
    describeFilters(file, created, dataset);
  } else {
    throw file.libraryError(dataset.path, "described");
  }
}

// Chunks of the dataset's own rank, no dimension of 0, and at most 4 GiB: what the format allows.
void checkChunks(File& file, const Dataset& dataset) {
  if (dataset.layout != Layout::kChunked) return;
  if (dataset.chunk.size() != dataset.shape.size()) {
    throw file.formatError(dataset.path, "chunks of the dataset's own number of dimensions were expected");
  }
  uint64_t bytes = dataset.type.size;
  for (const uint64_t n : dataset.chunk) {
    if (n == 0 || __builtin_mul_overflow(bytes, n, &bytes) || bytes > UINT32_MAX) {
      throw file.formatError(dataset.path, "chunks of 1 element to 4 GiB were expected");
    }
  }
}

}  // namespace

Dataset openDescribed(File& file, const std::string& path) {
  LibraryLock lock;
  Dataset dataset;
  dataset.path = normalPath(path);
  dataset.handle = openDataset(file, path);
  const Handle created(H5Dget_create_plist(dataset.handle.get()), H5Pclose);
  if (!created) throw file.libraryError(dataset.path, "described");
  describeLayout(file, created.get(), dataset);
  const Handle type(H5Dget_type(dataset.handle.get()), H5Tclose);
  if (!type) throw file.libraryError(dataset.path, "described");
  dataset.type = describeType(file, type.get(), dataset.path);
  describeSpace(file, dataset);
  checkChunks(file, dataset);
  return dataset;
}

}  // namespace spikelab::hdf5
