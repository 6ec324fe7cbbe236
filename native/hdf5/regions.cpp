#include <cstring>

#include "library_read.h"
#include "records.h"

namespace spikelab::hdf5 {
namespace {

constexpr hssize_t kMaxBlocks = 1 << 20;

// Rows of the first dimension that a selection covers; blocks are asked for in bounded numbers.
void takeRows(File& file, hid_t space, const Dataset& dataset, Region& region) {
  const int rank = H5Sget_simple_extent_ndims(space);
  const H5S_sel_type kind = H5Sget_select_type(space);
  if (kind == H5S_SEL_ALL && rank > 0) {
    hsize_t dims[H5S_MAX_RANK];
    H5Sget_simple_extent_dims(space, dims, nullptr);
    region.rows.emplace_back(0, dims[0]);
    return;
  }
  if (kind == H5S_SEL_NONE || rank < 1) return;
  const bool points = kind == H5S_SEL_POINTS;
  const hssize_t count = points ? H5Sget_select_elem_npoints(space) : H5Sget_select_hyper_nblocks(space);
  if (count < 0 || count > kMaxBlocks)
    throw file.formatError(dataset.path, "a region of at most a million blocks was expected");
  const size_t corners = points ? 1 : 2;
  const size_t width = corners * static_cast<size_t>(rank);
  file.charge(static_cast<uint64_t>(count), width * sizeof(hsize_t), dataset.path);
  std::vector<hsize_t> blocks(static_cast<size_t>(count) * width);
  const hsize_t all = static_cast<hsize_t>(count);
  const herr_t got = points ? H5Sget_select_elem_pointlist(space, 0, all, blocks.data())
                            : H5Sget_select_hyper_blocklist(space, 0, all, blocks.data());
  if (count > 0 && got < 0) throw file.libraryError(dataset.path, "read");
  for (size_t i = 0; i < static_cast<size_t>(count); i++) {
    const hsize_t first = blocks[i * width];
    const hsize_t last = points ? first : blocks[i * width + static_cast<size_t>(rank)];
    region.rows.emplace_back(first, last + 1);
  }
}

Region regionOf(File& file, const Dataset& dataset, const char* bytes, Control& control) {
  Region region;
  hdset_reg_ref_t reference;
  std::memcpy(&reference, bytes, sizeof reference);
  static constexpr char kNull[sizeof reference] = {};
  if (std::memcmp(&reference, kNull, sizeof reference) == 0) return region;
  LibraryLock lock;
  const Handle target(H5Rdereference2(dataset.handle.get(), H5P_DEFAULT, H5R_DATASET_REGION, &reference), H5Oclose);
  H5O_info_t object;
  if (!target || H5Oget_info2(target.get(), &object, H5O_INFO_BASIC) < 0)
    throw file.libraryError(dataset.path, "followed");
  region.path = pathOfObject(file, object.addr, control);
  const Handle space(H5Rget_region(dataset.handle.get(), H5R_DATASET_REGION, &reference), H5Sclose);
  if (!space) throw file.libraryError(dataset.path, "followed");
  takeRows(file, space.get(), dataset, region);
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
  file.charge(slab.size, sizeof(hdset_reg_ref_t) + sizeof(Region), dataset.path);
  std::vector<char> bytes(slab.size * sizeof(hdset_reg_ref_t));
  Control reading;
  libraryRead(file, dataset, slab, H5T_STD_REF_DSETREG, bytes.data(), reading);
  std::vector<Region> out;
  for (uint64_t i = 0; i < slab.size; i++) {
    control.check();
    out.push_back(regionOf(file, dataset, bytes.data() + i * sizeof(hdset_reg_ref_t), control));
  }
  return out;
}

}  // namespace spikelab::hdf5
