#include <cstring>

#include "../structure/bytes.h"
#include "../structure/heap.h"
#include "elements.h"
#include "records.h"

namespace spikelab::hdf5 {
namespace {

// Selections as global heaps hold them (HDF5 File Format Specification 3.0, VIII.A.1), behind the address of their
// dataset: libhdf5 believes their counts.
enum : unsigned { kNone = 0, kPoints = 1, kBlocks = 2, kAll = 3 };
constexpr unsigned kNumbersVersion = 1;  // 4 bytes a coordinate; the later ones are for more than 4 billion

class Selection {
 public:
  Selection(File& file, const std::string& place, std::string_view stored)
      : file_(file), place_(place), at_(reinterpret_cast<const unsigned char*>(stored.data())), left_(stored.size()) {}

  uint64_t address() { return number(file_.addressBytes()); }

  // Rows of the first dimension that it covers; `rowsOfAll` gives how many there are.
  template <typename RowsOfAll>
  std::vector<std::pair<uint64_t, uint64_t>> rows(RowsOfAll rowsOfAll) {
    std::vector<std::pair<uint64_t, uint64_t>> out;
    const uint64_t kind = number(4), version = number(4);
    if (kind == kNone) return out;
    if (kind == kAll) return {{0, rowsOfAll()}};
    if ((kind != kPoints && kind != kBlocks) || version != kNumbersVersion) {
      throw file_.unsupported("region of another version",
                              "points or blocks of version 1 were expected in a region of " + place_);
    }
    number(8);  // reserved, and the length of what follows
    const uint64_t rank = number(4), count = number(4), each = (kind == kPoints ? 4 : 8) * rank;
    if (rank == 0 || rank > H5S_MAX_RANK || count > left_ / each) damaged();
    for (uint64_t i = 0; i < count; i++) {
      const uint64_t first = number(4);
      take(4 * (rank - 1));
      const uint64_t last = kind == kPoints ? first : number(4);
      if (kind == kBlocks) take(4 * (rank - 1));
      if (last < first) damaged();
      out.emplace_back(first, last + 1);
    }
    return out;
  }

 private:
  [[noreturn]] void damaged() const {
    throw file_.formatError(place_, "regions inside their objects of a global heap were expected");
  }
  const unsigned char* take(uint64_t bytes) {
    if (bytes > left_) damaged();
    left_ -= bytes;
    return std::exchange(at_, at_ + bytes);
  }
  uint64_t number(unsigned width) { return littleEndian(take(width), width); }

  File& file_;
  const std::string& place_;
  const unsigned char* at_;
  uint64_t left_;
};

Region regionOf(File& file, const Dataset& dataset, std::string_view stored, Control& control) {
  Region region;
  if (stored.empty()) return region;
  Selection selection(file, dataset.path, stored);
  region.path = pathOfObject(file, selection.address(), control);
  if (region.path.empty()) throw file.formatError(dataset.path, "regions of datasets that are there were expected");
  region.rows = selection.rows([&] {
    const Dataset target = openDescribed(file, region.path);
    if (target.shape.empty()) throw file.formatError(dataset.path, "regions of datasets with rows were expected");
    return target.shape[0];
  });
  file.charge(region.rows.size(), sizeof region.rows[0], dataset.path);
  return region;
}

}  // namespace

std::vector<Region> readRegions(File& file, const std::string& path, Control& control) {
  const Dataset dataset = openDescribed(file, path);
  if (dataset.type.cls != TypeClass::kRegionReference) {
    throw file.formatError(dataset.path,
                           "a dataset of region references was expected, found " + typeName(dataset.type));
  }
  const Slab slab = resolveSlab(dataset, {}, {});
  const size_t width = file.addressBytes() + 4;
  if (dataset.type.size != width) throw file.formatError(dataset.path, "region references by address were expected");
  file.charge(slab.size, sizeof(Region), dataset.path);
  StoredElements stored(file, dataset, slab, control);
  HeapReader heap(file, dataset.path);
  std::vector<Region> out;
  for (uint64_t i = 0; i < stored.count(); i++) {
    control.check();
    out.push_back(regionOf(file, dataset, heap.bytes(stored.data() + i * width), control));
  }
  return out;
}

}  // namespace spikelab::hdf5
