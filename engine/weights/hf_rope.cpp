#include "engine/weights/hf_rope.h"

#include "engine/weights/refuse.h"
#include "engine/weights/rope_scaling.h"

namespace suan::engine {
namespace {

/// `rope_scaling.`, or `rope_parameters.`
std::string scaling_prefix(const HfSettings& config) {
  return config.has_under("rope_parameters") ? "rope_parameters." : "rope_scaling.";
}

std::string scaling_type(const HfSettings& config, const std::string& at) {
  return config.text_or(at + "rope_type", config.text_or(at + "type", "default"));
}

/// Where nothing is said of attention_factor or mscale, cosines grow by 1 + 0.1 ln(factor).
YarnScaling read_yarn(const HfSettings& config,
                      const std::string& at,
                      const HyperParameters& hyper) {
  YarnScaling yarn;
  yarn.factor = config.real(at + "factor");
  yarn.original_context =
      config.whole_or(at + "original_max_position_embeddings", hyper.context_tokens);
  yarn.beta_fast = config.real_or(at + "beta_fast", 32);
  yarn.beta_slow = config.real_or(at + "beta_slow", 1);
  yarn.mscale = config.real_or(at + "mscale", 1);
  yarn.mscale_all_dim = config.real_or(at + "mscale_all_dim", 0);
  if (config.has(at + "attention_factor")) {
    yarn.magnitude = config.real(at + "attention_factor");
    yarn.mscale = yarn.mscale_all_dim;  // it stands for the ratio
  }
  return yarn;
}

Llama3Scaling read_llama3(const HfSettings& config, const std::string& at) {
  return {.factor = config.real(at + "factor"),
          .low_freq_factor = config.real(at + "low_freq_factor"),
          .high_freq_factor = config.real(at + "high_freq_factor"),
          .original_context = config.whole(at + "original_max_position_embeddings")};
}

}  // namespace

void read_hf_rope(const HfSettings& config, HyperParameters& hyper) {
  const std::string at = scaling_prefix(config);
  hyper.rope_base = config.has(at + "rope_theta") ? config.real(at + "rope_theta")
                                                  : config.real("rope_theta");
  const std::string type = scaling_type(config, at);
  if (type == "yarn") {
    scale_by_yarn(read_yarn(config, at, hyper), hyper);
  } else if (type == "llama3") {
    scale_as_llama3(config.file(), read_llama3(config, at), hyper);
  } else if (type == "linear") {
    scale_evenly(config.file(), config.real(at + "factor"), hyper);
  } else if (type != "default") {
    refuse(config.file(), "{}rope_type is {}; default, linear, llama3 and yarn are supported",
           at, in_quotes(type));
  }
}

}  // namespace suan::engine
