// Attributes and descriptions of datasets in headers made by hand after the file format specification, whole and
// damaged.
#include "hdf5/structure/header_check.h"
#include "hdf5/structure/message_check.h"
#include "hdf5/structure/object_header.h"
#include "hdf5/structure/stored_attributes.h"
#include "hdf5_objects.h"
#include "parallel/control.h"

using namespace spikelab::hdf5;

namespace {

constexpr int kRounds = 1500;

const Bytes kInteger = Bytes().number(0x10, 1).number(8, 3).number(4, 4).number(0, 2).number(32, 2);
const Bytes kFloat = Bytes()
                         .number(0x11, 1)
                         .number(0x3f20, 3)
                         .number(8, 4)
                         .number(0, 2)
                         .number(64, 2)
                         .number(52, 1)
                         .number(11, 1)
                         .number(0, 1)
                         .number(52, 1)
                         .number(1023, 4);
const Bytes kText = Bytes().number(0x13, 1).number(0, 3).number(2, 4);
const Bytes kScalar = Bytes().number(2, 1).number(0, 3);

Bytes vectorOf(uint64_t length) {
  return Bytes().number(2, 1).number(1, 1).number(0, 1).number(1, 1).number(length, 8);
}

Bytes attribute(const std::string& name, const Bytes& type, const Bytes& space, const Bytes& data) {
  const std::string ended = name + std::string(1, '\0');
  Bytes out;
  out.number(3, 1).number(0, 1).number(ended.size(), 2).number(type.data.size(), 2).number(space.data.size(), 2);
  return out.number(0, 1).text(ended).text(type.data).text(space.data).text(data.data);
}

void readAll(File& file) {
  spikelab::Control control;
  readStoredAttributes(file, kHeader, "/object", control);
}

// One in the header, one in the heap.
void testAttributes() {
  HandMade made;
  const Bytes gains =
      attribute("gains", kInteger, vectorOf(3), Bytes().number(1, 4).number(0xfffffffe, 4).number(3, 4));
  const Bytes unit = attribute("unit", kText, kScalar, Bytes("mV"));
  made.put(kHeader, header({{12, gains}, {21, Bytes().number(0, 2).address(kHeap).address(kTree)}}), true);
  putHeap(made, {unit});
  made.put(kTree, treeHeader(8, 16, 0, 1, 1), true);
  Bytes leaf("BTLF");
  leaf.number(0, 1).number(8, 1).text(objectId(kFirstObject, unit.data.size()).data).zeros(9);
  made.put(kMore, leaf.sum(), true);
  const auto file = made.open();
  spikelab::Control control;
  const std::vector<Column> found = readStoredAttributes(*file, kHeader, "/object", control);
  CHECK(found.size() == 2 && found[0].name == "gains" && found[1].name == "unit");
  CHECK(found[0].shape == std::vector<uint64_t>{3} && found[1].shape.empty());
  CHECK(std::get<Texts>(found[1].values).bytes == "mV");
  CHECK(contains(made.refusalWith(kHeader + 8 + 4 + 9 + 6 + 12 + 4, 4, 8, readAll), "values inside their message"));
  made.damage(kRounds, readAll);
}

// The datatype stands in a header of its own, which the attribute names.
void testCommitted() {
  constexpr uint64_t kType = kMore + 1024;
  HandMade made;
  made.put(kType, header({{3, kInteger}}), true);
  Bytes named("");
  named.number(3, 1).number(1, 1).number(2, 2).number(10, 2).number(kScalar.data.size(), 2).number(0, 1);
  named.text("n").zeros(1).number(2, 1).number(2, 1).address(kType).text(kScalar.data).number(77, 4);
  made.put(kHeader, header({{12, named}}), true);
  spikelab::Control control;
  const auto file = made.open();
  const std::vector<Column> found = readStoredAttributes(*file, kHeader, "/object", control);
  CHECK(found.size() == 1 && found[0].shape.empty());
  const Array& values = std::get<Array>(found[0].values);
  CHECK(values.element == Element::kInt32 && values.size == 1);
  CHECK(std::string(values.buffer.data(), 4) == Bytes().number(77, 4).data);
  const uint64_t place = kHeader + 8 + 4 + 9 + 2;
  CHECK(contains(made.refusalWith(place + 2, kHeader, 8, readAll), "a committed datatype"));
  CHECK(contains(made.refusalWith(place, 0x0103, 2, readAll), "a table of shared messages"));
  made.damage(kRounds, readAll);
}

// Cut anywhere, a message says more than it has.
void testMessages() {
  HandMade made;
  const auto file = made.open();
  const Bytes enumeration = Bytes().number(0x38, 1).number(2, 3).number(4, 4).text(kInteger.data).text("a").zeros(1);
  const std::string named = Bytes(enumeration).text("bc").zeros(9).data;
  Bytes compound;
  compound.number(0x16, 1).number(1, 3).number(8, 4).text("field").zeros(3).zeros(32).text(kFloat.data);
  const Bytes array = Bytes().number(0x3a, 1).number(0, 3).number(8, 4).number(1, 1).number(2, 4).text(kInteger.data);
  const Bytes fill = Bytes().number(3, 1).number(0x20, 1).number(4, 4).number(7, 4);
  const Bytes filters = Bytes().number(2, 1).number(1, 1).number(1, 2).number(0, 2).number(1, 2).number(6, 4);
  const Bytes compact = Bytes().number(3, 1).number(0, 1).number(3, 2).zeros(3);
  const Bytes linkInfo = Bytes().number(0, 1).number(3, 1).zeros(8).address(kHeap).address(kTree).address(kMore);
  const Bytes groupInfo = Bytes().number(0, 1).number(2, 1).number(4, 2).number(8, 2);
  const Bytes symbols = Bytes().address(kTree).address(kHeap);
  const std::pair<unsigned, std::string> messages[] = {{3, named},           {3, compound.data},    {3, array.data},
                                                       {3, kFloat.data},     {5, fill.data},        {11, filters.data},
                                                       {8, compact.data},    {1, vectorOf(3).data}, {2, linkInfo.data},
                                                       {10, groupInfo.data}, {17, symbols.data}};
  for (const auto& [type, whole] : messages) {
    for (size_t size = 0; size <= whole.size(); size++) {
      const std::vector<unsigned char> exact(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
      CHECK(wholeMessage(*file, type, exact.data(), exact.size()) == (size == whole.size()));
    }
  }
}

// Sizes that do not fit: libhdf5 divides by those of members, and makes room for an array by its own.
void testSizes() {
  HandMade made;
  const auto file = made.open();
  const auto sound = [&](const Bytes& type) {
    const std::string& data = type.data;
    const std::vector<unsigned char> exact(data.begin(), data.end());
    return wholeMessage(*file, 3, exact.data(), exact.size());
  };
  const auto text = [](uint64_t size) { return Bytes().number(0x13, 1).number(0, 3).number(size, 4); };
  const auto compound = [](uint64_t offset, const Bytes& member) {
    return Bytes().number(0x36, 1).number(1, 3).number(8, 4).text("m").zeros(1).number(offset, 1).text(member.data);
  };
  const auto array = [](uint64_t own, uint64_t count) {
    return Bytes().number(0x3a, 1).number(0, 3).number(own, 4).number(1, 1).number(count, 4).text(kInteger.data);
  };
  // a member of version 1 has its own dimensions: here two of up to four
  const auto old = [](uint64_t columns) {
    Bytes type = Bytes().number(0x16, 1).number(1, 3).number(24, 4).text("m").zeros(7).number(0, 4).number(2, 1);
    return type.zeros(11).number(2, 4).number(columns, 4).zeros(8).text(kInteger.data);
  };
  // a list, or a text in UTF-8; there are no others
  const auto variable = [](uint64_t kind) {
    return Bytes().number(0x19, 1).number(kind, 3).number(16, 4).text(kInteger.data);
  };
  CHECK(sound(text(1)) && !sound(text(0)));
  CHECK(sound(variable(0)) && sound(variable(0x101)) && !sound(variable(2)) && !sound(variable(15)));
  CHECK(sound(compound(0, kFloat)) && !sound(compound(1, kFloat)) && !sound(compound(9, text(1))));
  CHECK(sound(compound(7, text(1))) && !sound(compound(7, text(2))) && !sound(compound(0, text(0))));
  CHECK(sound(array(12, 3)) && !sound(array(12, 4)) && !sound(array(8, 3)) && !sound(array(8, 0xffffffff)));
  CHECK(sound(old(3)) && !sound(old(4)) && !sound(old(0)) && !sound(old(0xffffffff)));
}

void testVector() {
  HandMade made;
  const Bytes layout = Bytes().number(3, 1).number(1, 1).address(kData).number(24, 8);
  made.put(kHeader, header({{1, vectorOf(3)}, {3, kFloat}, {8, layout}}), true);
  const auto read = [](File& file) {
    const auto vector = readVectorHeader(file, kHeader);
    if (!vector) throw spikelab::Error(spikelab::Code::kFormat, "no vector");
  };
  const auto file = made.open();
  const auto vector = readVectorHeader(*file, kHeader);
  CHECK(vector && vector->length == 3 && vector->address == kData && vector->type.size == 8);
  CHECK(vector->type.cls == TypeClass::kFloat && !vector->type.bigEndian);
  CHECK(!made.refusalWith(kHeader + 8 + 4 + 4, 4, 8, read).empty());  // four elements, stored are three
  made.damage(kRounds, read);
}

// What libhdf5 must not see: it divides by chunks of 0, and follows headers that continue in themselves for ever.
void testHeaderCheck() {
  HandMade made;
  const Bytes layout = Bytes().number(3, 1).number(2, 1).number(2, 1).address(kData).number(10, 4).number(8, 4);
  made.put(kHeader, header({{1, vectorOf(30)}, {3, kFloat}, {8, layout}, {16, Bytes().address(kMore).number(20, 8)}}),
           true);
  made.put(kMore, Bytes("OCHK").zeros(12).sum(), true);
  const auto check = [](File& file) {
    LibraryLock lock;
    checkHeader(file, kHeader, "/data");
  };
  const uint64_t side = kHeader + 8 + 4 + 12 + 4 + 20 + 4 + 11, next = side + 8 + 4;
  CHECK(contains(made.refusalWith(side, 0, 4, check), "at least one element"));
  CHECK(contains(made.refusalWith(side - 9, 1, 1, check), "as many dimensions"));
  CHECK(contains(made.refusalWith(side - 9, 3, 1, check), "all that its messages say"));
  CHECK(contains(made.refusalWith(next, kHeader + 4, 8, check), "once each"));
  CHECK(contains(made.refusalWith(next - 3, 8, 2, check), "once each"));  // a continuation that is cut
  CHECK(contains(made.refusalWith(next + 8, 1 << 30, 8, check), "in the file, once each"));
  // libhdf5 follows a continuation outside of the file also where its flags say that it is kept elsewhere
  CHECK(contains(made.refusalWith(next - 1, 2 | (uint64_t{1} << 38), 8, check), "in the file, once each"));
  CHECK(contains(made.refusalWith(next + 8, 1, 8, check), "in the file, once each"));
  made.damage(kRounds, check);
}

// Of version 1, which has no checksums: 16 bytes before the messages, each of which has 8 of its own.
void testOldHeaderCheck() {
  HandMade made;
  const Bytes continuation = Bytes().number(16, 2).number(16, 2).zeros(4).address(kMore).number(8, 8);
  Bytes old = Bytes().number(1, 1).zeros(1).number(2, 2).number(1, 4).number(24, 4).zeros(4).text(continuation.data);
  made.put(kHeader, old, false);
  made.put(kMore, Bytes().zeros(8), false);
  const auto check = [](File& file) {
    LibraryLock lock;
    checkHeader(file, kHeader, "/data");
  };
  const uint64_t size = kHeader + 16 + 8 + 8;
  CHECK(made.refusalWith(size, 8, 8, check).empty());
  CHECK(contains(made.refusalWith(size, 0, 8, check), "once each"));   // libhdf5 asks for memory of no size
  CHECK(contains(made.refusalWith(size, 12, 8, check), "once each"));  // and reads a message behind the end
  CHECK(contains(made.refusalWith(size - 8, kHeader + 16, 8, check), "once each"));
}

// Lists of other files are heaps, which libhdf5 reads while it opens the dataset.
void testElsewhere() {
  const auto refusal = [](int type, const Bytes& message) {
    HandMade made;
    made.put(kHeader, header({{1, vectorOf(3)}, {3, kFloat}, {type, message}}), true);
    const auto file = made.open();
    try {
      LibraryLock lock;
      checkHeader(*file, kHeader, "/data");
    } catch (const spikelab::Error& error) {
      CHECK(error.code() == spikelab::Code::kUnsupported);
      return std::string(error.what());
    }
    return std::string();
  };
  const Bytes virtualLayout = Bytes().number(4, 1).number(3, 1).address(kHeap).number(1, 4);
  CHECK(contains(refusal(8, virtualLayout), "a virtual dataset at /data"));
  const Bytes list = Bytes().number(1, 1).zeros(3).number(1, 2).number(1, 2).address(kHeap).zeros(24);
  CHECK(contains(refusal(7, list), "data kept in other files at /data"));
}

}  // namespace

int main() {
  testAttributes();
  testCommitted();
  testMessages();
  testSizes();
  testVector();
  testHeaderCheck();
  testOldHeaderCheck();
  testElsewhere();
  std::puts("hdf5 headers: ok");
}
