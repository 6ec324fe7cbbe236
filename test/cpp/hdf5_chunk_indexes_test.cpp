// Indexes of chunks made by hand after the file format specification, whole and damaged.
#include "hdf5/structure/chunk_arrays.h"
#include "hdf5/structure/chunk_tree.h"
#include "hdf5_bytes.h"

using namespace spikelab::hdf5;

namespace {

constexpr int kRounds = 1500;

// --- the older tree: chunks of 10 × 4 elements of 2 bytes ---

using Place = std::vector<uint64_t>;
const Place kShape{10, 4};

// A key, and behind it what it belongs to.
void entry(Bytes& node, uint64_t bytes, uint64_t row, uint64_t column, uint64_t child) {
  node.number(bytes, 4).number(0, 4).number(10 * row, 8).number(4 * column, 8).number(0, 8);
  if (child != 0) node.address(child);
}

Bytes treeNode(int level, int count) {
  return Bytes("TREE").number(1, 1).number(level, 1).number(count, 2).address(kNowhere).address(kNowhere);
}

// Chunks (0,0) (0,2) (1,0) in a leaf, (3,1) (3,2) in the next one.
constexpr uint64_t kRoot = 4096, kLeft = 5120, kRight = 6144, kChunks = 8192;
constexpr uint64_t kKey = 32, kEntry = 40, kNodeHead = 24;

void putTree(HandMade& made) {
  Bytes root = treeNode(1, 2);
  entry(root, 80, 0, 0, kLeft);
  entry(root, 80, 3, 1, kRight);
  entry(root, 0, 4, 3, 0);
  Bytes left = treeNode(0, 3);
  entry(left, 80, 0, 0, kChunks);
  entry(left, 70, 0, 2, kChunks + 80);
  entry(left, 80, 1, 0, kChunks + 160);
  entry(left, 80, 3, 1, 0);
  Bytes right = treeNode(0, 2);
  entry(right, 80, 3, 1, kChunks + 240);
  entry(right, 80, 3, 2, kChunks + 320);
  entry(right, 0, 4, 3, 0);
  made.put(kRoot, root, false);
  made.put(kLeft, left, false);
  made.put(kRight, right, false);
}

void findAll(File& file) {
  ChunkTree tree(file, kRoot, kShape, "/data");
  for (uint64_t row = 0; row < 5; row++) {
    for (uint64_t column = 0; column < 4; column++) tree.find({row, column});
  }
}

void testTree() {
  HandMade made;
  putTree(made);
  {
    const auto file = made.open();
    ChunkTree tree(*file, kRoot, kShape, "/data");
    const auto at = [&](const Place& place) {
      const ChunkTree::Chunk* chunk = tree.find(place);
      return chunk == nullptr ? 0 : chunk->address;
    };
    CHECK(at({0, 0}) == kChunks && at({0, 2}) == kChunks + 80 && at({1, 0}) == kChunks + 160);
    CHECK(at({3, 1}) == kChunks + 240 && at({3, 2}) == kChunks + 320);
    CHECK(tree.find({0, 2})->bytes == 70);
    for (const Place& never : {Place{0, 1}, {0, 3}, {1, 1}, {2, 0}, {3, 0}, {3, 3}, {4, 3}, {1000, 0}}) {
      CHECK(at(never) == 0);
    }
    CHECK(ChunkTree(*file, kNowhere, kShape, "/data").find({0, 0}) == nullptr);
  }
  const auto refusal = [&](uint64_t address, uint64_t value, int width) {
    return made.refusalWith(address, value, width, findAll);
  };
  const uint64_t child = kRoot + kNodeHead + kKey;
  CHECK(contains(refusal(child, kRoot, 8), "nodes where their parents say"));               // a cycle
  CHECK(contains(refusal(child, kRight, 8), "nodes where their parents say"));              // another's place
  CHECK(contains(refusal(child, HandMade::kBytes - 8, 8), "TREE"));                         // the file's end
  CHECK(contains(refusal(kRoot + 5, 200, 1), "possible depth"));                            // its level
  CHECK(contains(refusal(kRoot + 5, 3, 1), "nodes where their parents say"));               // its level
  CHECK(contains(refusal(kLeft + 6, 60000, 2), "TREE"));                                    // its count
  CHECK(contains(refusal(kLeft + 4, 0, 1), "TREE"));                                        // a tree of names
  CHECK(contains(refusal(kLeft + kNodeHead + kEntry + 8, 20, 8), "keys in order"));         // (2,2) before (1,0)
  CHECK(contains(refusal(kLeft + kNodeHead + kEntry + 16, 9, 8), "begin where one ends"));  // element 9 of 4
  made.damage(kRounds, findAll);
}

// --- arrays; chunks without filters, so that elements are addresses ---

constexpr uint64_t kHeader = 4096, kBlock = 5120, kPages = kBlock + 19;

uint64_t addressOf(ChunkArray& array, uint64_t index) {
  const unsigned char* element = array.element(index);
  uint64_t out = 0;
  for (int i = 8; element != nullptr && i-- > 0;) out = out << 8 | element[i];
  return out;
}

void sweepFixed(File& file) {
  const auto array = openFixedArray(file, kHeader, 0, "/data");
  for (uint64_t i = 0; i < 5; i++) addressOf(*array, i);
}

// Five elements, two a page; the second page was never written.
void testFixedArray() {
  HandMade made;
  made.put(kHeader,
           Bytes("FAHD").number(0, 1).number(0, 1).number(8, 1).number(1, 1).number(5, 8).address(kBlock).sum(), true);
  made.put(kBlock, Bytes("FADB").number(0, 1).number(0, 1).address(kHeader).number(0xa0, 1).sum(), true);
  made.put(kPages, Bytes().address(100).address(101).sum(), true);
  made.put(kPages + 40, Bytes().address(104).sum(), true);
  {
    const auto file = made.open();
    const auto array = openFixedArray(*file, kHeader, 0, "/data");
    const uint64_t expected[] = {100, 101, 0, 0, 104};
    for (uint64_t i = 0; i < 5; i++) CHECK(addressOf(*array, i) == expected[i]);
  }
  CHECK(contains(made.refusalWith(kHeader + 8, uint64_t{1} << 60, 8, sweepFixed), "possible counts"));
  CHECK(contains(made.refusalWith(kHeader + 8, 4, 8, sweepFixed), "all chunks"));
  CHECK(contains(made.refusalWith(kBlock + 6, kBlock, 8, sweepFixed), "blocks of its own"));
  made.damage(kRounds, sweepFixed);
}

constexpr uint64_t kSecond = 7168, kSuper = 8192, kThird = 9216;
constexpr uint64_t kAll = 30;

void sweepExtensible(File& file) {
  const auto array = openExtensibleArray(file, kHeader, 0, "/data");
  for (uint64_t i = 0; i < kAll + 2; i++) addressOf(*array, i);
}

Bytes dataBlock(uint64_t offset, uint64_t first, int count) {
  Bytes out("EADB");
  out.number(0, 1).number(0, 1).address(kHeader).number(offset, 1);
  for (int i = 0; i < count; i++) out.address(first + static_cast<uint64_t>(i));
  return out.sum();
}

// Up to 2^8 elements: two in the index block, then blocks of 4 and 8 that it names, then two of 8 that the first
// secondary block names. The first of those was never made.
void testExtensibleArray() {
  HandMade made;
  Bytes header("EAHD");
  header.number(0, 1).number(0, 1).number(8, 1).number(8, 1).number(2, 1).number(4, 1).number(2, 1).number(4, 1);
  for (int i = 0; i < 4; i++) header.number(0, 8);
  made.put(kHeader, header.number(kAll, 8).number(kAll, 8).address(kBlock).sum(), true);
  Bytes index("EAIB");
  index.number(0, 1).number(0, 1).address(kHeader).address(100).address(101);
  index.address(kBlock + 1024).address(kSecond).address(kSuper);
  for (int i = 0; i < 4; i++) index.address(kNowhere);
  made.put(kBlock, index.sum(), true);
  made.put(kBlock + 1024, dataBlock(0, 102, 4), true);
  made.put(kSecond, dataBlock(4, 106, 8), true);
  made.put(
      kSuper,
      Bytes("EASB").number(0, 1).number(0, 1).address(kHeader).number(12, 1).address(kNowhere).address(kThird).sum(),
      true);
  made.put(kThird, dataBlock(20, 122, 8), true);
  {
    const auto file = made.open();
    const auto array = openExtensibleArray(*file, kHeader, 0, "/data");
    for (uint64_t i = 0; i < kAll + 2; i++) {
      const bool written = i < 14 || (i >= 22 && i < kAll);
      CHECK(addressOf(*array, i) == (written ? 100 + i : 0));
    }
  }
  CHECK(contains(made.refusalWith(kHeader + 9, 3, 1, sweepExtensible), "possible counts"));
  CHECK(contains(made.refusalWith(kSecond + 6, 0, 8, sweepExtensible), "blocks of its own"));
  made.damage(kRounds, sweepExtensible);
}

}  // namespace

int main() {
  testTree();
  testFixedArray();
  testExtensibleArray();
  std::puts("hdf5 chunk indexes: ok");
}
