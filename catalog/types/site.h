#pragma once

#include <string>

#include "catalog/types/id.h"

namespace suan {

/// A compute centre.
struct Site {
  SiteId site;
  std::string name;    // for people
  std::string region;  // what `regions` wishes compare with; may be empty
  double latitude = 0;
  double longitude = 0;
};

}  // namespace suan
