#pragma once

#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>

#include "web_api/gateway/gateway.h"
#include "web_api/http/message.h"
#include "web_api/http/reply.h"

namespace suan::web_api {

/// Sends `json`, or the error.
void send_json(Reply& reply, const Result<std::string>& json, int status = 200);

/// Unknown query parameters are a 400. Errors: BadRequest, with `param`.
[[nodiscard]] Result<void> check_query(const Request& request,
                                       std::initializer_list<std::string_view> known);

/// Asks the scheduler for `path`, as the request's account, and answers with what it says.
void pass_query(Gateway& gateway,
                std::string path,
                const Request& request,
                std::shared_ptr<Reply> reply);

/// The same for a command. `json` is an object.
void pass_command(Gateway& gateway,
                  std::string verb,
                  std::string json,
                  const Request& request,
                  std::shared_ptr<Reply> reply,
                  int status = 200);

}  // namespace suan::web_api
