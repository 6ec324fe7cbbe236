#include "sample_layout.h"

#include <optional>

#include "flat_source.h"

namespace spikelab {
namespace {

using Stream = SampleLayout::Stream;

void require(bool holds, const char* what) {
  if (!holds) throw Error(Code::kInternal, what);
}

// lib/recordings/sample-layout.ts has said the same with the file's name; what is checked here protects memory.
void checkLayout(const SampleLayout& layout) {
  for (const Stream& stream : layout.streams) {
    require(stream.recordSamples >= 1 && stream.recordBytes >= 1, "records have samples and bytes");
    const SampleLayout::Run* last = stream.runs.empty() ? nullptr : &stream.runs.back();
    require((last ? last->first + last->samples : 0) >= layout.samples, "runs have all samples");
    for (const SampleLayout::Run& run : stream.runs) require(run.file < layout.files.size(), "runs lie in files");
  }
  for (const SampleLayout::Channel& channel : layout.channels) {
    require(channel.stream < layout.streams.size(), "channels lie in streams");
    const Stream& stream = layout.streams[channel.stream];
    const uint64_t room = stream.recordBytes, size = layout.type.size;
    require(channel.offset <= room && size <= room - channel.offset, "channels lie within a record");
    const uint64_t behind = room - channel.offset - size;
    require(stream.recordSamples == 1 || (stream.step >= size && (stream.recordSamples - 1) <= behind / stream.step),
            "samples lie within a record");
  }
}

// The layout as frames, or as rows that begin with the file's first one, if it is one.
std::optional<FlatLayout> flatOf(const SampleLayout& layout) {
  if (!layout.type.plain || layout.streams.size() != 1 || layout.streams[0].runs.size() != 1) return std::nullopt;
  const Stream& stream = layout.streams[0];
  const uint64_t size = layout.type.size, row = layout.samples * size;
  const bool frames = stream.recordSamples == 1 && stream.recordBytes % size == 0;
  const bool rows = stream.recordSamples >= layout.samples && stream.step == size && row > 0;
  if (!frames && !rows) return std::nullopt;
  FlatLayout flat{stream.runs[0].offset, layout.type, 0, layout.samples, frames, {}};
  const uint64_t unit = frames ? size : row;
  flat.width = stream.recordBytes / unit;
  for (const SampleLayout::Channel& channel : layout.channels) {
    if (channel.offset % unit) return std::nullopt;
    flat.columns.push_back(channel.offset / unit);
  }
  return flat;
}

}  // namespace

std::unique_ptr<FrameSource> layoutSource(SampleLayout layout) {
  checkLayout(layout);
  if (std::optional<FlatLayout> flat = flatOf(layout)) {
    return flatSource(layout.files[layout.streams[0].runs[0].file], *std::move(flat));
  }
  return recordSource(std::move(layout));
}

}  // namespace spikelab
