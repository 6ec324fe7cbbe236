// Where in its files each sample of a recording lies, as data: lib/recordings/sample-layout.ts says what each field
// means, and checks it against the files.
#pragma once

#include "../hdf5/numbers/convert.h"
#include "../io/file_handle.h"
#include "frame_source.h"

namespace spikelab {

struct SampleLayout {
  struct Channel {
    size_t stream;
    uint64_t offset;
  };
  struct Run {
    size_t file;
    uint64_t offset;
    uint64_t samples;
    uint64_t first;  // sample of the recording
  };
  struct Stream {
    uint64_t recordSamples = 1, recordBytes = 0, step = 0;
    std::vector<Run> runs;

    void addRun(size_t file, uint64_t offset, uint64_t samples) {
      runs.push_back({file, offset, samples, runs.empty() ? 0 : runs.back().first + runs.back().samples});
    }
  };

  hdf5::Type type;  // plain, or an integer of three bytes, which becomes one of four
  uint64_t samples = 0;
  std::vector<std::shared_ptr<FileHandle>> files;
  std::vector<Channel> channels;
  std::vector<Stream> streams;
};

// Frames or rows in one file are read as they are, others record by record. Throws Internal where the layout would lead
// beyond what it says of itself.
std::unique_ptr<FrameSource> layoutSource(SampleLayout layout);

// The second of them, for any layout; tests compare the two.
std::unique_ptr<FrameSource> recordSource(SampleLayout layout);

}  // namespace spikelab
