#include "scheduler/placement/refusal.h"

#include <algorithm>
#include <string>

namespace suan::scheduler {

namespace {

/// The request's field that a rule stands for, as users write it; empty for none.
std::string_view field_of(Rule rule) {
  switch (rule) {
    case Rule::OnlyOnSite:
      return "sites";
    case Rule::Region:
      return "regions";
    case Rule::PriceCap:
      return "max_price_per_mtok";
    case Rule::Trusted:
    case Rule::SloPossible:
      return "slo";
    case Rule::ContextFits:
      return "messages";
    default:
      return "";
  }
}

/// The request with only one of its site wishes left.
RequestFacts with_only(const RequestFacts& request, Rule wish) {
  RequestFacts only;
  if (wish == Rule::OnlyOnSite) {
    only.wishes.sites = request.wishes.sites;
  } else if (wish == Rule::Region) {
    only.wishes.regions = request.wishes.regions;
  } else {
    only.wishes.price_n_per_token_max = request.wishes.price_n_per_token_max;
  }
  return only;
}

/// "`sites` excludes a, b; `regions` excludes c": each wish taken by itself.
std::string what_excludes_what(const RequestFacts& request,
                               const ClusterView& view,
                               const ModelRow& model) {
  std::string text;
  for (const Rule wish : {Rule::OnlyOnSite, Rule::Region, Rule::PriceCap}) {
    const RequestFacts only = with_only(request, wish);
    std::string excluded;
    for (const SiteGroup& group : view.groups_of(model)) {
      const SiteRow& site = view.sites()[group.site];
      if (site_refusal(only, site, group.prices)) {
        excluded += (excluded.empty() ? "" : ", ") + site.site.value();
      }
    }
    if (!excluded.empty()) {
      text +=
          fmt::format("{}`{}` excludes {}", text.empty() ? "" : "; ", field_of(wish), excluded);
    }
  }
  return text;
}

std::string hint(std::optional<Rule> helping_wish) {
  if (!helping_wish) {
    return "";
  }
  return fmt::format("; without the wish `{}` it could run now", field_of(*helping_wish));
}

std::string sentence_of(std::optional<Rule> rule) {
  return rule ? fmt::format("{}: {}", to_string(*rule), explain(*rule))
              : "nothing was looked at";
}

}  // namespace

Error refusal_error(const RequestFacts& request,
                    const ClusterView& view,
                    const ModelRow& model,
                    const Considered& considered,
                    const RefusalCounts& counts,
                    std::optional<Rule> helping_wish) {
  const std::string& name = model.model.value();
  if (model.begin == model.end) {
    return {ErrorCode::Unavailable, fmt::format("model {} has no replica yet", name)};
  }
  if (considered.replicas_allowed == 0) {
    return {ErrorCode::Unsatisfiable,
            fmt::format("no site that serves model {} meets these wishes: {}{}", name,
                        what_excludes_what(request, view, model), hint(helping_wish)),
            std::string(helping_wish ? field_of(*helping_wish) : "")};
  }
  const uint32_t looked_at = considered.replicas_refused;
  if (counts.by_load > 0) {
    return {ErrorCode::NoCapacity,
            fmt::format(
                "{} of {} replicas of model {} were looked at and none is free; mostly {}{}",
                looked_at, considered.replicas_allowed, name,
                sentence_of(commonest(counts.first)), hint(helping_wish))};
  }
  if (counts.by_liveness > 0) {
    return {ErrorCode::Unavailable,
            fmt::format("no replica of model {} can take work; mostly {}{}", name,
                        sentence_of(commonest(counts.first)), hint(helping_wish))};
  }
  const std::optional<Rule> wish = helping_wish ? helping_wish : commonest(counts.wishes);
  return {ErrorCode::Unsatisfiable,
          fmt::format("no replica of model {} can ever serve this request; mostly {}{}", name,
                      sentence_of(commonest(counts.wishes)), hint(helping_wish)),
          std::string(wish ? field_of(*wish) : "")};
}

std::optional<Rule> commonest(const std::array<uint32_t, RefusalCounts::kRules>& counts) {
  const auto most = std::ranges::max_element(counts);
  if (*most == 0) {
    return std::nullopt;
  }
  return static_cast<Rule>(most - counts.begin());
}

}  // namespace suan::scheduler
