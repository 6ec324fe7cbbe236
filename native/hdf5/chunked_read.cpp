#include <algorithm>

#include "../parallel/pool.h"
#include "chunk_filters.h"
#include "shuffle.h"
#include "storage.h"
#include "stored_read.h"

namespace spikelab::hdf5 {
namespace {

// Chunks that are located at a time, under the library's lock.
constexpr uint64_t kBatch = 1024;
// Elements that are unshuffled at a time where they are then converted: stays in the first-level cache.
constexpr uint64_t kConvertBlock = 1024;

// The chunks that a slab touches, numbered in C order.
struct Grid {
  std::vector<uint64_t> first;  // chunk index in each dimension
  std::vector<uint64_t> count;
  uint64_t size = 1;

  Grid(const Dataset& dataset, const Slab& slab) {
    for (size_t d = 0; d < slab.count.size(); d++) {
      first.push_back(slab.start[d] / dataset.chunk[d]);
      count.push_back((slab.start[d] + slab.count[d] - 1) / dataset.chunk[d] - first[d] + 1);
      size *= count[d];
    }
  }
};

// What one chunk and the slab have in common.
struct Overlap {
  std::vector<uint64_t> inChunk, inSlab, count;
  uint64_t size = 1;
};

class ChunkReader {
 public:
  ChunkReader(File& file, const Dataset& dataset, const Slab& slab, const Target& target, std::vector<FilterStep> steps)
      : file_(file), dataset_(dataset), slab_(slab), target_(target), grid_(dataset, slab), steps_(std::move(steps)) {
    for (const uint64_t n : dataset.chunk) chunkElements_ *= n;
  }

  void run(Control& control) {
    fill_ = fillValue(file_, dataset_, target_.storedBytes());
    const size_t threads = static_cast<size_t>(std::min<uint64_t>(resolveThreads(0), grid_.size));
    std::vector<std::unique_ptr<ChunkDecoder>> decoders;
    for (size_t i = 0; i < threads; i++) {
      decoders.push_back(
          std::make_unique<ChunkDecoder>(steps_, chunkElements_ * target_.storedBytes(), target_.storedBytes()));
    }
    std::vector<StoredChunk> chunks;
    for (uint64_t from = 0; from < grid_.size; from += kBatch) {
      const uint64_t batch = std::min(kBatch, grid_.size - from);
      chunks.clear();
      for (uint64_t i = 0; i < batch; i++) {
        if (i % 64 == 0) control.check();
        chunks.push_back(locateChunk(file_, dataset_, corner(from + i)));
      }
      parallelFor(batch, threads, control, [&](size_t i, size_t worker) {
        const Overlap part = overlap(corner(from + i));
        readChunk(chunks[i], part, *decoders[worker], corner(from + i));
        control.advance(part.size);
      });
    }
  }

 private:
  // Coordinates of the first element of the index-th chunk.
  std::vector<uint64_t> corner(uint64_t index) const {
    std::vector<uint64_t> out(grid_.count.size());
    for (size_t d = out.size(); d-- > 0;) {
      out[d] = (grid_.first[d] + index % grid_.count[d]) * dataset_.chunk[d];
      index /= grid_.count[d];
    }
    return out;
  }

  Overlap overlap(const std::vector<uint64_t>& at) const {
    Overlap out;
    for (size_t d = 0; d < at.size(); d++) {
      const uint64_t start = std::max(at[d], slab_.start[d]);
      const uint64_t end = std::min(at[d] + dataset_.chunk[d], slab_.start[d] + slab_.count[d]);
      out.inChunk.push_back(start - at[d]);
      out.inSlab.push_back(start - slab_.start[d]);
      out.count.push_back(end - start);
      out.size *= end - start;
    }
    return out;
  }

  // Calls body(element of the chunk, element of the slab, count) for each run of neighbours in both.
  template <typename Body>
  void forEachRun(const Overlap& part, Body body) const {
    size_t inner = part.count.size() - 1;
    uint64_t length = part.count[inner];
    while (inner > 0 && part.count[inner] == dataset_.chunk[inner] && part.count[inner] == slab_.count[inner]) {
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
        slabStride *= slab_.count[d];
      }
      body(fromChunk, fromSlab, length);
    }
  }

  void readChunk(const StoredChunk& chunk, const Overlap& part, ChunkDecoder& decoder,
                 const std::vector<uint64_t>& at) const {
    if (!chunk.present) {
      forEachRun(part, [&](uint64_t, uint64_t to, uint64_t count) { fill(target_, fill_, to, count); });
      return;
    }
    const auto bad = [&](const std::string& message) {
      std::string where;
      for (const uint64_t n : at) where += (where.empty() ? "" : ", ") + std::to_string(n);
      return file_.formatError(dataset_.path, message + " in the chunk that starts with element (" + where + ")");
    };
    // a chunk that lies in one piece in the result may be decoded there
    char* whole = nullptr;
    if (target_.direct() && part.size == chunkElements_) {
      forEachRun(part, [&](uint64_t, uint64_t to, uint64_t count) {
        if (count == chunkElements_) whole = target_.at(to);
      });
    }
    const bool plain = steps_.empty() && chunk.bytes == chunkElements_ * target_.storedBytes();
    char* stored = plain && whole != nullptr ? whole : decoder.storedBytes(chunk.bytes);
    if (!file_.descriptor().read(chunk.address, stored, chunk.bytes)) throw bad("data inside the file was expected");
    if (stored == whole) return;
    try {
      const DecodedChunk decoded = decoder.decode(stored, chunk.bytes, chunk.skippedFilters, whole);
      if (decoded.data != whole) copyOut(decoded, part);
    } catch (const BadChunk& error) {
      throw bad(error.message);
    }
  }

  void copyOut(const DecodedChunk& decoded, const Overlap& part) const {
    const size_t bytes = target_.storedBytes();
    forEachRun(part, [&](uint64_t from, uint64_t to, uint64_t count) {
      if (!decoded.shuffled) return target_.put(decoded.data + from * bytes, to, count);
      if (target_.direct()) return unshuffle(decoded.data, bytes, chunkElements_, from, count, target_.at(to));
      char block[kConvertBlock * 8];
      const uint64_t most = sizeof block / bytes;
      for (uint64_t done = 0; done < count; done += most) {
        const uint64_t step = std::min(most, count - done);
        unshuffle(decoded.data, bytes, chunkElements_, from + done, step, block);
        target_.put(block, to + done, step);
      }
    });
  }

  File& file_;
  const Dataset& dataset_;
  const Slab& slab_;
  const Target& target_;
  Grid grid_;
  std::vector<FilterStep> steps_;
  uint64_t chunkElements_ = 1;
  std::vector<char> fill_;
};

}  // namespace

bool chunkedRead(File& file, const Dataset& dataset, const Slab& slab, const Target& target, Control& control) {
  std::optional<std::vector<FilterStep>> steps = knownFilters(dataset);
  if (!steps || !chunksAddressable(dataset)) return false;
  ChunkReader(file, dataset, slab, target, std::move(*steps)).run(control);
  return true;
}

}  // namespace spikelab::hdf5
