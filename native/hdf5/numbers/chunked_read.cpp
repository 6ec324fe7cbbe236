#include <algorithm>

#include "../../parallel/pool.h"
#include "chunk_reader.h"
#include "stored_read.h"

namespace spikelab::hdf5 {
namespace {

// Chunks that are located at a time, on one thread.
constexpr uint64_t kBatch = 1024;

}  // namespace

void expectChunks(File& file, const Dataset& dataset, const Slab& slab) {
  if (!file.descriptor().ranges || dataset.layout != Layout::kChunked || slab.size == 0) return;
  const std::unique_ptr<ChunkIndex> index = ChunkIndex::open(file, dataset);
  const ChunkGrid grid(file, dataset, slab);
  index->expect(grid.place(0), grid.place(grid.size - 1));
  std::vector<ByteRange> ranges;
  for (uint64_t i = 0; i < grid.size; i++) {
    const StoredChunk chunk = index->find(grid.place(i));
    if (chunk.present) ranges.push_back({chunk.address, chunk.address + chunk.bytes});
  }
  file.descriptor().expect(std::move(ranges));
}

bool chunkedRead(File& file, const Dataset& dataset, const Slab& slab, const Target& target, Control& control) {
  const std::unique_ptr<ChunkReader> reader = ChunkReader::open(file, dataset, target.storedBytes());
  if (!reader) return false;
  expectChunks(file, dataset, slab);
  const ChunkGrid grid(file, dataset, slab);
  const size_t threads = static_cast<size_t>(std::min<uint64_t>(resolveThreads(0), grid.size));
  std::vector<std::unique_ptr<ChunkDecoder>> decoders;
  for (size_t i = 0; i < threads; i++) decoders.push_back(reader->decoder());
  for (uint64_t from = 0; from < grid.size; from += kBatch) {
    const uint64_t batch = std::min(kBatch, grid.size - from);
    std::vector<StoredChunk> chunks;
    for (uint64_t i = 0; i < batch; i++) {
      if (i % 64 == 0) control.check();
      chunks.push_back(reader->locate(grid, from + i));
    }
    parallelFor(batch, threads, control, [&](size_t i, size_t worker) {
      control.advance(reader->read(grid, slab, from + i, chunks[i], target, *decoders[worker]));
    });
  }
  return true;
}

}  // namespace spikelab::hdf5
