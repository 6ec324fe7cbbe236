#include "hdf5_source.h"

#include "../hdf5/numbers/number_read.h"
#include "../hdf5/numbers/storage.h"
#include "chunk_source.h"
#include "sample_layout.h"

namespace spikelab {
namespace {

void checkShape(hdf5::File& file, const hdf5::Dataset& dataset, const Hdf5Layout& layout) {
  const std::vector<uint64_t>& shape = dataset.shape;
  const bool plain = shape.size() == 1 || shape.size() == 2;
  // frames after frames may lie in one dimension
  const bool flat = shape.size() == 1 && layout.samples > 0 && shape[0] % layout.samples == 0;
  const uint64_t frames = !plain                                  ? 0
                          : flat                                  ? layout.samples
                          : layout.timeFirst || shape.size() == 1 ? shape[0]
                                                                  : shape[1];
  const uint64_t width = !plain              ? 0
                         : flat              ? shape[0] / layout.samples
                         : shape.size() == 1 ? 1
                         : layout.timeFirst  ? shape[1]
                                             : shape[0];
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
  const uint64_t size = dataset.type.size, width = dataset.size / layout.samples;
  SampleLayout lying{dataset.type, layout.samples, {}, {}, {}};
  lying.files.push_back(std::make_shared<FileHandle>(file->descriptor().fd, file->path()));
  const uint64_t recordSamples = layout.timeFirst ? 1 : layout.samples;
  lying.streams.push_back({recordSamples, recordSamples * width * size, size, {}});
  lying.streams[0].addRun(0, file->descriptor().base + *address, layout.samples);
  for (const size_t column : layout.columns) {
    lying.channels.push_back({0, column * size * (layout.timeFirst ? 1 : layout.samples)});
  }
  return layoutSource(std::move(lying));
}

}  // namespace spikelab
