#include "records.h"

#include <cstring>

#include "library_read.h"

namespace spikelab::hdf5 {
namespace {

// Elements read as their own type: in the file's byte order, with pointers for texts of variable length, which are
// given back on destruction.
class OwnElements {
 public:
  OwnElements(File& file, const Dataset& dataset, const Slab& slab, Control& control) {
    LibraryLock lock;
    type_ = Handle(H5Dget_type(dataset.handle.get()), H5Tclose);
    const size_t bytesEach = H5Tget_size(type_.get());
    file.charge(slab.size, bytesEach, dataset.path);
    bytes_ = Buffer(slab.size * bytesEach);
    std::memset(bytes_.data(), 0, bytes_.bytes());
    elements_ = {bytes_.data(), bytesEach, slab.size};
    Control never;
    control.check();
    libraryRead(file, dataset, slab, type_.get(), bytes_.data(), never);
  }
  ~OwnElements() {
    LibraryLock lock;
    const hsize_t count = elements_.count;
    const Handle space(H5Screate_simple(1, &count, nullptr), H5Sclose);
    if (count > 0) H5Dvlen_reclaim(type_.get(), space.get(), H5P_DEFAULT, bytes_.data());
  }
  const Elements& elements() const { return elements_; }

 private:
  Handle type_;
  Buffer bytes_;
  Elements elements_{};
};

Column readColumn(File& file, const std::string& path, TypeClass wanted, Control& control) {
  const Dataset dataset = openDescribed(file, path);
  if (dataset.type.cls != wanted) {
    throw file.formatError(dataset.path, std::string("a dataset of ") + className(wanted) + "s was expected, found " +
                                             typeName(dataset.type));
  }
  const OwnElements own(file, dataset, resolveSlab(dataset, {}, {}), control);
  Column out = decodeColumn(file, dataset.type, own.elements(), dataset.path, control);
  out.shape = dataset.shape;
  return out;
}

}  // namespace

Column readTexts(File& file, const std::string& path, Control& control) {
  return readColumn(file, path, TypeClass::kString, control);
}

Column readReferences(File& file, const std::string& path, Control& control) {
  return readColumn(file, path, TypeClass::kReference, control);
}

Records readRecords(File& file, const std::string& path, const Corner& start, const Corner& count, Control& control) {
  const Dataset dataset = openDescribed(file, path);
  if (dataset.type.cls != TypeClass::kCompound) {
    throw file.formatError(dataset.path, "a dataset of compounds was expected, found " + typeName(dataset.type));
  }
  const Slab slab = resolveSlab(dataset, start, count);
  const OwnElements own(file, dataset, slab, control);
  Records out{{}, slab.count};
  for (const Field& field : dataset.type.fields) {
    const Elements part{own.elements().first + field.offset, own.elements().stride, own.elements().count};
    out.columns.push_back(decodeColumn(file, *field.type, part, dataset.path + "." + field.name, control));
    out.columns.back().name = field.name;
  }
  return out;
}

}  // namespace spikelab::hdf5
