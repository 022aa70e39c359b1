#include "scheduler/placement/place.h"

#include <utility>

#include "scheduler/placement/placing.h"
#include "scheduler/placement/refusal.h"

namespace suan::scheduler {

namespace {

/// The first wish that alone stands in the way: each is tried.
std::optional<Rule> helping_wish(const RequestFacts& request,
                                 const ClusterView& view,
                                 const ModelRow& model,
                                 const LoadTable& load,
                                 Time now,
                                 uint64_t draw) {
  const auto helps = [&](auto wish) {
    RequestFacts without = request;
    wish(without.wishes) = {};
    return Placing(without, view, model, load, now, draw).run();
  };
  const Wishes& wishes = request.wishes;
  if (!wishes.sites.empty() && helps([](Wishes & all) -> auto& { return all.sites; })) {
    return Rule::OnlyOnSite;
  }
  if (!wishes.regions.empty() && helps([](Wishes & all) -> auto& { return all.regions; })) {
    return Rule::Region;
  }
  if (wishes.price_n_per_token_max &&
      helps([](Wishes & all) -> auto& { return all.price_n_per_token_max; })) {
    return Rule::PriceCap;
  }
  if ((wishes.ttft_max && helps([](Wishes & all) -> auto& { return all.ttft_max; })) ||
      (wishes.tpot_max && helps([](Wishes & all) -> auto& { return all.tpot_max; }))) {
    return Rule::SloPossible;
  }
  return std::nullopt;
}

}  // namespace

Result<Placement> place(const RequestFacts& request,
                        const ClusterView& view,
                        const LoadTable& load,
                        Time now,
                        uint64_t draw,
                        Considered* refused) {
  const ModelRow* model = view.find_model(request.model);
  if (model == nullptr) {
    return fail_param(ErrorCode::UnknownModel, "model", "there is no model {} in this network",
                      request.model.value());
  }
  Placing placing(request, view, *model, load, now, draw);
  if (placing.run()) {
    return std::move(placing).placement();
  }
  Considered& considered = placing.considered();
  const auto wish = helping_wish(request, view, *model, load, now, draw);
  considered.binding = wish ? wish : commonest(placing.counts().first);
  const Error error = refusal_error(request, view, *model, considered, placing.counts(), wish);
  if (refused != nullptr) {
    *refused = std::move(considered);
  }
  return forward(error);
}

}  // namespace suan::scheduler
