// All that an HDF5 file holds: links, attributes, shapes, numbers, texts, references and records.
#include <sys/mman.h>
#include <unistd.h>

#include <string>

#include "core/error.h"
#include "hdf5/numbers/number_read.h"
#include "hdf5/structure/tree.h"
#include "hdf5/values/records.h"

using namespace spikelab;
using namespace spikelab::hdf5;

namespace {

constexpr uint64_t kMostElements = 4096;

void readDataset(File& file, const std::string& path, Control& control) {
  const auto attempt = [](const auto& read) {
    try {
      read();
    } catch (const Error&) {
    }
  };
  attempt([&] {
    const Dataset dataset = openDescribed(file, path);
    checkNumbers(file, dataset);
    Corner count;
    if (!dataset.shape.empty()) {
      count.emplace();
      for (const uint64_t side : dataset.shape) count->push_back(std::min<uint64_t>(side, 64));
    }
    const Slab slab = resolveSlab(dataset, std::nullopt, count);
    if (slab.size > kMostElements) return;
    std::vector<double> out(slab.size);
    readNumbers(file, dataset, slab, Element::kFloat64, reinterpret_cast<char*>(out.data()), control);
  });
  attempt([&] { readTexts(file, path, control); });
  attempt([&] { readReferences(file, path, control); });
  attempt([&] { readRegions(file, path, control); });
  attempt([&] { readRecords(file, path, std::nullopt, std::nullopt, control); });
}

void walk(const std::string& path) {
  Control control;
  const auto file = File::open(path, {.maxFileBytes = 1e9, .maxArrayBytes = 1 << 24, .maxDepth = 32});
  readAttributes(*file, "/", control);
  for (const Link& link : walkTree(*file, "/", control)) {
    try {
      if (link.kind <= Kind::kType) readAttributes(*file, link.name, control);
    } catch (const Error&) {
    }
    if (link.kind == Kind::kDataset) readDataset(*file, link.name, control);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const int fd = memfd_create("input", MFD_CLOEXEC);
  if (fd < 0 || write(fd, data, size) != static_cast<ssize_t>(size)) return 0;
  try {
    walk("/proc/self/fd/" + std::to_string(fd));
  } catch (const Error&) {
  }
  close(fd);
  return 0;
}
