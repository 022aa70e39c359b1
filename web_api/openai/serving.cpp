#include "web_api/openai/serving.h"

#include <chrono>
#include <utility>

#include "catalog/types/random.h"
#include "catalog/types/text.h"
#include "catalog/types/uuid.h"
#include "web_api/http/errors.h"
#include "web_api/openai/request_scan.h"
#include "web_api/openai/token_streams.h"
#include "web_api/openai/wishes.h"

namespace suan::web_api {

namespace {

WallTime wall_now() {
  return std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now());
}

/// Drawn before the first try, so that every repeat of any step means the same request (L2).
RequestId draw_request_id(WallTime now) {
  uint64_t seed = 0;
  fill_from_system(&seed, sizeof(seed));
  Random random(seed);
  return RequestId(make_uuid_v7(now, random));
}

/// Everything about the request that can be refused before the scheduler hears of it.
Result<ScannedRequest> scan_and_check(const Gateway& gateway,
                                      RequestKind kind,
                                      Request& request) {
  auto scanned = scan_request(kind, request.body);
  if (!scanned) return scanned;
  auto wishes = wish_headers(scanned->facts.wishes, request.headers);
  if (!wishes) return forward(wishes.error());
  const auto model = find_model(gateway, scanned->facts.model);
  if (!model) return forward(model.error());
  auto fits = check_request(*scanned, *model);
  if (!fits) return forward(fits.error());
  return scanned;
}

void complete(RequestFacts& facts, const Identity& identity, Duration deadline, WallTime now) {
  const bool is_batch = facts.wishes.priority == Priority::Batch;
  facts.request = draw_request_id(now);
  facts.account = identity.account;
  facts.service_class = is_batch ? ServiceClass::Batch : identity.service_class;
  facts.deadline = deadline;
}

}  // namespace

void serve(Gateway& gateway,
           const OpenAiConfig& config,
           RequestKind kind,
           Request request,
           const std::shared_ptr<Reply>& reply) {
  auto scanned = scan_and_check(gateway, kind, request);
  if (!scanned) return reply->send(error_answer(scanned.error()));

  const WallTime now = wall_now();
  complete(scanned->facts, request.identity, config.request_timeout, now);
  AnswerHead head{.kind = kind,
                  .request = scanned->facts.request,
                  .model = scanned->facts.model,
                  .created_s = to_us(now) / 1'000'000,
                  .includes_usage = scanned->includes_usage};
  const bool is_text = kind == RequestKind::Chat || kind == RequestKind::Completion;
  std::shared_ptr<TokenStream> stream;
  if (scanned->is_streamed && is_text) {
    stream = std::make_shared<EventStream>(std::move(head), reply);
  } else {
    stream = std::make_shared<CollectedAnswer>(std::move(head), reply);
  }

  const RequestId id = scanned->facts.request;
  auto body = std::make_shared<const std::string>(std::move(request.body));
  gateway.loop().post([&gateway, facts = std::move(scanned->facts), body = std::move(body),
                       stream] { gateway.submit(facts, body, stream); });
  reply->on_gone(
      [&gateway, id] { gateway.loop().post([&gateway, id] { gateway.cancel(id); }); });
}

Result<ModelService> find_model(const Gateway& gateway, const ModelId& model) {
  const auto view = gateway.view();
  if (const ModelService* service = view->find(model)) return *service;
  if (view->models.empty() && !view->can_serve) {
    return fail(ErrorCode::Unavailable, "nothing can be served now");
  }
  return fail_param(ErrorCode::UnknownModel, "model", "there is no model {}",
                    printable(model.value(), 64));
}

}  // namespace suan::web_api
