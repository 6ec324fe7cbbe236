#include "payloads.h"

#ifdef __linux__
#include <sys/mman.h>
#endif

#include <algorithm>
#include <atomic>

#include "../parallel/pool.h"
#include "payload_codecs.h"

namespace spikelab {
namespace {

// Read straight to where it goes: large enough for full speed, small enough to spread over threads.
constexpr size_t kRawPieceBytes = size_t{1} << 20;
// Read, then decoded while it is still in the cache.
constexpr size_t kCodedPieceBytes = size_t{1} << 16;

struct Task {
  size_t payload;
  size_t from;
  size_t bytes;
};

std::vector<Task> tasksOf(const std::vector<PayloadSpan>& payloads, size_t targetBytes) {
  std::vector<Task> tasks;
  for (size_t i = 0; i < payloads.size(); i++) {
    const PayloadSpan& payload = payloads[i];
    if (payload.targetOffset > targetBytes || payload.bytes > targetBytes - payload.targetOffset) {
      throw Error(Code::kInternal, "a payload reaches beyond its target");
    }
    if (payload.encoding != PayloadEncoding::kRaw) {
      tasks.push_back({i, 0, payload.bytes});
      continue;
    }
    if (payload.storedBytes != payload.bytes) throw Error(Code::kInternal, "a raw payload has one length");
    for (size_t from = 0; from < payload.bytes; from += kRawPieceBytes) {
      tasks.push_back({i, from, std::min(kRawPieceBytes, payload.bytes - from)});
    }
  }
  return tasks;
}

// Fresh memory costs a page fault for every 4 KiB that is written, which takes longer than copying the file: large
// pages make that one for 2 MiB. Only advice: where the system has none, nothing changes.
void adviseLargePages([[maybe_unused]] std::span<uint8_t> memory) {
#ifdef MADV_HUGEPAGE
  constexpr uintptr_t kLargePage = uintptr_t{1} << 21;
  const uintptr_t begin = reinterpret_cast<uintptr_t>(memory.data());
  const uintptr_t from = (begin + kLargePage - 1) & ~(kLargePage - 1);
  const uintptr_t to = (begin + memory.size()) & ~(kLargePage - 1);
  if (from < to) madvise(reinterpret_cast<void*>(from), to - from, MADV_HUGEPAGE);
#endif
}

template <typename Decoder>
bool decode(const FileHandle& file, const PayloadSpan& payload, std::span<uint8_t> out, std::vector<uint8_t>& piece,
            Control& control) {
  Decoder decoder(out);
  piece.resize(kCodedPieceBytes);
  for (uint64_t done = 0; done < payload.storedBytes;) {
    control.check();
    const size_t bytes = static_cast<size_t>(std::min<uint64_t>(kCodedPieceBytes, payload.storedBytes - done));
    file.readAt(payload.position + done, piece.data(), bytes);
    if (!decoder.push({piece.data(), bytes})) return false;
    done += bytes;
  }
  return decoder.complete();
}

}  // namespace

std::optional<size_t> readPayloads(const FileHandle& file, const std::vector<PayloadSpan>& payloads,
                                   std::span<uint8_t> target, Control& control) {
  const std::vector<Task> tasks = tasksOf(payloads, target.size());
  adviseLargePages(target);
  const size_t threads = resolveThreads(0);
  std::vector<std::vector<uint8_t>> pieces(threads);
  std::atomic<size_t> bad{payloads.size()};
  control.setTotal(target.size());
  parallelFor(tasks.size(), threads, control, [&](size_t index, size_t worker) {
    const Task& task = tasks[index];
    const PayloadSpan& payload = payloads[task.payload];
    const std::span<uint8_t> out = target.subspan(payload.targetOffset + task.from, task.bytes);
    bool sound = true;
    if (payload.encoding == PayloadEncoding::kRaw) {
      file.readAt(payload.position + task.from, out.data(), out.size());
    } else if (payload.encoding == PayloadEncoding::kUtf8) {
      sound = decode<Utf8ToBytes>(file, payload, out, pieces[worker], control);
    } else {
      sound = decode<RawUnicodeEscapeToBytes>(file, payload, out, pieces[worker], control);
    }
    for (size_t first = bad; !sound && task.payload < first && !bad.compare_exchange_weak(first, task.payload);) {
    }
    control.advance(task.bytes);
  });
  return bad < payloads.size() ? std::optional<size_t>(bad) : std::nullopt;
}

}  // namespace spikelab
