#include "cli/links_text.h"

#include <algorithm>
#include <map>
#include <vector>

#include <fmt/core.h>

#include "catalog/types/json.h"
#include "catalog/types/text.h"
#include "cli/json_cell.h"

namespace suan::cli {

namespace {

constexpr size_t kNamesShown = 8;
constexpr size_t kSentencesShown = 12;  // of one kind
constexpr size_t kNameBytesMax = 64;

using Names = std::vector<std::string>;

const Json& list_at(const Json& object, const char* field) {
  static const Json kNone = Json::array();
  if (!object.is_object()) return kNone;
  const auto found = object.find(field);
  return found != object.end() && found->is_array() ? *found : kNone;
}

std::string name_at(const Json& object, const char* field) {
  return printable(json_cell(object, field), kNameBytesMax);
}

Names names_in(const Json& list) {
  Names names;
  for (const Json& name : list)
    names.push_back(printable(json_cell(name, ""), kNameBytesMax));
  return names;
}

/// "a", "a and b", "a, b and 7 more".
std::string joined(const Names& names) {
  const size_t shown = names.size() <= kNamesShown ? names.size() : kNamesShown - 1;
  std::string text;
  for (size_t i = 0; i < shown; ++i) {
    const bool is_last = i + 1 == names.size();
    if (i > 0) text += is_last ? " and " : ", ";
    text += names[i];
  }
  if (shown < names.size()) text += fmt::format(" and {} more", names.size() - shown);
  return text;
}

const char* is_or_are(const Names& names) {
  return names.size() == 1 ? "is" : "are";
}

std::string link_name(const Json& link) {
  return name_at(link, "source") + " - " + name_at(link, "destination");
}

/// Sentences one to a line, the first few of them.
std::string first_of(const Names& sentences) {
  std::string text;
  const size_t shown = std::min(sentences.size(), kSentencesShown);
  for (size_t i = 0; i < shown; ++i)
    text += sentences[i] + "\n";
  if (shown < sentences.size()) {
    text += fmt::format("... and {} more like this: --json\n", sentences.size() - shown);
  }
  return text;
}

/// The centre's component comes first; sites without any line in one sentence.
std::string components_text(const Json& answer, const std::string& centre) {
  Names alone;
  Names sentences;
  const Json& components = list_at(answer, "components");
  for (size_t i = 1; i < components.size(); ++i) {
    const Names names = names_in(components[i]);
    if (names.size() == 1) {
      alone.push_back(names.front());
    } else {
      sentences.push_back(
          fmt::format("{} reach one another, but no line leads to {}.", joined(names), centre));
    }
  }
  const std::string text =
      alone.empty() ? "" : fmt::format("No line leads to {}.\n", joined(alone));
  return text + first_of(sentences);
}

/// One sentence for all sites that hang on one link alone: around a centre that is every site.
std::string bridges_text(const Json& answer, const std::string& centre) {
  Names leaves;
  Names sentences;
  for (const Json& bridge : list_at(answer, "bridges")) {
    const Names cut_off = names_in(list_at(bridge, "cut_off"));
    if (cut_off.size() == 1) {
      leaves.push_back(cut_off.front());
    } else {
      sentences.push_back(fmt::format("Without the link {}, {} are cut off.", link_name(bridge),
                                      joined(cut_off)));
    }
  }
  const Json& components = list_at(answer, "components");
  const size_t reached = components.empty() ? 0 : components[0].size();
  std::string text;
  if (leaves.size() == 1) {
    text = fmt::format("{} hangs on one link: without it, it is cut off.\n", leaves.front());
  } else if (leaves.size() > 1 && leaves.size() + 1 == reached) {
    text = fmt::format("Every site hangs on its link to {} alone.\n", centre);
  } else if (!leaves.empty()) {
    text = fmt::format("{} hang on one link each: without it, the site is cut off.\n",
                       joined(leaves));
  }
  return text + first_of(sentences);
}

std::string cut_sites_text(const Json& answer, const std::string& centre) {
  Names sentences;
  for (const Json& cut : list_at(answer, "cut_sites")) {
    const std::string site = name_at(cut, "site");
    const Json& parts = list_at(cut, "parts");
    if (site == centre) {
      sentences.push_back(
          fmt::format("Without {}, the sites fall into {} parts.", centre, parts.size()));
      continue;
    }
    Names cut_off;
    for (size_t i = 1; i < parts.size(); ++i) {
      for (std::string& name : names_in(parts[i]))
        cut_off.push_back(std::move(name));
    }
    sentences.push_back(fmt::format("Without the site {}, {} {} cut off.", site,
                                    joined(cut_off), is_or_are(cut_off)));
  }
  return first_of(sentences);
}

std::string rate(double bytes_per_s) {
  if (bytes_per_s >= 1e9) return fmt::format("{:.4g} GB/s", bytes_per_s / 1e9);
  if (bytes_per_s >= 1e6) return fmt::format("{:.4g} MB/s", bytes_per_s / 1e6);
  return fmt::format("{:.0f} bytes/s", bytes_per_s);
}

/// Where the site's own link to the centre is the whole cut, the table says it already. Sites behind
/// one cut share it, and so one sentence.
std::string bottlenecks_text(const Json& answer, const std::string& centre) {
  std::map<std::string, Names> sites_behind;
  for (const Json& bottleneck : list_at(answer, "bottlenecks")) {
    const std::string site = name_at(bottleneck, "site");
    const auto most = bottleneck.find("bytes_per_s_at_most");
    const Json& links = list_at(bottleneck, "links");
    if (most == bottleneck.end() || !most->is_number() || links.empty()) continue;
    Names names;
    for (const Json& link : links)
      names.push_back(link_name(link));
    const bool is_own =
        names.size() == 1 && (names[0] == fmt::format("{} - {}", centre, site) ||
                              names[0] == fmt::format("{} - {}", site, centre));
    if (is_own) continue;
    sites_behind[fmt::format("Through {} at most {} get from {} to", joined(names),
                             rate(most->get<double>()), centre)]
        .push_back(site);
  }
  Names sentences;
  for (const auto& [cut, sites] : sites_behind)
    sentences.push_back(fmt::format("{} {}.", cut, joined(sites)));
  return first_of(sentences);
}

}  // namespace

std::string links_text(const std::string& links_json) {
  const Result<Json> answer = parse_json(links_json, kListingLimits);
  if (!answer || !answer->is_object()) return "";
  const std::string centre = name_at(*answer, "centre");
  std::string text = components_text(*answer, centre);
  const std::string losses = bridges_text(*answer, centre) + cut_sites_text(*answer, centre);
  const Json& components = list_at(*answer, "components");
  const bool is_more_than_two = !components.empty() && components[0].size() > 2;
  if (losses.empty() && is_more_than_two) {
    text += "The network can lose any one link and any one site.\n";
  }
  text += losses + bottlenecks_text(*answer, centre);
  const std::string note = printable(json_cell(*answer, "note"));
  if (!note.empty() && note != "-") text += fmt::format("Note: {}.\n", note);
  return text;
}

}  // namespace suan::cli
