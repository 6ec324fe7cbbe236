#include <cstring>

#include "records.h"
#include "stored_attributes.h"
#include "tree.h"

namespace spikelab::hdf5 {
namespace {

// The format's own limit for an attribute in a header is 64 kB; dense storage may hold more.
constexpr uint64_t kMaxAttributeBytes = uint64_t{64} << 20;
constexpr hsize_t kMaxAttributes = 100'000;

herr_t takeName(hid_t, const char* name, const H5A_info_t*, void* names) {
  try {
    static_cast<std::vector<std::string>*>(names)->emplace_back(name);
    return 0;
  } catch (...) {
    return -1;
  }
}

Column readAttribute(File& file, hid_t attribute, const std::string& place, Control& control) {
  Column out;
  const Handle type(H5Aget_type(attribute), H5Tclose);
  const Handle space(H5Aget_space(attribute), H5Sclose);
  if (!type || !space) throw file.libraryError(place, "read");
  const Type described = describeType(file, type.get(), place);
  hsize_t dims[H5S_MAX_RANK];
  const int rank = H5Sget_simple_extent_ndims(space.get());
  if (rank < 0 || (rank > 0 && H5Sget_simple_extent_dims(space.get(), dims, nullptr) < 0)) {
    throw file.libraryError(place, "read");
  }
  uint64_t count = H5Sget_simple_extent_type(space.get()) == H5S_NULL ? 0 : 1, bytes = 0;
  bool possible = true;
  for (int d = 0; d < rank; d++) possible = possible && !__builtin_mul_overflow(count, dims[d], &count);
  possible = possible && !__builtin_mul_overflow(count, H5Tget_size(type.get()), &bytes) && bytes <= kMaxAttributeBytes;
  if (!possible) throw file.formatError(place, "an attribute of at most 64 MiB was expected");
  const bool decoded = described.numeric() || described.cls == TypeClass::kString ||
                       described.cls == TypeClass::kReference ||
                       (described.cls == TypeClass::kArray && described.base->numeric());
  if (count == 0 || !decoded) {
    out.shape.assign(dims, dims + rank);
    return out;
  }
  const bool pointers = described.cls == TypeClass::kString && described.variable;
  file.charge(1, bytes, place);
  std::vector<char> memory(bytes);
  if (H5Aread(attribute, type.get(), memory.data()) < 0) throw file.libraryError(place, "read");
  try {
    out = decodeColumn(file, described, {memory.data(), H5Tget_size(type.get()), count}, place, control);
  } catch (...) {
    if (pointers) H5Dvlen_reclaim(type.get(), space.get(), H5P_DEFAULT, memory.data());
    throw;
  }
  if (pointers) H5Dvlen_reclaim(type.get(), space.get(), H5P_DEFAULT, memory.data());
  std::vector<uint64_t> shape(dims, dims + rank);
  shape.insert(shape.end(), out.shape.begin() + 1, out.shape.end());
  out.shape = shape;
  return out;
}

}  // namespace

std::vector<Column> readAttributes(File& file, const std::string& path, Control& control) {
  LibraryLock lock;
  const Handle object = openObject(file, path);
  const std::string place = normalPath(path);
  H5O_info_t counted;
  if (H5Oget_info2(object.get(), &counted, H5O_INFO_BASIC) < 0) throw file.libraryError(place, "read");
  if (std::optional<std::vector<Column>> stored = readStoredAttributes(file, counted.addr, place, control)) {
    return std::move(*stored);
  }
  if (H5Oget_info2(object.get(), &counted, H5O_INFO_NUM_ATTRS) < 0) throw file.libraryError(place, "read");
  if (counted.num_attrs > kMaxAttributes) throw file.formatError(place, "at most 100 000 attributes were expected");
  std::vector<Column> out;
  std::vector<std::string> names;
  if (H5Aiterate2(object.get(), H5_INDEX_NAME, H5_ITER_INC, nullptr, takeName, &names) < 0) {
    throw file.libraryError(place, "read");
  }
  for (const std::string& name : names) {
    control.check();
    const Handle attribute(H5Aopen(object.get(), name.c_str(), H5P_DEFAULT), H5Aclose);
    if (!attribute) throw file.libraryError(place, "read");
    out.push_back(readAttribute(file, attribute.get(), place + "@" + name, control));
    out.back().name = name;
  }
  return out;
}

}  // namespace spikelab::hdf5
