#pragma once

#include <string>

namespace suan::cli {

/// What `GET /api/v1/links` says below its round trips, in short sentences: which sites no line
/// reaches, which links and sites the network cannot lose, and where less than a site's own link
/// gets through from the centre. Ends with a line break; "" when the text is no such answer, or
/// tells nothing. Long lists are cut, and say how much is left out.
[[nodiscard]] std::string links_text(const std::string& links_json);

}  // namespace suan::cli
