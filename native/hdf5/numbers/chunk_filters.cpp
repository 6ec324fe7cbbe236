#include "chunk_filters.h"

#include <algorithm>
#include <cstring>

#include "shuffle.h"
#if SPIKELAB_HAVE_LIBDEFLATE
#include <libdeflate.h>
#else
#include <zlib.h>
#endif

namespace spikelab::hdf5 {
namespace {

constexpr int kLzfFilter = 32000;  // registered by h5py
// Deflate makes at most 1032 bytes out of one; LZF at most 264 out of three.
constexpr size_t kMostExpansion = 1032;

std::string sizes(size_t expected, const std::string& found) {
  return "a chunk of " + std::to_string(expected) + " bytes was expected, found " + found;
}

}  // namespace

std::optional<std::vector<FilterStep>> knownFilters(const Dataset& dataset) {
  std::vector<FilterStep> steps;
  for (const Filter& filter : dataset.filters) {
    if (filter.id == H5Z_FILTER_DEFLATE) {
      steps.push_back({FilterKind::kDeflate, 0, nullptr});
    } else if (filter.id == H5Z_FILTER_SHUFFLE && !filter.parameters.empty() && filter.parameters[0] > 0) {
      steps.push_back({FilterKind::kShuffle, filter.parameters[0], nullptr});
    } else if (filter.id == H5Z_FILTER_FLETCHER32) {
      steps.push_back({FilterKind::kFletcher32, 0, nullptr});
    } else if (filter.id == kLzfFilter) {
      steps.push_back({FilterKind::kLzf, 0, nullptr});
    } else if (const auto plugin = findPluginFilter(filter.id, filter.parameters)) {
      steps.push_back({FilterKind::kPlugin, 0, plugin});
    } else {
      return {};
    }
  }
  return steps;
}

#if SPIKELAB_HAVE_LIBDEFLATE

struct ChunkDecoder::Inflater {
  libdeflate_decompressor* decompressor = libdeflate_alloc_decompressor();
  ~Inflater() { libdeflate_free_decompressor(decompressor); }

  size_t run(const char* from, size_t bytes, char* into, size_t capacity) {
    size_t made = 0;
    switch (libdeflate_zlib_decompress(decompressor, from, bytes, into, capacity, &made)) {
      case LIBDEFLATE_SUCCESS:
        return made;
      case LIBDEFLATE_INSUFFICIENT_SPACE:
        throw BadChunk{sizes(capacity, "gzip data of more")};
      default:
        throw BadChunk{"sound gzip data was expected, found damaged data"};
    }
  }
};

#else

struct ChunkDecoder::Inflater {
  size_t run(const char* from, size_t bytes, char* into, size_t capacity) {
    z_stream stream{};
    if (bytes > UINT32_MAX || capacity > UINT32_MAX || inflateInit(&stream) != Z_OK) throw std::bad_alloc();
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(from));
    stream.avail_in = static_cast<uInt>(bytes);
    stream.next_out = reinterpret_cast<Bytef*>(into);
    stream.avail_out = static_cast<uInt>(capacity);
    const int status = inflate(&stream, Z_FINISH);
    const size_t made = stream.total_out;
    inflateEnd(&stream);
    if (status == Z_STREAM_END) return made;
    if (made == capacity) throw BadChunk{sizes(capacity, "gzip data of more")};
    throw BadChunk{"sound gzip data was expected, found damaged data"};
  }
};

#endif

ChunkDecoder::ChunkDecoder(std::vector<FilterStep> steps, size_t chunkBytes, size_t elementBytes)
    : steps_(std::move(steps)),
      chunkBytes_(chunkBytes),
      elementBytes_(elementBytes),
      inflater_(std::make_unique<Inflater>()) {}

ChunkDecoder::~ChunkDecoder() = default;

char* ChunkDecoder::storedBytes(size_t bytes) {
  if (stored_.length() < bytes) stored_ = FileBuffer(bytes + bytes / 4);
  return stored_.data();
}

char* ChunkDecoder::scratch(int which, size_t bytes) {
  if (scratch_[which].length() < bytes) scratch_[which] = FileBuffer(bytes);
  return scratch_[which].data();
}

// Between two filters data may be a little larger than a chunk: what an inner compressor could not compress, a
// checksum.
size_t ChunkDecoder::capacity(bool last) const {
  return last ? chunkBytes_ : chunkBytes_ + chunkBytes_ / 16 + 1024;
}

DecodedChunk ChunkDecoder::decode(const char* stored, size_t bytes, uint32_t skipped, char* direct) {
  const char* data = stored;
  int next = 0;
  int last = static_cast<int>(steps_.size());
  for (int i = static_cast<int>(steps_.size()) - 1; i >= 0; i--) {
    if ((skipped >> i & 1) == 0) last = i;
  }
  for (int i = static_cast<int>(steps_.size()) - 1; i >= 0; i--) {
    if (skipped >> i & 1) continue;
    const FilterStep& step = steps_[static_cast<size_t>(i)];
    // memory for the result of this step; data that the previous step left in one scratch goes to the other
    const auto result = [&](size_t most) {
      if (i == last && direct != nullptr) return direct;
      return scratch(next++ % 2, most);
    };
    if (step.kind == FilterKind::kFletcher32) {
      if (bytes < 4) throw BadChunk{"a checksum was expected, found " + std::to_string(bytes) + " bytes"};
      bytes -= 4;
      const unsigned char* sum = reinterpret_cast<const unsigned char*>(data + bytes);
      const uint32_t expected =
          static_cast<uint32_t>(sum[0] | sum[1] << 8 | sum[2] << 16) | static_cast<uint32_t>(sum[3]) << 24;
      const uint32_t found = fletcher32(data, bytes);
      // files of HDF5 before 1.6.3 have the bytes of each half swapped
      const uint32_t old = (found & 0x00ff00ffu) << 8 | (found >> 8 & 0x00ff00ffu);
      if (expected != found && expected != old) throw BadChunk{"data that fits its checksum was expected"};
    } else if (step.kind == FilterKind::kShuffle) {
      if (i == last && step.elementBytes == elementBytes_ && bytes == chunkBytes_ && direct == nullptr)
        return {data, true};
      if (i == last && bytes != chunkBytes_) throw BadChunk{sizes(chunkBytes_, std::to_string(bytes))};
      char* into = result(bytes);
      const size_t count = bytes / step.elementBytes;
      unshuffle(data, step.elementBytes, count, 0, count, into);
      const size_t done = count * step.elementBytes;
      std::memcpy(into + done, data + done, bytes - done);
      data = into;
    } else {
      const size_t most = capacity(i == last);
      const bool plugin = step.kind == FilterKind::kPlugin;
      if (!plugin && most / kMostExpansion > bytes + 64 && i == last) {
        throw BadChunk{sizes(chunkBytes_, std::to_string(bytes) + " bytes that cannot decode to as much")};
      }
      char* into = result(most);
      bytes = plugin                              ? step.plugin->decode(data, bytes, into, most)
              : step.kind == FilterKind::kDeflate ? inflater_->run(data, bytes, into, most)
                                                  : decodeLzf(data, bytes, into, most);
      data = into;
    }
    // a shuffle or checksum below works on what there is; only the end result has a size that must be met
    if (i == last && bytes != chunkBytes_) throw BadChunk{sizes(chunkBytes_, std::to_string(bytes))};
  }
  if (bytes != chunkBytes_) throw BadChunk{sizes(chunkBytes_, std::to_string(bytes))};
  return {data, false};
}

uint32_t fletcher32(const char* data, size_t bytes) {
  const unsigned char* at = reinterpret_cast<const unsigned char*>(data);
  uint64_t sum1 = 0, sum2 = 0;
  // libhdf5 folds carries in, so a sum that is a multiple of 65535 becomes 65535, and 0 only where all data is 0
  const auto fold = [](uint64_t sum) { return sum == 0 ? 0 : (sum - 1) % 65535 + 1; };
  size_t words = bytes / 2;
  while (words > 0) {
    // sums of this many 16-bit words stay far below 2^64
    const size_t block = std::min<size_t>(words, 1 << 15);
    for (size_t i = 0; i < block; i++, at += 2) {
      sum1 += static_cast<uint64_t>(at[0]) << 8 | at[1];
      sum2 += sum1;
    }
    sum1 = fold(sum1);
    sum2 = fold(sum2);
    words -= block;
  }
  if (bytes % 2 == 1) {
    sum1 = fold(sum1 + (static_cast<uint64_t>(*at) << 8));
    sum2 = fold(sum2 + sum1);
  }
  return static_cast<uint32_t>(sum2 << 16 | sum1);
}

size_t decodeLzf(const char* from, size_t bytes, char* into, size_t capacity) {
  const unsigned char* in = reinterpret_cast<const unsigned char*>(from);
  const unsigned char* const end = in + bytes;
  size_t made = 0;
  const auto need = [](bool fits) {
    if (!fits) throw BadChunk{"sound lzf data was expected, found damaged data"};
  };
  while (in < end) {
    const size_t control = *in++;
    if (control < 32) {
      const size_t length = control + 1;
      need(static_cast<size_t>(end - in) >= length && capacity - made >= length);
      std::memcpy(into + made, in, length);
      in += length;
      made += length;
      continue;
    }
    size_t length = control >> 5;
    if (length == 7) {
      need(in < end);
      length += *in++;
    }
    length += 2;
    need(in < end);
    const size_t distance = ((control & 31) << 8 | *in++) + 1;
    need(distance <= made && capacity - made >= length);
    // source and result may overlap: byte by byte repeats the last `distance` bytes
    for (size_t i = 0; i < length; i++, made++) into[made] = into[made - distance];
  }
  return made;
}

}  // namespace spikelab::hdf5
