// The links of a file: paths resolved one component at a time, groups listed, the whole tree walked.
#pragma once

#include <string>
#include <vector>

#include "../../parallel/control.h"
#include "../library/file.h"

namespace spikelab::hdf5 {

// In the order of lib/containers/hdf5/file.ts.
enum class Kind { kGroup, kDataset, kType, kSoftLink, kExternalLink, kUserLink };

struct Link {
  std::string name;  // of the link; in a walk its whole path
  Kind kind;
  std::string target;    // of a soft link: the path that it holds
  uint64_t address = 0;  // of an object: the same for all hard links to it
  int64_t made = -1;  // its place among the links of its group in the order in which they were made, where that is kept
};

// Opens the object at `path`. Each component is looked at before it is followed: hard links and at most 16 soft links
// to places in this file are fine; external and user-defined links are refused. Throws NotFound, naming the datasets
// there are.
Handle openObject(File& file, const std::string& path);
Handle openDataset(File& file, const std::string& path);
// Where the header of the object at `path` is.
uint64_t objectAddress(File& file, const std::string& path);
// Where the header of the group at `path` is.
uint64_t groupAddress(File& file, const std::string& path);
bool exists(File& file, const std::string& path);

// What a group holds, in the order of names. Links are reported, not followed.
std::vector<Link> listGroup(File& file, const std::string& path);

// Everything below a group: each object once, under the first path that leads to it, so cycles of hard links end.
// Throws Limit where groups nest deeper than limits.maxDepth.
std::vector<Link> walkTree(File& file, const std::string& path, Control& control);

// '/a/b' from any spelling of it.
std::string normalPath(const std::string& path);

}  // namespace spikelab::hdf5
