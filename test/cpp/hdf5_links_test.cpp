// Links in structures made by hand after the file format specification, whole and damaged.
#include "hdf5/structure/btree2.h"
#include "hdf5/structure/fractal_heap.h"
#include "hdf5/structure/stored_links.h"
#include "hdf5_objects.h"

using namespace spikelab::hdf5;

namespace {

constexpr int kRounds = 1500;
Bytes hardLink(const std::string& name, uint64_t address) {
  return Bytes().number(1, 1).number(0, 1).number(name.size(), 1).text(name).address(address);
}
Bytes softLink(const std::string& name, const std::string& target) {
  return Bytes()
      .number(1, 1)
      .number(8, 1)
      .number(1, 1)
      .number(name.size(), 1)
      .text(name)
      .number(target.size(), 2)
      .text(target);
}

void readGroup(File& file) {
  readLinks(file, kHeader, "/group");
}

void testLinksInHeader() {
  HandMade made;
  const Bytes external = Bytes().number(1, 1).number(8, 1).number(64, 1).number(3, 1).text("out").number(3, 2).text(
      std::string("\0a\0", 3));
  made.put(kHeader, header({{6, hardLink("units", 800)}, {6, softLink("best", "/units")}, {6, external}}), true);
  const auto file = made.open();
  const auto links = readLinks(*file, kHeader, "/group");
  CHECK(links->size() == 3 && (*links)[0].name == "best" && (*links)[0].type == LinkType::kSoft);
  CHECK((*links)[0].target == "/units" && (*links)[1].name == "out" && (*links)[1].type == LinkType::kExternal);
  CHECK(findLink(*links, "units")->address == 800 && findLink(*links, "unit") == nullptr);
  CHECK(contains(made.refusalWith(kHeader + 14, 200, 1, readGroup), "links inside their messages"));  // name's length
  made.damage(kRounds, readGroup);
}

void testSymbolTable() {
  HandMade made;
  made.put(kHeader, header({{0x11, Bytes().address(kTree).address(kHeap)}}), true);
  made.put(kHeap, Bytes("HEAP").zeros(4).number(24, 8).number(kNowhere, 8).address(kData), false);
  made.put(kData, Bytes().zeros(8).text("a").zeros(7).text("b").zeros(7), false);
  made.put(kTree,
           Bytes("TREE")
               .number(0, 1)
               .number(0, 1)
               .number(1, 2)
               .address(kNowhere)
               .address(kNowhere)
               .number(0, 8)
               .address(kMore)
               .number(16, 8),
           false);
  Bytes node("SNOD");
  node.number(1, 1).number(0, 1).number(2, 2);
  node.number(8, 8).address(800).zeros(24);
  node.number(16, 8).address(kNowhere).number(2, 4).zeros(4).number(8, 4).zeros(12);
  made.put(kMore, node, false);
  const auto file = made.open();
  const auto links = readLinks(*file, kHeader, "/group");
  CHECK(links->size() == 2 && findLink(*links, "a")->address == 800);
  CHECK(findLink(*links, "b")->type == LinkType::kSoft && findLink(*links, "b")->target == "a");
  CHECK(contains(made.refusalWith(kMore + 8, 900, 8, readGroup), "names inside their heap"));
  CHECK(contains(made.refusalWith(kTree + 5, 1, 1, readGroup), "TREE"));  // its child is no tree
  CHECK(contains(made.refusalWith(kHeap + 8, 17, 8, readGroup), "names"));
  made.damage(kRounds, readGroup);
}

// Three links in the heap; the tree of their names has one of them at the root and the others in a leaf each.
void testLinksInHeap() {
  constexpr uint64_t kLeft = kMore + 512, kRight = kMore + 1024, kLink = 12;
  HandMade made;
  made.put(kHeader, header({{2, Bytes().number(0, 2).address(kHeap).address(kTree)}}), true);
  putHeap(made, {hardLink("a", 800), hardLink("b", 900), hardLink("c", 1000)});
  const auto record = [&](uint64_t i) {
    return Bytes().number(i, 4).text(objectId(kFirstObject + i * kLink, kLink).data).data;
  };
  made.put(kTree, treeHeader(5, 11, 1, 1, 3), true);
  made.put(kMore,
           Bytes("BTIN")
               .number(0, 1)
               .number(5, 1)
               .text(record(1))
               .address(kLeft)
               .number(1, 1)
               .address(kRight)
               .number(1, 1)
               .sum(),
           true);
  made.put(kLeft, Bytes("BTLF").number(0, 1).number(5, 1).text(record(0)).sum(), true);
  made.put(kRight, Bytes("BTLF").number(0, 1).number(5, 1).text(record(2)).sum(), true);
  const auto file = made.open();
  const auto links = readLinks(*file, kHeader, "/group");
  CHECK(links->size() == 3 && findLink(*links, "a")->address == 800 && findLink(*links, "c")->address == 1000);
  BTree2 tree(*file, kTree, 5, 11, "/group");
  for (unsigned char i = 0; i < 4; i++) {
    const BTree2::Record found = tree.find([&](BTree2::Record other) { return i - other[0]; });
    CHECK(i < 3 ? found != nullptr && found[0] == i : found == nullptr);
  }
  const unsigned char tiny[] = {0x22, 'a', 'b', 'c', 0, 0, 0};
  const std::vector<unsigned char> inside = FractalHeap(*file, kHeap, "/group").object(tiny);
  CHECK(std::string(inside.begin(), inside.end()) == "abc");

  CHECK(contains(made.refusalWith(kMore + 17, kMore, 8, readGroup), "BTLF"));  // a cycle
  CHECK(contains(made.refusalWith(kTree + 26, 4, 8, readGroup), "as many records as it claims"));
  CHECK(contains(made.refusalWith(kLeft + 11, 600, 2, readGroup), "objects inside"));
  CHECK(contains(made.refusalWith(kHeap + 7, 1, 2, readGroup), "filtered heap"));
  CHECK(contains(made.refusalWith(kData + 5, 800, 8, readGroup), "blocks of its own"));
  made.damage(kRounds, readGroup);
}

}  // namespace

int main() {
  testLinksInHeader();
  testSymbolTable();
  testLinksInHeap();
  std::puts("hdf5 links: ok");
}
