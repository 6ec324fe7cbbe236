#include "shuffle.h"

#include <cstring>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace spikelab::hdf5 {
namespace {

template <size_t Size>
void unshufflePlain(const char* planes, uint64_t total, uint64_t from, uint64_t count, char* into) {
  for (uint64_t i = from; i < count; i++) {
    for (size_t b = 0; b < Size; b++) into[i * Size + b] = planes[b * total + i];
  }
}

#ifdef __SSE2__

__m128i load(const char* at) {
  return _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
}

void store(char* at, __m128i value) {
  _mm_storeu_si128(reinterpret_cast<__m128i*>(at), value);
}

// 16 elements a step: planes are interleaved pairwise, bytes to pairs to fours to eights. Returns how many were done.
template <size_t Size>
uint64_t unshuffleVector(const char* planes, uint64_t total, uint64_t count, char* into) {
  uint64_t i = 0;
  for (; i + 16 <= count; i += 16) {
    __m128i part[Size], next[Size];
    for (size_t b = 0; b < Size; b++) part[b] = load(planes + b * total + i);
    // bytes b and b + Size/2 … are joined so that each pass doubles the finished width and keeps the order of elements
    for (size_t b = 0; b < Size / 2; b++) {
      next[2 * b] = _mm_unpacklo_epi8(part[2 * b], part[2 * b + 1]);
      next[2 * b + 1] = _mm_unpackhi_epi8(part[2 * b], part[2 * b + 1]);
    }
    if constexpr (Size == 2) {
      store(into + i * 2, next[0]);
      store(into + i * 2 + 16, next[1]);
      continue;
    }
    // next[2p + h]: half h (8 elements) of the pair of planes p
    for (size_t p = 0; p < Size / 4; p++) {
      for (size_t h = 0; h < 2; h++) {
        part[4 * p + 2 * h] = _mm_unpacklo_epi16(next[4 * p + h], next[4 * p + 2 + h]);
        part[4 * p + 2 * h + 1] = _mm_unpackhi_epi16(next[4 * p + h], next[4 * p + 2 + h]);
      }
    }
    if constexpr (Size == 4) {
      for (size_t q = 0; q < 4; q++) store(into + i * 4 + 16 * q, part[q]);
    } else if constexpr (Size == 8) {
      // part[4p + q]: quarter q (4 elements) of the four planes p
      for (size_t q = 0; q < 4; q++) {
        store(into + i * 8 + 32 * q, _mm_unpacklo_epi32(part[q], part[4 + q]));
        store(into + i * 8 + 32 * q + 16, _mm_unpackhi_epi32(part[q], part[4 + q]));
      }
    }
  }
  return i;
}

#else

template <size_t Size>
uint64_t unshuffleVector(const char*, uint64_t, uint64_t, char*) {
  return 0;
}

#endif

template <size_t Size>
void unshuffleSized(const char* planes, uint64_t total, uint64_t count, char* into) {
  const uint64_t done = unshuffleVector<Size>(planes, total, count, into);
  unshufflePlain<Size>(planes, total, done, count, into);
}

}  // namespace

void unshuffle(const char* shuffled, size_t size, uint64_t total, uint64_t first, uint64_t count, char* into) {
  const char* planes = shuffled + first;
  switch (size) {
    case 1:
      std::memcpy(into, planes, count);
      return;
    case 2:
      return unshuffleSized<2>(planes, total, count, into);
    case 4:
      return unshuffleSized<4>(planes, total, count, into);
    case 8:
      return unshuffleSized<8>(planes, total, count, into);
    default:
      for (uint64_t i = 0; i < count; i++) {
        for (size_t b = 0; b < size; b++) into[i * size + b] = planes[b * total + i];
      }
  }
}

}  // namespace spikelab::hdf5
