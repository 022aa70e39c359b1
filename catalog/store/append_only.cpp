#include "catalog/store/append_only.h"

#include <algorithm>
#include <array>

namespace suan {
namespace {

constexpr std::array<std::string_view, 5> kAppendOnly{"decision", "link", "measurement",
                                                      "offer", "usage"};

}  // namespace

bool is_append_only(std::string_view table) {
  return std::find(kAppendOnly.begin(), kAppendOnly.end(), table) != kAppendOnly.end();
}

}  // namespace suan
