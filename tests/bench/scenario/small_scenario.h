#pragma once

#include <fstream>
#include <map>
#include <sstream>
#include <string>

#include "bench/scenario/scenario.h"

namespace suan::bench {

/// Files in memory: three nodes in a row, 1 ms and 2 ms apart, and a fourth that nothing reaches.
inline const std::map<std::string, std::string>& small_files() {
  static const std::map<std::string, std::string> kFiles{
      {"nodes.csv",
       "id,label,lat,lon\n0,North,30,110\n1,Middle,,\n2,South,31,111\n9,Abroad,,\n"},
      {"elsewhere.csv",
       "id,label,lat,lon\n0,North,30,110\n1,Middle,,\n2,Arctic,50,111\n9,Abroad,,\n"},
      {"links.csv", "source,target,fibre_one_way_ms\n0,1,1\n1,2,2\n2,9,\n"},
      {"devices.csv",
       "name,mem_gb,mem_bw_peak_gbps,mem_bw_measured_gbps,fp16_peak_tflops,bf16_peak_tflops,"
       "bf16_measured_tflops,source\n"
       "Quick,80,2000,,,312,,tables\n"
       "Slow,48,1000,500,100m,,,measurers\n"
       "Unknown,64,,,,,,nobody\n"},
      {"models.csv",
       "model_name,size_b,activated_b,format,quantizations,context_length\n"
       "qwen3,8,,fp8,fp8,40960\n"
       "qwen3,30,3,fp8,fp8,40960\n"},
      {"sites.csv",
       "site_id,name_en,province_en,lat,lon,nearest_cernet_node\n"
       "hill,On the hill,Up,30,110,0\n"
       "lake,By the lake,Down,31,111,2\n"},
      {"trace.csv",
       "arrival_s,context_tokens,generated_tokens\n0,100,10\n1,300,20\n3,200,30\n"},
  };
  return kFiles;
}

inline Result<std::string> small_file(const std::string& name) {
  const auto found = small_files().find(name);
  if (found == small_files().end()) return fail(ErrorCode::NotFound, "there is no {}", name);
  return found->second;
}

/// A whole scenario of two sites; `replaced` in its text becomes `by`.
inline std::string small_scenario(const std::string& replaced = "",
                                  const std::string& by = "") {
  std::string text = R"({
  // a comment
  "format": "suan.scenario/1",
  "name": "small",
  "duration_s": 60,
  "sites_file": "sites.csv", "devices_file": "devices.csv", "models_file": "models.csv",
  "topology": {"nodes": "nodes.csv", "links": "links.csv", "control_plane_at": 0},
  "models": [{"id": "qwen3-8b", "row": {"name": "qwen3", "size_b": 8, "format": "fp8"},
              "kv_bytes_per_token": 147456, "context_tokens": 8192}],
  "sites": [{"id": "hill", "nodes": [{"device": "Quick", "model": "qwen3-8b", "count": 2}]},
            {"id": "lake", "nodes": [{"device": "Slow", "model": "qwen3-8b", "slots": 16}]}],
  "load": {"arrivals": "poisson", "rate_per_s": 10,
           "prompt_tokens": {"dist": "fixed", "value": 500},
           "output_tokens": {"dist": "fixed", "value": 50}},
  "events": []
})";
  const size_t at = replaced.empty() ? std::string::npos : text.find(replaced);
  if (at != std::string::npos) text.replace(at, replaced.size(), by);
  return text;
}

/// The file of this repository; tests of the scenarios that it ships.
inline Result<std::string> shipped_file(const std::string& name) {
  std::ifstream file(std::string(SUAN_SOURCE_DIR) + "/bench/networks/" + name);
  if (!file) return fail(ErrorCode::NotFound, "there is no {}", name);
  std::ostringstream bytes;
  bytes << file.rdbuf();
  return bytes.str();
}

}  // namespace suan::bench
