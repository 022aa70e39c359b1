#include "web_api/openai/scan_options.h"

#include <charconv>
#include <unordered_map>

#include "catalog/types/text.h"
#include "web_api/openai/wishes.h"

namespace suan::web_api {

namespace {

using Value = ScanWalk::Value;
using Type = ScanWalk::Type;
using ReadOption = Result<void> (*)(ScanWalk&, Value&, SamplingParams&);

constexpr size_t kListedMax = 2'000;  // before `check` counts exactly

Result<void> read_max_tokens(ScanWalk& walk, Value& value, SamplingParams& sampling) {
  uint32_t count = 0;
  if (auto taken = walk.read(value, "max_tokens", count); !taken) return taken;
  // The newer name wins, whichever comes first.
  if (!sampling.tokens_max) sampling.tokens_max = count;
  return {};
}

Result<void> read_max_completion_tokens(ScanWalk& walk,
                                        Value& value,
                                        SamplingParams& sampling) {
  uint32_t count = 0;
  if (auto taken = walk.read(value, "max_completion_tokens", count); !taken) return taken;
  sampling.tokens_max = count;
  return {};
}

Result<void> read_logit_bias(ScanWalk& walk, Value& value, SamplingParams& sampling) {
  constexpr std::string_view kForm = "an object of token id: bias";
  return walk.object(
      value, "logit_bias", kForm, [&](std::string_view key, Value& item) -> Result<void> {
        uint32_t id = 0;
        const auto [end, bad] = std::from_chars(key.data(), key.data() + key.size(), id);
        const bool is_id = bad == std::errc() && end == key.data() + key.size();
        if (!is_id || sampling.logit_bias.size() >= kListedMax) {
          return must_be("logit_bias", "an object of at most 1024 entries, token id: bias");
        }
        double bias = 0;
        if (auto taken = walk.read(item, "logit_bias", bias); !taken) return taken;
        sampling.logit_bias.emplace_back(id, bias);
        return {};
      });
}

/// Chat has `logprobs: true, top_logprobs: 5`; completions say `logprobs: 5` for the same.
Result<void> read_logprobs(ScanWalk& walk,
                           RequestKind kind,
                           Value& value,
                           SamplingParams& sampling) {
  const auto type = ScanWalk::type_of(value);
  if (!type) return forward(type.error());
  if (kind != RequestKind::Completion || *type != Type::number)
    return walk.read(value, "logprobs", sampling.logprobs);
  sampling.logprobs = true;
  return walk.read(value, "logprobs", sampling.top_logprobs);
}

Result<void> read_stop_text(ScanWalk& walk, Value& value, SamplingParams& sampling) {
  std::string_view text;
  if (auto taken = walk.read(value, "stop", text); !taken) return taken;
  if (sampling.stop.size() >= kListedMax) return must_be("stop", "at most 16 texts");
  sampling.stop.emplace_back(text);
  return {};
}

Result<void> read_stop(ScanWalk& walk, Value& value, SamplingParams& sampling) {
  const auto type = ScanWalk::type_of(value);
  if (!type) return forward(type.error());
  if (*type == Type::string) return read_stop_text(walk, value, sampling);
  return walk.array(value, "stop", "a text or an array of texts",
                    [&](Value& item) { return read_stop_text(walk, item, sampling); });
}

Result<void> read_seed(ScanWalk& walk, Value& value, SamplingParams& sampling) {
  return walk.read_seed(value, sampling.seed.emplace());
}

Result<void> read_ignore_eos(ScanWalk& walk, Value& value, SamplingParams& sampling) {
  return walk.read(value, "ignore_eos", sampling.ignore_eos);
}

const std::unordered_map<std::string_view, double SamplingParams::*> kNumbers = {
    {"temperature", &SamplingParams::temperature},
    {"top_p", &SamplingParams::top_p},
    {"min_p", &SamplingParams::min_p},
    {"typical_p", &SamplingParams::typical_p},
    {"frequency_penalty", &SamplingParams::frequency_penalty},
    {"presence_penalty", &SamplingParams::presence_penalty},
    {"repetition_penalty", &SamplingParams::repetition_penalty},
};

const std::unordered_map<std::string_view, uint32_t SamplingParams::*> kCounts = {
    {"n", &SamplingParams::choices},
    {"top_k", &SamplingParams::top_k},
    {"top_logprobs", &SamplingParams::top_logprobs},
};

const std::unordered_map<std::string_view, ReadOption> kOthers = {
    {"max_tokens", read_max_tokens},
    {"max_completion_tokens", read_max_completion_tokens},
    {"logit_bias", read_logit_bias},
    {"stop", read_stop},
    {"seed", read_seed},
    {"ignore_eos", read_ignore_eos},
};

Result<void> scan_slo(ScanWalk& walk, Value& value, Wishes& wishes) {
  return walk.object(value, "suan.slo", "an object of ttft_ms and tpot_ms",
                     [&](std::string_view key, Value& item) -> Result<void> {
                       if (key != "ttft_ms" && key != "tpot_ms") {
                         return must_be("suan.slo", "an object of ttft_ms and tpot_ms");
                       }
                       const bool is_ttft = key == "ttft_ms";
                       const auto name = is_ttft ? "suan.slo.ttft_ms" : "suan.slo.tpot_ms";
                       double ms = 0;
                       if (auto taken = walk.read(item, name, ms); !taken) return taken;
                       return is_ttft ? wish_ttft(wishes, ms, name)
                                      : wish_tpot(wishes, ms, name);
                     });
}

using WishText = Result<void> (*)(Wishes&, std::string_view, std::string_view);

Result<void> scan_wish_text(
    ScanWalk& walk, Value& value, Wishes& wishes, std::string_view name, WishText wish) {
  std::string_view text;
  if (auto taken = walk.read(value, name, text); !taken) return taken;
  return wish(wishes, text, name);
}

Result<void> scan_wish_list(
    ScanWalk& walk, Value& value, Wishes& wishes, std::string_view name, WishText wish) {
  return walk.array(value, name, "an array of names", [&](Value& item) {
    return scan_wish_text(walk, item, wishes, name, wish);
  });
}

Result<void> scan_wish(ScanWalk& walk, std::string_view key, Value& value, Wishes& wishes) {
  if (key == "policy") return scan_wish_text(walk, value, wishes, "suan.policy", wish_policy);
  if (key == "priority") {
    return scan_wish_text(walk, value, wishes, "suan.priority", wish_priority);
  }
  if (key == "sites") return scan_wish_list(walk, value, wishes, "suan.sites", wish_site);
  if (key == "regions") return scan_wish_list(walk, value, wishes, "suan.regions", wish_region);
  if (key == "slo") return scan_slo(walk, value, wishes);
  if (key == "max_price_per_mtok") {
    double yuan = 0;
    if (auto taken = walk.read(value, "suan.max_price_per_mtok", yuan); !taken) return taken;
    return wish_max_price(wishes, yuan, "suan.max_price_per_mtok");
  }
  const std::string name = "suan." + printable(key, 64);
  return fail_param(ErrorCode::BadRequest, name, "there is no wish {}", name);
}

}  // namespace

Result<bool> scan_sampling(ScanWalk& walk,
                           RequestKind kind,
                           std::string_view key,
                           Value& value,
                           SamplingParams& sampling) {
  Result<void> taken;
  if (const auto number = kNumbers.find(key); number != kNumbers.end()) {
    taken = walk.read(value, key, sampling.*(number->second));
  } else if (const auto count = kCounts.find(key); count != kCounts.end()) {
    taken = walk.read(value, key, sampling.*(count->second));
  } else if (const auto other = kOthers.find(key); other != kOthers.end()) {
    taken = other->second(walk, value, sampling);
  } else if (key == "logprobs") {
    taken = read_logprobs(walk, kind, value, sampling);
  } else {
    return false;
  }
  return taken.map([] { return true; });
}

Result<void> scan_wishes(ScanWalk& walk,
                         Value& value,
                         Wishes& wishes,
                         const OnGrammar& on_grammar) {
  return walk.object(value, "suan", "an object of wishes",
                     [&](std::string_view key, Value& item) {
                       if (key == "grammar") return on_grammar(item);
                       return scan_wish(walk, key, item, wishes);
                     });
}

}  // namespace suan::web_api
