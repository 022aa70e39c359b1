#include "web_api/console/passing.h"

#include <algorithm>
#include <utility>

#include "catalog/types/text.h"
#include "web_api/http/errors.h"

namespace suan::web_api {

void send_json(Reply& reply, const Result<std::string>& json, int status) {
  if (!json) return reply.send(error_answer(json.error()));
  reply.send({.status = status, .headers = {}, .body = json->empty() ? "{}" : *json});
}

Result<void> check_query(const Request& request,
                         std::initializer_list<std::string_view> known) {
  for (const auto& [name, value] : request.query) {
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    return fail_param(ErrorCode::BadRequest, printable(name, 64),
                      "there is no query parameter {} here", printable(name, 64));
  }
  return {};
}

void pass_query(Gateway& gateway,
                std::string path,
                const Request& request,
                std::shared_ptr<Reply> reply) {
  gateway.loop().post([&gateway, path = std::move(path), account = request.identity.account,
                       is_admin = request.identity.rights.is_admin(),
                       reply = std::move(reply)] {
    gateway.query(path, account, is_admin,
                  [reply](const Result<std::string>& json) { send_json(*reply, json); });
  });
}

void pass_command(Gateway& gateway,
                  std::string verb,
                  std::string json,
                  const Request& request,
                  std::shared_ptr<Reply> reply,
                  int status) {
  gateway.loop().post([&gateway, verb = std::move(verb), json = std::move(json),
                       account = request.identity.account, reply = std::move(reply), status] {
    gateway.command(verb, json, account, [reply, status](const Result<std::string>& answer) {
      send_json(*reply, answer, status);
    });
  });
}

}  // namespace suan::web_api
