// Scenarios and the tables that they name: what is accepted has finite delays and speeds. The first
// byte says which file the rest is; the others are small and sound.
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <iterator>
#include <map>
#include <string>

#include "bench/scenario/scenario.h"

namespace {

const std::map<std::string, std::string>& sound_files() {
  static const std::map<std::string, std::string> kFiles{
      {"nodes", "id,label,lat,lon\n0,A,30,110\n1,B,,\n"},
      {"links", "source,target,fibre_one_way_ms\n0,1,1.5\n"},
      {"devices",
       "name,mem_gb,mem_bw_peak_gbps,mem_bw_measured_gbps,fp16_peak_tflops,bf16_peak_tflops,"
       "bf16_measured_tflops,source\nD,80,2000,,,312,,tables\n"},
      {"models",
       "model_name,size_b,activated_b,format,quantizations,context_length\nm,8,,fp8,fp8,"
       "40960\n"},
      {"sites", "site_id,name_en,province_en,lat,lon,nearest_cernet_node\ns,S,P,30,110,0\n"},
      {"trace", "arrival_s,context_tokens,generated_tokens\n0,100,10\n1,300,20\n"},
      {"trace.jsonl",
       "{\"timestamp\":0,\"input_length\":9,\"output_length\":1,\"hash_ids\":[1]}\n"},
      {"rates", "client,window_start_s,rate_rps,iat_dist,param1,param2\n0,0,1,Gamma,1,1\n"},
      {"lengths",
       "client,window_start_s,field,mean,p05,p25,p50,p75,p90,p95,p99\n"
       "0,0,input_tokens,9,1,2,3,4,5,6,7\n0,0,output_tokens,9,1,2,3,4,5,6,7\n"},
      {"jitter", "ratio_to_median\n1.5\n"}};
  return kFiles;
}

std::string scenario_with(const std::string& load) {
  return R"({"format":"suan.scenario/1","name":"f","sites_file":"sites","devices_file":"devices",
"models_file":"models","topology":{"nodes":"nodes","links":"links","jitter":"jitter",
"control_plane_at":0},"models":[{"id":"m","row":{"name":"m","size_b":8,"format":"fp8"},
"kv_bytes_per_token":1000}],"sites":[{"id":"s","nodes":[{"device":"D","model":"m"}]}],"load":)" +
         load + "}";
}

void require(bool is_fine) {
  if (!is_fine) std::abort();
}

void check(const suan::bench::Scenario& scenario) {
  for (const auto& site : scenario.sites)
    require(site.one_way >= suan::Duration::zero() &&
            site.one_way < suan::Duration(3'600'000'000));
  for (const auto& node : scenario.nodes) {
    const double step_s = node.rates.step_s(1, 0);
    require(std::isfinite(step_s) && step_s > 0);
    require(node.site < scenario.sites.size() && node.model < scenario.models.size());
    require(node.rates.kv_tokens >= node.rates.context_tokens);
  }
  for (const float factor : scenario.jitter)
    require(factor >= 1);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const std::string text(reinterpret_cast<const char*>(data) + 1, size - 1);
  const size_t kind = data[0] % (sound_files().size() + 1);
  std::string replaced;
  if (kind > 0)
    replaced = std::next(sound_files().begin(), static_cast<int64_t>(kind) - 1)->first;
  const auto files = [&](const std::string& name) -> suan::Result<std::string> {
    if (name == replaced) return text;
    const auto found = sound_files().find(name);
    if (found == sound_files().end()) return suan::fail(suan::ErrorCode::NotFound, "none");
    return found->second;
  };
  if (kind == 0) {
    if (const auto scenario = suan::bench::read_scenario(text, files)) check(*scenario);
    return 0;
  }
  for (const char* load :
       {R"({"arrivals":"trace","file":"trace"})",
        R"({"arrivals":"trace","file":"trace.jsonl"})",
        R"({"arrivals":"day_curve","file":"rates","lengths_file":"lengths"})"}) {
    const auto scenario = suan::bench::read_scenario(scenario_with(load), files);
    if (scenario) check(*scenario);
  }
  return 0;
}
