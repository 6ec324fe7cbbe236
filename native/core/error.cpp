#include "error.h"

namespace spikelab {

const char* codeName(Code code) {
  switch (code) {
    case Code::kOption:
      return "OPTION";
    case Code::kNotFound:
      return "NOT_FOUND";
    case Code::kFormat:
      return "FORMAT";
    case Code::kUnsupported:
      return "UNSUPPORTED";
    case Code::kLimit:
      return "LIMIT";
    case Code::kCancelled:
      return "CANCELLED";
    case Code::kInternal:
      break;
  }
  return "INTERNAL";
}

}  // namespace spikelab
