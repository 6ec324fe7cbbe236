#include "chunk_reader.h"

#include <algorithm>

#include "shuffle.h"
#include "stored_read.h"

namespace spikelab::hdf5 {
namespace {

// Elements that are unshuffled at a time where they are then converted: stays in the first-level cache.
constexpr uint64_t kConvertBlock = 1024;
// Chunks that may be missing: about a second's worth of lookups.
constexpr uint64_t kMostMissing = uint64_t{4} << 20;

}  // namespace

ChunkGrid::ChunkGrid(File& file, const Dataset& dataset, const Slab& slab) {
  for (size_t d = 0; d < slab.count.size(); d++) {
    first.push_back(slab.start[d] / dataset.chunk[d]);
    count.push_back((slab.start[d] + slab.count[d] - 1) / dataset.chunk[d] - first[d] + 1);
    size *= count[d];
  }
  // a chunk that is there takes an address in the index, or a byte of data where there is no index
  if (size > kMostMissing + file.descriptor().size) {
    throw file.formatError(
        dataset.path,
        "about as many chunks as the file has room for were expected, found a shape of " + std::to_string(size));
  }
}

std::vector<uint64_t> ChunkGrid::place(uint64_t index) const {
  std::vector<uint64_t> out(count.size());
  for (size_t d = out.size(); d-- > 0;) {
    out[d] = first[d] + index % count[d];
    index /= count[d];
  }
  return out;
}

// What one chunk and the slab have in common.
struct ChunkReader::Overlap {
  std::vector<uint64_t> inChunk, inSlab, count;
  uint64_t size = 1;
};

std::unique_ptr<ChunkReader> ChunkReader::open(File& file, const Dataset& dataset, size_t storedBytes) {
  std::optional<std::vector<FilterStep>> steps = knownFilters(dataset);
  if (!steps || !chunksAddressable(dataset)) return nullptr;
  return std::unique_ptr<ChunkReader>(new ChunkReader(file, dataset, std::move(*steps), storedBytes));
}

ChunkReader::ChunkReader(File& file, const Dataset& dataset, std::vector<FilterStep> steps, size_t storedBytes)
    : file_(file),
      dataset_(dataset),
      steps_(std::move(steps)),
      storedBytes_(storedBytes),
      fill_(fillValue(file, dataset, storedBytes)),
      index_(ChunkIndex::open(file, dataset)) {
  for (const uint64_t n : dataset.chunk) chunkElements_ *= n;
}

std::unique_ptr<ChunkDecoder> ChunkReader::decoder() const {
  return std::make_unique<ChunkDecoder>(steps_, chunkBytes(), storedBytes_);
}

// Coordinates of the first element of the index-th chunk.
std::vector<uint64_t> ChunkReader::corner(const ChunkGrid& grid, uint64_t index) const {
  std::vector<uint64_t> out = grid.place(index);
  for (size_t d = 0; d < out.size(); d++) out[d] *= dataset_.chunk[d];
  return out;
}

ChunkReader::Overlap ChunkReader::overlap(const std::vector<uint64_t>& at, const Slab& slab) const {
  Overlap out;
  for (size_t d = 0; d < at.size(); d++) {
    const uint64_t start = std::max(at[d], slab.start[d]);
    const uint64_t end = std::min(at[d] + dataset_.chunk[d], slab.start[d] + slab.count[d]);
    out.inChunk.push_back(start - at[d]);
    out.inSlab.push_back(start - slab.start[d]);
    out.count.push_back(end - start);
    out.size *= end - start;
  }
  return out;
}

// Calls body(element of the chunk, element of the slab, count) for each run of neighbours in both.
template <typename Body>
void ChunkReader::forEachRun(const Overlap& part, const Slab& slab, Body body) const {
  size_t inner = part.count.size() - 1;
  uint64_t length = part.count[inner];
  while (inner > 0 && part.count[inner] == dataset_.chunk[inner] && part.count[inner] == slab.count[inner]) {
    length *= part.count[--inner];
  }
  const uint64_t runs = part.size / length;
  for (uint64_t run = 0; run < runs; run++) {
    uint64_t fromChunk = 0, fromSlab = 0, rest = run, chunkStride = 1, slabStride = 1;
    for (size_t d = part.count.size(); d-- > 0;) {
      uint64_t position = 0;
      if (d < inner) {
        position = rest % part.count[d];
        rest /= part.count[d];
      }
      fromChunk += (part.inChunk[d] + position) * chunkStride;
      fromSlab += (part.inSlab[d] + position) * slabStride;
      chunkStride *= dataset_.chunk[d];
      slabStride *= slab.count[d];
    }
    body(fromChunk, fromSlab, length);
  }
}

uint64_t ChunkReader::read(const ChunkGrid& grid, const Slab& slab, uint64_t index, const StoredChunk& chunk,
                           const Target& target, ChunkDecoder& decoder) const {
  const std::vector<uint64_t> at = corner(grid, index);
  const Overlap part = overlap(at, slab);
  if (!chunk.present) {
    forEachRun(part, slab, [&](uint64_t, uint64_t to, uint64_t count) { fill(target, fill_, to, count); });
    return part.size;
  }
  const auto bad = [&](const std::string& message) {
    std::string where;
    for (const uint64_t n : at) where += (where.empty() ? "" : ", ") + std::to_string(n);
    return file_.formatError(dataset_.path, message + " in the chunk that starts with element (" + where + ")");
  };
  // a chunk that lies in one piece in the result may be decoded there
  char* whole = nullptr;
  if (target.direct() && part.size == chunkElements_) {
    forEachRun(part, slab, [&](uint64_t, uint64_t to, uint64_t count) {
      if (count == chunkElements_) whole = target.at(to);
    });
  }
  const bool inPlace = whole != nullptr && steps_.empty() && chunk.bytes == chunkElements_ * target.storedBytes();
  char* stored = inPlace ? whole : decoder.storedBytes(chunk.bytes);
  if (!file_.descriptor().read(chunk.address, stored, chunk.bytes)) throw bad("data inside the file was expected");
  if (inPlace) return part.size;
  try {
    const DecodedChunk decoded = decoder.decode(stored, chunk.bytes, chunk.skippedFilters, whole);
    if (decoded.data != whole) copyOut(decoded, part, slab, target);
  } catch (const BadChunk& error) {
    throw bad(error.message);
  }
  return part.size;
}

void ChunkReader::copyOut(const DecodedChunk& decoded, const Overlap& part, const Slab& slab,
                          const Target& target) const {
  const size_t bytes = target.storedBytes();
  forEachRun(part, slab, [&](uint64_t from, uint64_t to, uint64_t count) {
    if (!decoded.shuffled) return target.put(decoded.data + from * bytes, to, count);
    if (target.direct()) return unshuffle(decoded.data, bytes, chunkElements_, from, count, target.at(to));
    char block[kConvertBlock * 8];
    const uint64_t most = sizeof block / bytes;
    for (uint64_t done = 0; done < count; done += most) {
      const uint64_t step = std::min(most, count - done);
      unshuffle(decoded.data, bytes, chunkElements_, from + done, step, block);
      target.put(block, to + done, step);
    }
  });
}

}  // namespace spikelab::hdf5
