#include "bench/scenario/model_choice.h"

#include <algorithm>
#include <string_view>

#include "bench/scenario/models_file.h"
#include "catalog/types/text.h"

namespace suan::bench {

namespace {

constexpr double kBillion = 1e9;

Result<std::vector<ListedModel>> listed_models(const ScenarioSpec& spec,
                                               const FileReader& files) {
  const auto has_row = [](const ModelSpec& model) { return !model.name.empty(); };
  if (std::ranges::none_of(spec.models, has_row)) return std::vector<ListedModel>{};
  if (spec.models_file.empty()) {
    return fail_param(ErrorCode::BadRequest, "models_file",
                      "models_file: is missing, and models name its rows");
  }
  auto text = files(spec.models_file);
  if (!text) return forward(text.error());
  return read_models({spec.models_file, *std::move(text)});
}

Result<ListedModel> find_row(const ModelSpec& spec, const std::vector<ListedModel>& listed) {
  const auto is_row = [&](const ListedModel& row) {
    return row.name == spec.name && row.parameters_b == spec.size_b &&
           row.format == spec.format;
  };
  const auto found = std::ranges::find_if(listed, is_row);
  if (found != listed.end()) return *found;
  std::string sizes;
  std::vector<std::string_view> names;
  for (const ListedModel& row : listed) {
    names.push_back(row.name);
    const std::string size = fmt::format("{} {}", row.parameters_b, row.format);
    if (row.name == spec.name && sizes.find(size) == std::string::npos && sizes.size() < 200) {
      sizes += (sizes.empty() ? "" : ", ") + size;
    }
  }
  const std::string_view near = nearest(spec.name, names);
  return fail_param(ErrorCode::BadRequest, "models",
                    "models: no row {} with {} billion parameters as {}{}", spec.name,
                    spec.size_b, spec.format,
                    !sizes.empty() ? "; there are " + sizes
                    : near.empty() ? ""
                                   : fmt::format("; did you mean {}?", near));
}

Result<void> take_row(const ModelSpec& spec, const ListedModel& row, ScenarioModel& model) {
  model.served.parameters = row.parameters_b * kBillion;
  model.served.parameters_active = row.parameters_active_b * kBillion;
  model.served.context_tokens = row.context_tokens;
  const bool is_listed =
      spec.quantization.empty() ||
      ("|" + row.quantizations + "|").find("|" + spec.quantization + "|") != std::string::npos;
  const auto bytes = bytes_per_weight(spec.format, spec.quantization);
  if (!is_listed || (!bytes && spec.bytes_per_weight == 0)) {
    return fail_param(ErrorCode::BadRequest, "models", "models: {} as {} {}: {}", spec.id,
                      spec.format, spec.quantization,
                      is_listed ? "the size of a weight is not known, give bytes_per_weight"
                                : "there are only " + row.quantizations);
  }
  if (spec.bytes_per_weight == 0) model.served.bytes_per_weight = *bytes;
  model.source =
      fmt::format("{} {}B {} {}", row.name, row.parameters_b, row.format, spec.quantization);
  return {};
}

}  // namespace

Result<std::vector<ScenarioModel>> choose_models(const ScenarioSpec& spec,
                                                 const FileReader& files) {
  const auto listed = listed_models(spec, files);
  if (!listed) return forward(listed.error());
  std::vector<ScenarioModel> models;
  for (const ModelSpec& each : spec.models) {
    const auto is_same = [&](const ScenarioModel& model) {
      return model.model.value() == each.id;
    };
    if (std::ranges::any_of(models, is_same)) {
      return fail_param(ErrorCode::BadRequest, "models", "models: {} is there twice", each.id);
    }
    ScenarioModel& model = models.emplace_back();
    model.model = ModelId(each.id);
    model.share = each.share;
    model.source = "given by the scenario";
    model.served = {.parameters = each.parameters_b * kBillion,
                    .parameters_active = each.parameters_active_b * kBillion,
                    .bytes_per_weight = each.bytes_per_weight,
                    .kv_bytes_per_token = each.kv_bytes_per_token,
                    .experts = each.experts,
                    .experts_per_token = each.experts_per_token};
    if (!each.name.empty()) {
      const auto row = find_row(each, *listed);
      if (!row) return forward(row.error());
      if (const auto taken = take_row(each, *row, model); !taken) {
        return forward(taken.error());
      }
    }
    if (each.context_tokens > 0) model.served.context_tokens = each.context_tokens;
  }
  return models;
}

Result<std::vector<DeviceProfile>> known_devices(const ScenarioSpec& spec,
                                                 const FileReader& files) {
  std::vector<DeviceProfile> devices = spec.profiles;
  if (spec.devices_file.empty()) return devices;
  auto text = files(spec.devices_file);
  if (!text) return forward(text.error());
  const auto listed = read_devices({spec.devices_file, *std::move(text)});
  if (!listed) return forward(listed.error());
  devices.insert(devices.end(), listed->begin(), listed->end());
  return devices;
}

Result<DeviceProfile> choose_device(const std::string& name,
                                    const std::vector<DeviceProfile>& devices) {
  const auto found = std::ranges::find(devices, name, &DeviceProfile::name);
  if (found != devices.end()) return *found;
  std::vector<std::string_view> names;
  for (const DeviceProfile& each : devices)
    names.push_back(each.name);
  const std::string_view near = nearest(name, names);
  return fail_param(
      ErrorCode::BadRequest, "sites", "sites: nobody lists a device {}{}", printable(name, 64),
      near.empty() ? "; give it in profiles" : fmt::format("; did you mean {}?", near));
}

}  // namespace suan::bench
