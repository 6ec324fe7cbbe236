#include "hdf5_source.h"

#include "../hdf5/number_read.h"
#include "../hdf5/storage.h"
#include "chunk_source.h"
#include "flat_source.h"

namespace spikelab {
namespace {

void checkShape(hdf5::File& file, const hdf5::Dataset& dataset, const Hdf5Layout& layout) {
  const std::vector<uint64_t>& shape = dataset.shape;
  const bool plain = shape.size() == 1 || shape.size() == 2;
  const uint64_t frames = !plain ? 0 : layout.timeFirst || shape.size() == 1 ? shape[0] : shape[1];
  const uint64_t width = !plain ? 0 : shape.size() == 1 ? 1 : layout.timeFirst ? shape[1] : shape[0];
  bool inside = frames == layout.samples;
  for (const size_t column : layout.columns) inside = inside && column < width;
  if (!inside) throw file.formatError(dataset.path, "the shape that it was opened with was expected");
}

}  // namespace

std::unique_ptr<FrameSource> hdf5Source(std::shared_ptr<hdf5::File> file, const Hdf5Layout& layout) {
  hdf5::Dataset dataset = openDescribed(*file, layout.dataset);
  checkNumbers(*file, dataset);
  checkShape(*file, dataset, layout);
  if (!dataset.type.plain || dataset.size == 0) return nullptr;
  if (dataset.layout == hdf5::Layout::kChunked) return chunkSource(std::move(file), std::move(dataset), layout);
  if (dataset.layout != hdf5::Layout::kContiguous) return nullptr;
  const std::optional<uint64_t> address = contiguousAddress(*file, dataset, dataset.type.size);
  if (!address) return nullptr;
  FlatLayout flat{
      file->descriptor().base + *address, dataset.type, 1, layout.samples, layout.timeFirst, layout.columns};
  if (dataset.shape.size() == 2) flat.width = dataset.shape[layout.timeFirst ? 1 : 0];
  return flatSource(std::make_shared<FileHandle>(file->descriptor().fd, file->path()), std::move(flat));
}

}  // namespace spikelab
