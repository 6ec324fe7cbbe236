// Undoing HDF5's filters, without libhdf5 and without Node: what zlib packed, and thousands of damaged chunks, which
// must end in BadChunk or in exactly the bytes of a chunk. Run under a sanitizer this shows that no byte outside is
// touched.
#include <zlib.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <random>
#include <string>

#include "hdf5/numbers/chunk_filters.h"
#include "hdf5/numbers/shuffle.h"
#include "hdf5/structure/checksum.h"
#include "hdf5/structure/heap.h"

using namespace spikelab::hdf5;

namespace {

void check(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "failed: %s\n", what);
  std::exit(1);
}

std::string deflated(const std::string& raw) {
  uLongf size = compressBound(raw.size());
  std::string out(size, '\0');
  compress(reinterpret_cast<Bytef*>(out.data()), &size, reinterpret_cast<const Bytef*>(raw.data()), raw.size());
  out.resize(size);
  return out;
}

// By the definition in the file format specification: all first bytes, all second bytes, …
std::string shuffled(const std::string& raw, size_t size) {
  std::string out(raw);
  const size_t count = raw.size() / size;
  for (size_t i = 0; i < count; i++) {
    for (size_t b = 0; b < size; b++) out[b * count + i] = raw[i * size + b];
  }
  return out;
}

std::string randomText(std::mt19937& random, size_t size) {
  std::string out(size, '\0');
  for (char& c : out) c = static_cast<char>(random() % 7 * 40);
  return out;
}

void testUnshuffle(std::mt19937& random) {
  for (const size_t size : {1, 2, 3, 4, 8, 16}) {
    for (const size_t count : {0, 1, 15, 16, 17, 33, 100}) {
      const std::string raw = randomText(random, size * count), planes = shuffled(raw, size);
      for (size_t first = 0; first <= count; first += 7) {
        std::string out((count - first) * size, '\0');
        unshuffle(planes.data(), size, count, first, count - first, out.data());
        check(out == raw.substr(first * size), "unshuffle restores every element");
      }
    }
  }
}

void testFletcher() {
  const char zeros[8] = {};
  check(fletcher32(zeros, 8) == 0, "the checksum of zeros is 0");
  const char ones[4] = {'\xff', '\xff', '\xff', '\xff'};
  check(fletcher32(ones, 4) == 0xffffffffu, "sums that are multiples of 65535 stay 65535");
  const char two[2] = {1, 2};
  check(fletcher32(two, 2) == 0x01020102u, "one word is both sums");
  const char three[3] = {1, 2, 3};
  check(fletcher32(three, 3) == 0x05040402u, "an odd byte counts as the high one");
}

void testPipeline(std::mt19937& random) {
  const size_t bytes = 4096;
  const std::string raw = randomText(random, bytes);
  const std::string packed = deflated(shuffled(raw, 2));
  const std::vector<FilterStep> steps{{FilterKind::kShuffle, 2}, {FilterKind::kDeflate}};
  ChunkDecoder decoder(steps, bytes, 2);
  const DecodedChunk left = decoder.decode(packed.data(), packed.size(), 0, nullptr);
  check(left.shuffled && std::string(left.data, bytes) == shuffled(raw, 2), "the last shuffle is left to the reader");
  std::string direct(bytes, '\0');
  const DecodedChunk done = decoder.decode(packed.data(), packed.size(), 0, direct.data());
  check(!done.shuffled && done.data == direct.data() && direct == raw, "a pipeline is undone in place");
  const std::string plain = deflated(raw);
  const DecodedChunk skipped = decoder.decode(plain.data(), plain.size(), 1, direct.data());
  check(!skipped.shuffled && std::string(skipped.data, bytes) == raw, "a filter that was skipped is skipped");
}

void testDamage(std::mt19937& random) {
  const size_t bytes = 2048;
  const std::vector<std::vector<FilterStep>> pipelines{
      {{FilterKind::kDeflate}},
      {{FilterKind::kShuffle, 2}, {FilterKind::kDeflate}},
      {{FilterKind::kShuffle, 5}, {FilterKind::kDeflate}, {FilterKind::kFletcher32}},
      {{FilterKind::kLzf}},
      {{FilterKind::kDeflate}, {FilterKind::kLzf}},
      {{FilterKind::kFletcher32}},
      {{FilterKind::kDeflate}, {FilterKind::kDeflate}},
  };
  const std::string packed = deflated(randomText(random, bytes));
  for (const auto& steps : pipelines) {
    ChunkDecoder decoder(steps, bytes, 2);
    int decoded = 0, refused = 0;
    for (int round = 0; round < 3000; round++) {
      std::string chunk = round % 3 == 0 ? randomText(random, random() % 3000) : packed;
      for (unsigned flips = random() % 4; flips > 0 && !chunk.empty(); flips--)
        chunk[random() % chunk.size()] ^= 1 << random() % 8;
      chunk.resize(random() % (chunk.size() + 1) + (random() % 2 ? 0 : chunk.size() / 2));
      // heap memory of the exact size, so that a sanitizer sees any step outside
      std::vector<char> stored(chunk.begin(), chunk.end()), whole(bytes);
      try {
        const DecodedChunk out = decoder.decode(stored.data(), stored.size(), random() % 5 == 0 ? random() % 8 : 0,
                                                round % 2 ? whole.data() : nullptr);
        decoded++;
        unsigned sum = 0;
        for (size_t i = 0; i < bytes; i++) sum += static_cast<unsigned char>(out.data[i]);
        check(sum <= 255 * bytes, "all bytes of a decoded chunk can be read");
      } catch (const BadChunk& error) {
        refused++;
        check(!error.message.empty(), "a refusal says why");
      }
    }
    check(refused > 1000, "damage is noticed");
  }
}

void testHeap(std::mt19937& random) {
  // header, one object "spike" of index 1, free space
  std::string heap("GCOL\x01\0\0\0", 8);
  const auto put = [&](uint64_t value, int size) {
    for (int i = 0; i < size; i++) heap += static_cast<char>(value >> 8 * i & 255);
  };
  put(4096, 8);
  put(1, 2), put(1, 2), put(0, 4), put(5, 8);
  heap += std::string("spike\0\0\0", 8);
  put(0, 8), put(4096 - heap.size() - 8, 8);
  heap.resize(4096);
  check(collectionSize(heap.data(), heap.size(), 8) == 4096, "a heap says its size");
  const std::vector<HeapObject> objects = collectionObjects(heap.data(), heap.size(), 8);
  check(objects.size() == 1 && objects[0].index == 1 && objects[0].bytes == 5, "a heap lists its objects");
  check(heap.substr(objects[0].offset, 5) == "spike", "objects are where they are said to be");
  for (int round = 0; round < 20000; round++) {
    std::vector<char> broken(heap.begin(), heap.end());
    for (int flips = 0; flips < 4; flips++) broken[random() % 64] = static_cast<char>(random());
    try {
      const uint64_t size = collectionSize(broken.data(), broken.size(), 8);
      if (size > broken.size()) continue;
      for (const HeapObject& object : collectionObjects(broken.data(), size, 8)) {
        check(object.offset <= size && object.bytes <= size - object.offset, "objects lie inside their heap");
      }
    } catch (const HeapError&) {
    }
  }
}

// The values that the author of lookup3 gives for it.
void testChecksum() {
  const std::string text = "Four score and seven years ago";
  const auto sum = [&](size_t bytes) { return lookup3(reinterpret_cast<const unsigned char*>(text.data()), bytes); };
  check(sum(0) == 0xdeadbeef, "lookup3 of nothing");
  check(sum(30) == 0x17770551, "lookup3 of a text");
}

}  // namespace

int main() {
  std::mt19937 random(1);
  testUnshuffle(random);
  testFletcher();
  testPipeline(random);
  testDamage(random);
  testHeap(random);
  testChecksum();
  std::puts("hdf5 chunks: ok");
}
