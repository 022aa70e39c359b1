#pragma once

#include <iosfwd>
#include <string>

namespace suan::cli {

/// Everything that `in` gives, at most 256 MiB. Errors: Failure that names it `name`
[[nodiscard]] std::string read_input(std::istream& in, const std::string& name);

/// A whole file. Errors: Failure
[[nodiscard]] std::string read_text_file(const std::string& path);

}  // namespace suan::cli
