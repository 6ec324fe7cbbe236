#include "records.h"

#include "elements.h"

namespace spikelab::hdf5 {
namespace {

Column readColumn(File& file, const std::string& path, TypeClass wanted, Control& control) {
  const Dataset dataset = openDescribed(file, path);
  if (dataset.type.cls != wanted) {
    throw file.formatError(dataset.path, std::string("a dataset of ") + className(wanted) + "s was expected, found " +
                                             typeName(dataset.type));
  }
  StoredElements stored(file, dataset, resolveSlab(dataset, {}, {}), control);
  const Elements elements{stored.data(), stored.type().size, stored.count(), stored.heap()};
  Column out = decodeColumn(file, stored.type(), elements, dataset.path, control);
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
  StoredElements stored(file, dataset, slab, control);
  Records out{{}, slab.count};
  for (const Field& field : stored.type().fields) {
    const Elements part{stored.data() + field.offset, stored.type().size, stored.count(), stored.heap()};
    out.columns.push_back(decodeColumn(file, *field.type, part, dataset.path + "." + field.name, control));
    out.columns.back().name = field.name;
  }
  return out;
}

}  // namespace spikelab::hdf5
