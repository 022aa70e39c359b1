#include "web_api/accounts/rights.h"

#include "catalog/types/text.h"

namespace suan::web_api {
namespace {

constexpr std::string_view kOperate = "operate:";

Result<void> require(bool has_it, std::string_view right) {
  if (has_it) return {};
  return fail(ErrorCode::Forbidden, "this key does not have the right \"{}\"", right);
}

}  // namespace

Result<Rights> Rights::parse(const std::vector<std::string>& texts) {
  Rights rights;
  for (const auto& text : texts) {
    if (text == "request") {
      rights.may_request_ = true;
    } else if (text == "research") {
      rights.may_research_ = true;
    } else if (text == "metrics") {
      rights.may_read_metrics_ = true;
    } else if (text == "admin") {
      rights.is_admin_ = true;
    } else if (text.starts_with(kOperate) && is_valid_name(text.substr(kOperate.size()))) {
      rights.sites_.emplace(text.substr(kOperate.size()));
    } else {
      return fail_param(ErrorCode::BadRequest, "rights",
                        "\"{}\" is no right; rights are request, operate:SITE, research, admin "
                        "and metrics",
                        printable(text, 80));
    }
  }
  return rights;
}

bool Rights::may_operate(const SiteId& site) const {
  return is_admin_ || sites_.find(site) != sites_.end();
}

std::vector<std::string> Rights::to_texts() const {
  std::vector<std::string> texts;
  if (may_request_) texts.emplace_back("request");
  for (const auto& site : sites_)
    texts.push_back(std::string(kOperate) + site.value());
  if (may_research_) texts.emplace_back("research");
  if (is_admin_) texts.emplace_back("admin");
  if (may_read_metrics_) texts.emplace_back("metrics");
  return texts;
}

Result<void> require_request(const Rights& rights) {
  return require(rights.may_request(), "request");
}

Result<void> require_research(const Rights& rights) {
  return require(rights.may_research(), "research");
}

Result<void> require_metrics(const Rights& rights) {
  return require(rights.may_read_metrics(), "metrics");
}

Result<void> require_admin(const Rights& rights) {
  return require(rights.is_admin(), "admin");
}

Result<void> require_operate(const Rights& rights, const SiteId& site) {
  return require(rights.may_operate(site), std::string(kOperate) + site.value());
}

}  // namespace suan::web_api
