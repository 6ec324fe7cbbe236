// The one exception type of the native layers. It knows nothing of Node: bindings turn it into a JavaScript error, and
// the TypeScript side gives it its public class.
#pragma once

#include <exception>
#include <map>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace spikelab {

enum class Code { kOption, kNotFound, kFormat, kUnsupported, kLimit, kCancelled, kInternal };

// Fields of the public error class, by their JavaScript names (path, location, available, limit, allowed, found, …).
using Detail = std::map<std::string, std::variant<std::string, double, std::vector<std::string>>>;

class Error : public std::exception {
 public:
  Error(Code code, std::string message, Detail detail = {})
      : code_(code), message_(std::move(message)), detail_(std::move(detail)) {}

  const char* what() const noexcept override { return message_.c_str(); }
  Code code() const { return code_; }
  const Detail& detail() const { return detail_; }

 private:
  Code code_;
  std::string message_;
  Detail detail_;
};

// The name by which lib/addon/job.ts knows a code.
const char* codeName(Code code);

}  // namespace spikelab
