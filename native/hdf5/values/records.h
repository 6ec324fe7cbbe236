// Datasets and attributes that are not plain arrays of numbers: texts, references, compounds.
#pragma once

#include <string>
#include <vector>

#include "values.h"

namespace spikelab::hdf5 {

// The texts of a dataset of strings.
Column readTexts(File& file, const std::string& path, Control& control);

// Paths of the objects that a dataset of object references points at; empty for null and dangling ones.
Column readReferences(File& file, const std::string& path, Control& control);

// The fields of a (one-dimensional) compound dataset, each as one column.
struct Records {
  std::vector<Column> columns;
  std::vector<uint64_t> shape;
};
Records readRecords(File& file, const std::string& path, const Corner& start, const Corner& count, Control& control);

// What a region reference selects: rows [start, end) of the first dimension of the dataset at `path`.
struct Region {
  std::string path;
  std::vector<std::pair<uint64_t, uint64_t>> rows;
};
std::vector<Region> readRegions(File& file, const std::string& path, Control& control);

// All attributes of an object. A scalar attribute has an empty shape; what is not decoded is left without values.
std::vector<Column> readAttributes(File& file, const std::string& path, Control& control);

}  // namespace spikelab::hdf5
