// Texts that stand for bytes, in pieces of any length. The first bytes say how much room there is, and how long pieces
// are.
#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include "pickle/payload_codecs.h"

using namespace spikelab;

namespace {

template <typename Decoder>
void decode(std::span<const uint8_t> text, size_t room, size_t piece) {
  std::vector<uint8_t> out(room);
  Decoder decoder(out);
  for (size_t at = 0; at < text.size(); at += piece) {
    if (!decoder.push(text.subspan(at, std::min(piece, text.size() - at)))) return;
  }
  decoder.complete();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 2) return 0;
  const std::span<const uint8_t> text(data + 2, size - 2);
  decode<Utf8ToBytes>(text, data[0], 1 + data[1] % 16);
  decode<RawUnicodeEscapeToBytes>(text, data[0], 1 + data[1] % 16);
  return 0;
}
