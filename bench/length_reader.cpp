#include "bench/length_reader.h"

#include <algorithm>
#include <initializer_list>
#include <vector>

namespace suan::bench {

namespace {

constexpr uint32_t kLengthMax = 131'072;
const std::vector<std::string_view> kDistributions = {"fixed", "uniform", "lognormal"};

}  // namespace

void read_length(const SpecObject& parent, std::string_view key, LengthSpec& length) {
  if (parent.find(key) == nullptr) {
    return;
  }
  SpecObject object = parent.child(key, {"dist", "value", "min", "max", "p50", "p95"});
  object.require("dist");
  size_t kind = 0;
  object.read_choice("dist", kind, kDistributions);
  length = {.kind = static_cast<LengthSpec::Kind>(kind), .max = kLengthMax};
  const auto needs = [&](std::initializer_list<std::string_view> keys) {
    for (const std::string_view each : {"value", "min", "max", "p50", "p95"}) {
      if (std::ranges::find(keys, each) != keys.end()) {
        object.require(each);
      } else if (object.find(each) != nullptr) {
        object.fault(each, fmt::format("has no meaning for {}", kDistributions[kind]));
      }
    }
  };
  switch (length.kind) {
    case LengthSpec::Kind::Fixed:
      needs({"value"});
      break;
    case LengthSpec::Kind::Uniform:
      needs({"min", "max"});
      break;
    case LengthSpec::Kind::Lognormal:
      needs({"p50", "p95", "min", "max"});
      break;
  }
  object.read("value", length.value, 1U, kLengthMax);
  object.read("min", length.min, 1U, kLengthMax);
  object.read("max", length.max, 1U, kLengthMax);
  object.read("p50", length.p50, 1.0, kLengthMax);
  object.read("p95", length.p95, 1.0, kLengthMax);
  if (length.min > length.max || length.p50 > length.p95) {
    object.fault(length.min > length.max ? "min" : "p50", "is above its counterpart");
  }
}

std::string_view to_string(LengthSpec::Kind kind) {
  return kDistributions[static_cast<size_t>(kind)];
}

}  // namespace suan::bench
