// Bytes of a file that lies elsewhere: what is here and what is missing, against a plain list of which bytes came; what
// is let go of first; and readers on threads beside who brings bytes and lets go of them.
#include "../../native/io/range_cache.h"

#include <cstdio>
#include <random>
#include <thread>

#include "check.h"

using namespace spikelab;

namespace {

constexpr uint64_t kSize = 5000;

char byteAt(uint64_t position) {
  return static_cast<char>(position * 31 + position / 251);
}

void bring(RangeCache& cache, uint64_t start, uint64_t end, bool passing = false) {
  std::vector<char> bytes;
  for (uint64_t i = start; i < end; i++) bytes.push_back(byteAt(i));
  cache.supply(start, bytes.data(), bytes.size(), passing);
}

bool isRight(const std::vector<char>& bytes, uint64_t start) {
  for (size_t i = 0; i < bytes.size(); i++) {
    if (bytes[i] != byteAt(start + i)) return false;
  }
  return true;
}

std::vector<ByteRange> missingOf(const std::vector<bool>& here, uint64_t start, uint64_t end) {
  std::vector<ByteRange> out;
  for (uint64_t i = start; i < end; i++) {
    if (here[i]) continue;
    if (!out.empty() && out.back().end == i)
      out.back().end++;
    else
      out.push_back({i, i + 1});
  }
  return out;
}

bool same(const std::vector<ByteRange>& a, const std::vector<ByteRange>& b) {
  if (a.size() != b.size()) return false;
  for (size_t i = 0; i < a.size(); i++) {
    if (a[i].start != b[i].start || a[i].end != b[i].end) return false;
  }
  return true;
}

void agreesWithAPlainList(uint32_t seed) {
  std::mt19937 random(seed);
  const auto below = [&](uint64_t n) { return static_cast<uint64_t>(random() % n); };
  RangeCache cache(kSize);
  std::vector<bool> here(kSize, false);
  for (int step = 0; step < 400; step++) {
    const uint64_t start = below(kSize), end = std::min<uint64_t>(kSize, start + below(step % 5 == 0 ? kSize : 60));
    if (below(3) == 0) {
      bring(cache, start, end, below(2) == 0);
      for (uint64_t i = start; i < end; i++) here[i] = true;
      continue;
    }
    const std::vector<ByteRange> wanted = missingOf(here, start, end);
    CHECK(same(cache.gaps(start, end), wanted));
    std::vector<char> bytes(end - start);
    RangeCache::forgetMisses();
    const uint64_t misses = cache.misses();
    CHECK(cache.read(start, bytes.data(), bytes.size()) == wanted.empty());
    CHECK(RangeCache::missedHere() == !wanted.empty());
    CHECK(cache.misses() == misses + (wanted.empty() ? 0 : 1));
    CHECK(wanted.empty() ? isRight(bytes, start) : same(cache.takeMissing().read, wanted));
    CHECK(cache.expect({{start, end}}) == wanted.empty());
    CHECK(same(cache.takeMissing().expected, wanted));
    CHECK(cache.takeMissing().read.empty() && cache.takeMissing().expected.empty());
  }
}

void letsGoOfBulkAndOfTheOldestFirst() {
  RangeCache cache(kSize);
  char byte = 0;
  bring(cache, 0, 100);
  bring(cache, 200, 300, true);
  bring(cache, 400, 500);
  CHECK(cache.read(0, &byte, 1));
  cache.trim(300);
  CHECK(cache.gaps(0, 100).empty() && cache.gaps(200, 300).empty() && cache.gaps(400, 500).empty());
  // bulk goes first, though it is younger than what came first
  cache.trim(200);
  CHECK(same(cache.gaps(200, 300), {{200, 300}}) && cache.gaps(0, 100).empty() && cache.gaps(400, 500).empty());
  // the one that was read last stays
  cache.trim(199);
  CHECK(cache.gaps(0, 100).empty() && same(cache.gaps(400, 500), {{400, 500}}));
  cache.trim(0);
  CHECK(same(cache.gaps(0, 100), {{0, 100}}));
  // what went can come again
  bring(cache, 0, 100);
  CHECK(cache.read(99, &byte, 1) && byte == byteAt(99));
}

void hasEdges() {
  RangeCache cache(kSize);
  CHECK(cache.read(kSize, nullptr, 0));
  CHECK(cache.gaps(kSize, kSize + 10).empty());
  CHECK(same(cache.gaps(kSize - 1, kSize + 10), {{kSize - 1, kSize}}));
  CHECK(cache.expect({}) && cache.expect({{7, 7}}));
  bring(cache, kSize - 1, kSize);
  char byte = 0;
  CHECK(cache.read(kSize - 1, &byte, 1) && byte == byteAt(kSize - 1));
  // behind the end there is nothing, and nothing can be asked for: a reader checks against size()
  char two[2];
  CHECK(!cache.read(kSize - 1, two, 2));
  RangeCache empty(0);
  CHECK(empty.gaps(0, 10).empty() && empty.expect({{0, 10}}));
}

void isSharedByThreads() {
  RangeCache cache(kSize);
  std::vector<std::thread> readers;
  std::atomic<bool> stop{false};
  std::atomic<int> good{0};
  for (uint32_t reader = 0; reader < 3; reader++) {
    readers.emplace_back([&, reader] {
      std::mt19937 random(reader);
      while (!stop) {
        const uint64_t start = random() % (kSize - 200);
        std::vector<char> bytes(1 + random() % 200);
        if (!cache.read(start, bytes.data(), bytes.size())) continue;
        CHECK(isRight(bytes, start));
        good++;
      }
    });
  }
  std::mt19937 random(9);
  for (int round = 0; round < 2000 || good < 1000; round++) {
    const uint64_t start = random() % (kSize - 1000);
    bring(cache, start, start + 1000, round % 2 == 0);
    if (round % 50 == 0) cache.trim(random() % kSize);
    cache.takeMissing();
  }
  stop = true;
  for (std::thread& reader : readers) reader.join();
}

}  // namespace

int main() {
  for (uint32_t seed = 1; seed <= 100; seed++) agreesWithAPlainList(seed);
  letsGoOfBulkAndOfTheOldestFirst();
  hasEdges();
  isSharedByThreads();
  std::puts("range cache: ok");
  return 0;
}
