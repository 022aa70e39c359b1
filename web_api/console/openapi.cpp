#include <cctype>
#include <string>
#include <vector>

#include "catalog/types/json.h"
#include "web_api/console/parts.h"

namespace suan::web_api {

namespace {

std::string lower(std::string text) {
  for (char& c : text)
    c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

Json parameters_of(const std::string& pattern) {
  Json parameters = Json::array();
  size_t open = pattern.find('{');
  while (open != std::string::npos) {
    const size_t close = pattern.find('}', open);
    parameters.push_back({{"name", pattern.substr(open + 1, close - open - 1)},
                          {"in", "path"},
                          {"required", true},
                          {"schema", {{"type", "string"}}}});
    open = pattern.find('{', close);
  }
  return parameters;
}

Json operation_of(const Route& route) {
  const bool is_open = route.access == Access::Open;
  Json operation = {{"summary", route.summary},
                    {"parameters", parameters_of(route.pattern)},
                    {"x-suan-right", to_string(route.access)},
                    {"responses",
                     {{"200", {{"description", "Done"}}},
                      {"default", {{"$ref", "#/components/responses/Error"}}}}}};
  operation["security"] = is_open ? Json::array() : Json::array({{{"key", Json::array()}}});
  return operation;
}

Json error_schema() {
  const Json text = {{"type", "string"}};
  const Json maybe = {{"type", {"string", "null"}}};
  const Json error = {
      {"type", "object"},
      {"required", {"message", "type", "param", "code"}},
      {"properties", {{"message", text}, {"type", text}, {"param", maybe}, {"code", text}}}};
  return {{"type", "object"}, {"required", {"error"}}, {"properties", {{"error", error}}}};
}

}  // namespace

std::string openapi_json(const std::vector<Route>& routes) {
  Json paths = Json::object();
  for (const Route& route : routes)
    paths[route.pattern][lower(route.method)] = operation_of(route);

  const Json error = {{"description", "Refused or failed; the status says how"},
                      {"content", {{"application/json", {{"schema", error_schema()}}}}}};
  const Json key = {{"type", "http"}, {"scheme", "bearer"}, {"bearerFormat", "sk-suan-..."}};
  return dump_json(
      {{"openapi", "3.1.0"},
       {"info", {{"title", "Suan"}, {"version", "1"}}},
       {"paths", std::move(paths)},
       {"components",
        {{"securitySchemes", {{"key", key}}}, {"responses", {{"Error", error}}}}}});
}

}  // namespace suan::web_api
