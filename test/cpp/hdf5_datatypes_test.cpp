// Datatypes made by hand after the file format specification, whole and damaged.
#include "hdf5/structure/stored_datatype.h"
#include "hdf5_bytes.h"

using namespace spikelab::hdf5;

namespace {

// Parsed from heap memory of the exact size, so that a sanitizer sees any step outside.
std::optional<Type> parsed(const std::string& encoded) {
  const std::vector<unsigned char> exact(encoded.begin(), encoded.end());
  return parseDatatype(exact.data(), exact.size());
}

Bytes head(unsigned version, unsigned cls, uint64_t bits, uint64_t size) {
  return Bytes().number(version << 4 | cls, 1).number(bits, 3).number(size, 4);
}
Bytes integer(uint64_t size, bool isSigned) {
  return head(1, 0, isSigned ? 8 : 0, size).number(0, 2).number(8 * size, 2);
}

void testNumbers() {
  const auto whole = parsed(integer(2, true).data);
  CHECK(whole && whole->cls == TypeClass::kInteger && whole->plain && whole->isSigned && whole->size == 2);
  const auto odd = parsed(integer(3, false).data);
  CHECK(odd && !odd->plain && !odd->isSigned);
  const Bytes single = head(1, 1, 0x1f21, 4).number(0, 2).number(32, 2).number(0x17000817, 4).number(127, 4);
  const auto real = parsed(single.data);
  CHECK(real && real->cls == TypeClass::kFloat && real->plain && real->bigEndian && real->size == 4);
  const Bytes vax = head(1, 1, 0x1f61, 4).number(0, 2).number(32, 2).number(0x17000817, 4).number(127, 4);
  CHECK(parsed(vax.data) && !parsed(vax.data)->plain);
  CHECK(!parsed(integer(0, false).data) && !parsed(head(6, 0, 0, 2).zeros(4).data) && !parsed(""));
}

Bytes boolean(const std::string& first, unsigned version = 3) {
  Bytes out = head(version, 8, 2, 1).text(integer(1, true).data);
  return out.text(first).zeros(1).text("TRUE").zeros(1).number(0, 1).number(1, 1);
}

void testTexts() {
  const auto fixed = parsed(head(1, 3, 2, 5).data),
             variable = parsed(head(1, 9, 1, 16).text(head(1, 3, 0, 1).data).data);
  CHECK(fixed && fixed->cls == TypeClass::kString && fixed->padding == ' ' && !fixed->variable);
  CHECK(variable && variable->cls == TypeClass::kString && variable->variable);
  const auto list = parsed(head(1, 9, 0, 16).text(integer(2, true).data).data);
  CHECK(list && list->cls == TypeClass::kVlen);
}

void testNested() {
  // as HDF5 1.12 and 2.0 write it in their newest formats
  for (const unsigned version : {4u, 5u}) CHECK(parsed(boolean("FALSE", version).data)->cls == TypeClass::kBool);
  CHECK(!parsed(head(4, 11, 0, 16).data) && parsed(head(5, 11, 0, 16).data)->cls == TypeClass::kOpaque);
  CHECK(parsed(boolean("FALSE").data)->cls == TypeClass::kBool && parsed(boolean("NO").data)->cls == TypeClass::kEnum);
  const auto array =
      parsed(head(3, 10, 0, 24).number(2, 1).number(3, 4).number(4, 4).text(integer(2, false).data).data);
  CHECK(array && array->cls == TypeClass::kArray && array->shape == (std::vector<uint64_t>{3, 4}) &&
        array->base->size == 2);
  // 3 × 4 elements of 2 bytes are not 25 bytes, and 2^32 - 1 dimensions of that many elements are no number
  CHECK(!parsed(head(3, 10, 0, 25).number(2, 1).number(3, 4).number(4, 4).text(integer(2, false).data).data));
  Bytes vast = head(3, 10, 0, 24).number(3, 1);
  for (int i = 0; i < 3; i++) vast.number(0xffffffff, 4);
  CHECK(!parsed(vast.text(integer(2, false).data).data));
  // arrays of arrays of arrays of … end
  Bytes deep = integer(1, false);
  for (int i = 0; i < 1000; i++) deep = head(3, 10, 0, 1).number(1, 1).number(1, 4).text(deep.data);
  CHECK(!parsed(deep.data));
}

void testDamage() {
  std::mt19937 random(1);
  const std::string whole[] = {
      integer(4, true).data, boolean("FALSE").data,
      head(3, 10, 0, 24).number(2, 1).number(3, 4).number(4, 4).text(integer(2, false).data).data,
      head(1, 10, 0, 24).number(1, 4).number(12, 4).number(0, 4).text(integer(2, false).data).data,
      head(1, 9, 1, 16).text(head(1, 3, 0, 1).data).data};
  int refused = 0, taken = 0;
  for (int round = 0; round < 50000; round++) {
    std::string bytes = whole[random() % std::size(whole)];
    for (unsigned hits = random() % 4; hits > 0; hits--) {
      bytes[random() % bytes.size()] = static_cast<char>(random() % 2 ? random() : 1 << random() % 8);
    }
    if (random() % 4 == 0) bytes.resize(random() % (bytes.size() + 1));
    const auto type = parsed(bytes);
    (type ? taken : refused)++;
    if (!type || type->cls != TypeClass::kArray) continue;
    uint64_t size = type->base->size;
    for (const uint64_t n : type->shape) size *= n;
    CHECK(size == type->size);
  }
  CHECK(refused > 1000 && taken > 1000);
}

}  // namespace

int main() {
  testNumbers();
  testTexts();
  testNested();
  testDamage();
  std::puts("hdf5 datatypes: ok");
}
