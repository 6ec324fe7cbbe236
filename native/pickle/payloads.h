// Brings the long payloads of a pickle from its file to where they stay: many at a time, coded ones decoded on the way.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "../io/file_handle.h"
#include "../parallel/control.h"

namespace spikelab {

enum class PayloadEncoding { kRaw, kUtf8, kRawUnicodeEscape };

struct PayloadSpan {
  // In the file.
  uint64_t position = 0;
  uint64_t storedBytes = 0;
  PayloadEncoding encoding = PayloadEncoding::kRaw;
  // What it becomes: exactly this many bytes of the target.
  size_t targetOffset = 0;
  size_t bytes = 0;
};

// The first payload whose text does not stand for exactly its bytes; nothing where all are in place.
std::optional<size_t> readPayloads(const FileHandle& file, const std::vector<PayloadSpan>& payloads,
                                   std::span<uint8_t> target, Control& control);

}  // namespace spikelab
