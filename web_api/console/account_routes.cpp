#include <charconv>
#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "catalog/store/account_tables.h"
#include "catalog/store/usage_table.h"
#include "catalog/types/json.h"
#include "catalog/types/text.h"
#include "web_api/console/parts.h"
#include "web_api/console/passing.h"
#include "web_api/http/errors.h"

// Accounts, keys and what was used. Answers of the store come on its own thread; a reply takes
// them from there.

namespace suan::web_api {

namespace {

constexpr int64_t kDaysMax = 366;
constexpr int64_t kDaysDefault = 31;

void run_here(const std::function<void()>& task) {
  task();
}

WallTime wall_now() {
  return std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now());
}

std::string list_text(Json items) {
  return dump_json({{"items", std::move(items)}, {"next", nullptr}});
}

Json key_json(const ApiKey& key) {
  return {{"prefix", key.prefix},
          {"account", key.account.value()},
          {"rights", key.rights},
          {"created", to_rfc3339(key.created)},
          {"is_revoked", key.is_revoked}};
}

void list_keys(KeyStore& keys, const std::shared_ptr<Reply>& reply) {
  keys.list(run_here, [reply](const Result<std::vector<KeyWithAccount>>& found) {
    if (!found) return reply->send(error_answer(found.error()));
    Json items = Json::array();
    for (const KeyWithAccount& one : *found)
      items.push_back(key_json(one.key));
    send_json(*reply, list_text(std::move(items)));
  });
}

struct KeyWish {
  AccountId account;
  Rights rights;
};

Result<KeyWish> read_key_wish(const std::string& body) {
  const auto json = parse_json(body);
  if (!json) return forward(json.error());
  const Json account = json->is_object() ? json->value("account", Json()) : Json();
  if (!account.is_string() || !is_valid_name(account.get_ref<const std::string&>())) {
    return fail_param(ErrorCode::BadRequest, "account", "account must be a name");
  }
  const Json listed = json->value("rights", Json::array({"request"}));
  std::vector<std::string> texts;
  for (const Json& right : listed) {
    if (right.is_string()) texts.push_back(right.get<std::string>());
  }
  if (!listed.is_array() || texts.size() != listed.size()) {
    return fail_param(ErrorCode::BadRequest, "rights", "rights must be an array of texts");
  }
  const auto rights = Rights::parse(texts);
  if (!rights) return forward(rights.error());
  return KeyWish{AccountId(account.get<std::string>()), *rights};
}

void create_key(KeyStore& keys, const Request& request, const std::shared_ptr<Reply>& reply) {
  const auto wish = read_key_wish(request.body);
  if (!wish) return reply->send(error_answer(wish.error()));
  keys.create(wish->account, wish->rights, wall_now(), run_here,
              [reply](const Result<NewKey>& made) {
                if (!made) return reply->send(error_answer(made.error()));
                Json json = key_json(made->row);
                json["key"] = made->text;  // the only time that it is shown
                send_json(*reply, dump_json(json), 201);
              });
}

void send_revoked(Reply& reply, const Result<uint64_t>& count) {
  if (!count) return reply.send(error_answer(count.error()));
  send_json(reply, dump_json({{"revoked", *count}}));
}

void revoke_key(KeyStore& keys, const Request& request, const std::shared_ptr<Reply>& reply) {
  keys.revoke(std::string(request.param("prefix")), wall_now(), run_here,
              [reply](const Result<uint64_t>& count) { send_revoked(*reply, count); });
}

void revoke_all(KeyStore& keys, const Request& request, const std::shared_ptr<Reply>& reply) {
  keys.revoke_all(AccountId(std::string(request.param("account"))), wall_now(), run_here,
                  [reply](const Result<uint64_t>& count) { send_revoked(*reply, count); });
}

/// Runs `job` on the store, which leaves the JSON text in its argument, and answers with it.
void answer_from(Store& store,
                 const std::function<void(Database&, std::string&)>& job,
                 const std::shared_ptr<Reply>& reply) {
  const auto text = std::make_shared<std::string>();
  const bool is_taken = store.ask(
      [job, text](Database& database) { job(database, *text); }, run_here,
      [text, reply](const std::string& error) {
        if (error.empty()) return send_json(*reply, *text);
        reply->send(error_answer(Error{ErrorCode::Unavailable, "the store does not answer"}));
      });
  if (!is_taken) {
    reply->send(error_answer(Error{ErrorCode::Unavailable, "the store is busy"}));
  }
}

void list_accounts(Store& store, const std::shared_ptr<Reply>& reply) {
  answer_from(
      store,
      [](Database& database, std::string& text) {
        Json items = Json::array();
        for (const Account& account : AccountTables(database).accounts()) {
          items.push_back({{"account", account.account.value()},
                           {"service_class", to_string(account.service_class)},
                           {"weight", account.weight}});
        }
        text = list_text(std::move(items));
      },
      reply);
}

struct UsageWish {
  std::optional<AccountId> account;  // unset: all
  int64_t days = kDaysDefault;
};

Result<UsageWish> read_usage_wish(const Request& request) {
  if (auto fine = check_query(request, {"account", "days"}); !fine)
    return forward(fine.error());
  const Identity& identity = request.identity;
  UsageWish wish;
  const auto account = request.query_value("account");
  if (account) wish.account = AccountId(std::string(*account));
  if (!identity.rights.is_admin()) {
    // Others' usage is as if it were not there (A5).
    const bool is_other = account && *account != identity.account.value();
    if (is_other) return fail(ErrorCode::NotFound, "no such account");
    wish.account = identity.account;
  }
  const auto days = request.query_value("days");
  if (!days) return wish;
  const auto [end, bad] = std::from_chars(days->data(), days->data() + days->size(), wish.days);
  const bool is_whole = bad == std::errc() && end == days->data() + days->size();
  if (is_whole && wish.days >= 1 && wish.days <= kDaysMax) return wish;
  return fail_param(ErrorCode::BadRequest, "days", "days must be from 1 to {}", kDaysMax);
}

Json usage_json(const UsageSum& sum) {
  const WallTime day = wall_time_of_us(sum.day * 86'400'000'000);
  return {{"day", to_rfc3339(day).substr(0, 10)},
          {"account", sum.account.value()},
          {"model", sum.model.value()},
          {"requests", sum.requests},
          {"prompt_tokens", sum.prompt_tokens},
          {"completion_tokens", sum.completion_tokens},
          {"cached_tokens", sum.cached_tokens},
          {"amount_yuan", static_cast<double>(sum.amount_n) / 1e9}};
}

void list_usage(Store& store, const Request& request, const std::shared_ptr<Reply>& reply) {
  const auto wish = read_usage_wish(request);
  if (!wish) return reply->send(error_answer(wish.error()));
  const int64_t today = to_us(wall_now()) / 86'400'000'000;
  answer_from(
      store,
      [wish = *wish, today](Database& database, std::string& text) {
        Json items = Json::array();
        const int64_t first = today - wish.days + 1;
        for (const UsageSum& sum : UsageTable(database).sums(first, today, wish.account))
          items.push_back(usage_json(sum));
        text = list_text(std::move(items));
      },
      reply);
}

}  // namespace

void add_account_routes(Router& router, const ConsoleContext& context) {
  KeyStore& keys = context.keys;
  Store& store = context.store;
  using ReplyPtr = std::shared_ptr<Reply>;
  router.add({"GET", "/api/v1/keys", Access::Admin, "All keys, by their first characters",
              [&keys](const Request&, const ReplyPtr& reply) { list_keys(keys, reply); }});
  router.add({"POST", "/api/v1/keys", Access::Admin, "Make a key; it is shown once",
              [&keys](const Request& request, const ReplyPtr& reply) {
                create_key(keys, request, reply);
              }});
  router.add({"DELETE", "/api/v1/keys/{prefix}", Access::Admin, "End a key",
              [&keys](const Request& request, const ReplyPtr& reply) {
                revoke_key(keys, request, reply);
              }});
  router.add({"DELETE", "/api/v1/accounts/{account}/keys", Access::Admin,
              "End all keys of an account",
              [&keys](const Request& request, const ReplyPtr& reply) {
                revoke_all(keys, request, reply);
              }});
  router.add(
      {"GET", "/api/v1/accounts", Access::Admin, "Accounts",
       [&store](const Request&, const ReplyPtr& reply) { list_accounts(store, reply); }});
  router.add({"GET", "/api/v1/usage", Access::AnyKey,
              "What was used per day, account and model; one's own, or with admin",
              [&store](const Request& request, const ReplyPtr& reply) {
                list_usage(store, request, reply);
              }});
}

}  // namespace suan::web_api
