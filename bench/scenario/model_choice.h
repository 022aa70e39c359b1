#pragma once

#include <string>
#include <vector>

#include "bench/scenario/scenario.h"

namespace suan::bench {

/// The scenario's models, each joined to its row of the models' file.
///
/// Errors:   BadRequest  a model twice, or a row that is not there: names what is nearest
[[nodiscard]] Result<std::vector<ScenarioModel>> choose_models(const ScenarioSpec& spec,
                                                               const FileReader& files);

/// The scenario's own profiles, then those of the devices' file.
[[nodiscard]] Result<std::vector<DeviceProfile>> known_devices(const ScenarioSpec& spec,
                                                               const FileReader& files);

/// Errors:   BadRequest  names the nearest known device
[[nodiscard]] Result<DeviceProfile> choose_device(const std::string& name,
                                                  const std::vector<DeviceProfile>& devices);

}  // namespace suan::bench
