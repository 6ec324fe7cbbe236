// The filters of HDF5 that are undone here: deflate, shuffle, fletcher32, h5py's lzf, and plug-ins. Nothing of libhdf5
// is used.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "../../core/owned_array.h"
#include "../library/plugin_filters.h"
#include "dataset.h"

namespace spikelab::hdf5 {

enum class FilterKind { kDeflate, kShuffle, kFletcher32, kLzf, kPlugin };

struct FilterStep {
  FilterKind kind;
  size_t elementBytes = 0;                               // of shuffle
  std::shared_ptr<const PluginFilter> plugin = nullptr;  // of a plug-in
};

// The pipeline of a dataset in the order in which it was applied; nothing where a filter is none of those above.
std::optional<std::vector<FilterStep>> knownFilters(const Dataset& dataset);

// Why a chunk could not be decoded: what was expected and what was found.
struct BadChunk {
  std::string message;
};

struct DecodedChunk {
  const char* data;  // in the memory that was given, the decoder's, or the chunk's own bytes
  // The outermost shuffle of the elements is left to the reader, who can put its inverse into copying out.
  bool shuffled;
};

// Undoes a pipeline, one chunk after the other; each thread has its own. A chunk must decode to exactly the bytes of a
// chunk: a shorter one would leave whatever memory held before, a longer one would be cut.
class ChunkDecoder {
 public:
  ChunkDecoder(std::vector<FilterStep> steps, size_t chunkBytes, size_t elementBytes);
  ~ChunkDecoder();
  ChunkDecoder(const ChunkDecoder&) = delete;
  ChunkDecoder& operator=(const ChunkDecoder&) = delete;

  // `skipped` has bit i set where filter i was not applied to this chunk. `direct` may be null, else it is memory for
  // the whole chunk where the result goes if the last step can write there. Throws BadChunk.
  DecodedChunk decode(const char* stored, size_t bytes, uint32_t skipped, char* direct);
  // Memory for a chunk's stored bytes.
  char* storedBytes(size_t bytes);

 private:
  struct Inflater;

  char* scratch(int which, size_t bytes);
  size_t capacity(bool last) const;

  std::vector<FilterStep> steps_;
  size_t chunkBytes_;
  size_t elementBytes_;
  std::unique_ptr<Inflater> inflater_;
  FileBuffer scratch_[2];
  FileBuffer stored_;
};

uint32_t fletcher32(const char* data, size_t bytes);

// Decodes LZF; returns the bytes made. Throws BadChunk where they are more than `capacity`, or the input is damaged.
size_t decodeLzf(const char* from, size_t bytes, char* into, size_t capacity);

}  // namespace spikelab::hdf5
