#include "trains_read.h"

#include <memory>
#include <mutex>

#include "../hdf5/numbers/number_read.h"
#include "../hdf5/structure/plain_vectors.h"
#include "../parallel/pool.h"
#include "../spikes/ragged.h"

namespace spikelab::hdf5 {
namespace {

// One dimension, or two of which one is 1, as MATLAB stores vectors.
void checkVector(File& file, const Dataset& dataset) {
  const std::vector<uint64_t>& shape = dataset.shape;
  const bool flat = shape.size() == 1 && !dataset.null;
  if (flat || (shape.size() == 2 && (shape[0] == 1 || shape[1] == 1))) return;
  const std::string found = shape.empty() ? "a scalar" : std::to_string(shape.size()) + " dimensions";
  throw file.formatError(dataset.path, "one dimension was expected, found " + found);
}

// One dataset of many: a plain vector, or whatever else libhdf5 describes.
struct Member {
  std::optional<PlainVector> plain;
  std::unique_ptr<Dataset> dataset;

  uint64_t size() const { return plain ? plain->length : dataset->size; }
  const Type& type() const { return plain ? plain->type : dataset->type; }
};

std::vector<Member> describeAll(File& file, const std::vector<std::string>& paths, Control& control) {
  std::vector<std::optional<PlainVector>> plain = findPlainVectors(file, paths, control);
  std::vector<Member> out(paths.size());
  for (size_t i = 0; i < paths.size(); i++) {
    if (plain[i]) {
      out[i].plain = std::move(plain[i]);
    } else {
      control.check();
      file.charge(1, sizeof(Dataset) + 512, "the list of datasets");
      out[i].dataset = std::make_unique<Dataset>(openDescribed(file, paths[i]));
      checkNumbers(file, *out[i].dataset);
      checkVector(file, *out[i].dataset);
    }
    file.charge(out[i].size(), sizeof(double), paths[i]);
  }
  return out;
}

}  // namespace

Trains readTrains(File& file, const std::vector<std::string>& paths, const TimeScale& scale, Control& control) {
  file.charge(paths.size(), sizeof(Member), "the list of datasets");
  const std::vector<Member> members = describeAll(file, paths, control);
  Trains out;
  out.offsets = OwnedArray<double>(members.size() + 1);
  uint64_t total = 0;
  for (size_t i = 0; i < members.size(); i++) {
    out.offsets[i] = static_cast<double>(total);
    total += members[i].size();
  }
  out.offsets[members.size()] = static_cast<double>(total);
  file.checkPlausible(total, "the datasets asked for");
  out.times = OwnedArray<double>(total);
  std::vector<ByteRange> ranges;
  for (const Member& member : members) {
    if (!member.plain) continue;
    const uint64_t address = member.plain->address;
    ranges.push_back({address, address + member.plain->length * member.plain->type.size});
  }
  file.descriptor().expect(std::move(ranges));
  control.setTotal(total);
  std::mutex mutex;
  const auto into = [&](size_t i) { return reinterpret_cast<char*>(&out.times[static_cast<size_t>(out.offsets[i])]); };
  const auto settle = [&](size_t i) {
    const SettledTrains settled = settleInPlace(out.times.data(), out.offsets.data() + i, 1, scale, control);
    std::lock_guard<std::mutex> lock(mutex);
    settled.addTo(out);
  };
  parallelFor(members.size(), 0, control, [&](size_t i, size_t) {
    if (!members[i].plain) return;
    readPlainVector(file, *members[i].plain, paths[i], Element::kFloat64, into(i));
    settle(i);
    control.advance(members[i].size());
  });
  for (size_t i = 0; i < members.size(); i++) {
    if (members[i].plain) continue;
    const Dataset& dataset = *members[i].dataset;
    readNumbers(file, dataset, resolveSlab(dataset, {}, {}), Element::kFloat64, into(i), control);
    settle(i);
  }
  return out;
}

}  // namespace spikelab::hdf5
