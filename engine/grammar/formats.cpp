#include "engine/grammar/formats.h"

#include <array>

namespace suan::engine {
namespace {

#define SUAN_DATE                                        \
  "[0-9]{4}-((0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])|" \
  "(0[469]|11)-(0[1-9]|[12][0-9]|30)|02-(0[1-9]|1[0-9]|2[0-8]))"
#define SUAN_TIME                                            \
  "([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\\.[0-9]{1,9})?" \
  "(Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9])"
#define SUAN_LABEL "[A-Za-z0-9]([A-Za-z0-9-]{0,30}[A-Za-z0-9])?"
#define SUAN_HOST SUAN_LABEL "(\\." SUAN_LABEL "){0,4}"
#define SUAN_BYTE "(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
#define SUAN_IPV4 SUAN_BYTE "(\\." SUAN_BYTE "){3}"
#define SUAN_ATOM "[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]{1,32}"
#define SUAN_SPAN_TIME \
  "T([0-9]{1,9}H([0-9]{1,9}M([0-9]{1,9}S)?)?|[0-9]{1,9}M([0-9]{1,9}S)?|[0-9]{1,9}S)"
#define SUAN_URI_CHARACTER "([A-Za-z0-9._~!$&'()*+,;=:@/-]|%[0-9A-Fa-f]{2})"
#define SUAN_GROUP "[0-9A-Fa-f]{1,4}"

struct Format {
  std::string_view name;
  std::string_view pattern;
};

constexpr std::array<Format, 10> kFormats{{
    {"date", "^" SUAN_DATE "$"},
    {"time", "^" SUAN_TIME "$"},
    {"date-time", "^" SUAN_DATE "T" SUAN_TIME "$"},
    {"duration",
     "^P([0-9]{1,9}W|([0-9]{1,9}Y([0-9]{1,9}M([0-9]{1,9}D)?)?|[0-9]{1,9}M([0-9]{1,9}D)?|"
     "[0-9]{1,9}D)(" SUAN_SPAN_TIME ")?|" SUAN_SPAN_TIME ")$"},
    {"email", "^" SUAN_ATOM "(\\." SUAN_ATOM "){0,1}@" SUAN_LABEL "(\\." SUAN_LABEL "){1,3}$"},
    {"hostname", "^" SUAN_HOST "$"},
    {"ipv4", "^" SUAN_IPV4 "$"},
    {"ipv6", "^((" SUAN_GROUP ":){7}" SUAN_GROUP "|(" SUAN_GROUP ":){1,6}:" SUAN_GROUP
             "|::(" SUAN_GROUP ":){0,5}" SUAN_GROUP "|::)$"},
    {"uuid", "^[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}$"},
    {"uri", "^[A-Za-z][A-Za-z0-9+.-]{0,15}://" SUAN_HOST "(:[0-9]{1,4})?(/" SUAN_URI_CHARACTER
            "*)?(\\?(" SUAN_URI_CHARACTER "|\\?)*)?(#(" SUAN_URI_CHARACTER "|\\?)*)?$"},
}};

}  // namespace

std::string_view pattern_of_format(std::string_view format) {
  for (const Format& known : kFormats) {
    if (known.name == format) return known.pattern;
  }
  return {};
}

}  // namespace suan::engine
