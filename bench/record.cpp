#include "bench/record.h"

#include <bit>
#include <span>
#include <sys/utsname.h>
#include <thread>

#include "catalog/types/bytes.h"
#include "catalog/types/canonical_json.h"

namespace suan::bench {

namespace {

constexpr size_t kRequestBytesPerLine = 48U << 10U;  // a line is a field of at most 64 KiB
constexpr size_t kChunksMax = 2000;                  // of one request; more are counted only
constexpr uint32_t kDefinitions = 1;                 // of the formulas

std::string intent_line(const RunIntent& intent) {
  return canonical_json(
      {{"type", "intent"},
       {"format", "suan.record/1"},
       {"defs", kDefinitions},
       {"run_id", intent.run_id},
       {"campaign_id", intent.campaign_id},
       {"spec_sha256", intent.scope.spec_sha256},
       {"plan_sha256", intent.plan_sha256},
       {"cell", intent.scope.cell},
       {"params",
        {{"benchmark", intent.cell.benchmark}, {"rate_per_s", intent.cell.rate_per_s}}},
       {"execution", intent.scope.execution},
       {"block", intent.block},
       {"site", intent.scope.site.value()},
       {"node", intent.scope.node.value()},
       {"observer", "gateway"},
       {"nonce_sha256", to_hex(sha256(intent.scope.nonce))},
       {"issued_at", to_rfc3339(intent.issued_at)},
       {"deadline_s", to_seconds(intent.deadline)}});
}

std::string env_line(double steal) {
  utsname kernel{};
  const bool is_known = uname(&kernel) == 0;
  return canonical_json({{"type", "env"},
                         {"kernel", is_known ? kernel.release : "unknown"},
                         {"machine", is_known ? kernel.machine : "unknown"},
                         {"compiler", __VERSION__},
                         {"cores", std::thread::hardware_concurrency()},
                         {"clock", "steady"},
                         {"steal_share", steal}});
}

Json json_of(const RequestRecord& request) {
  Json chunks = Json::array();
  for (const int64_t at_ns : request.chunks_ns) {
    if (chunks.size() == kChunksMax) {
      break;
    }
    chunks.push_back(at_ns);
  }
  Json json{{"i", request.number},
            {"s", request.start_ns},
            {"d", request.dispatch_ns},
            {"chunks_ns", std::move(chunks)},
            {"chunks", request.chunks_ns.size()},
            {"n_in", request.usage.prompt_tokens},
            {"n", request.usage.completion_tokens},
            {"hits", request.usage.cached_tokens},
            {"status", request.status}};
  if (!request.error.empty()) {
    json["reason"] = request.error.substr(0, 400);
  }
  return json;
}

void add_samples(const std::vector<RequestRecord>& requests,
                 const char* phase,
                 std::vector<std::string>& lines) {
  std::string rows;
  const auto flush = [&] {
    if (!rows.empty()) {
      // Keys in canonical order: phase, requests, type, unit.
      lines.push_back(fmt::format(
          R"({{"phase":"{}","requests":[{}],"type":"samples","unit":"ns"}})", phase, rows));
      rows.clear();
    }
  };
  for (const RequestRecord& request : requests) {
    const std::string row = canonical_json(json_of(request));
    if (rows.size() + row.size() > kRequestBytesPerLine) {
      flush();
    }
    rows += (rows.empty() ? "" : ",") + row;
  }
  flush();
}

Digest tree_hash(std::span<const std::string> lines) {
  if (lines.empty()) {
    return sha256("");
  }
  if (lines.size() == 1) {
    return sha256(std::string(1, '\0') + lines.front());
  }
  const size_t split = std::bit_floor(lines.size() - 1);  // the largest power of two below
  std::string node(1, '\1');
  for (const Digest& half : {tree_hash(lines.first(split)), tree_hash(lines.subspan(split))}) {
    node.append(half.begin(), half.end());
  }
  return sha256(node);
}

}  // namespace

std::vector<std::string> record_lines(const RunIntent& intent,
                                      const RunResult& run,
                                      const std::vector<std::string>& flags,
                                      double steal) {
  std::vector<std::string> lines{intent_line(intent), env_line(steal)};
  add_samples(run.warmup, "warmup", lines);
  add_samples(run.requests, "measured", lines);
  lines.push_back(canonical_json({{"type", "seal"},
                                  {"run_id", intent.run_id},
                                  {"lines", lines.size()},
                                  {"root", merkle_root(lines)},
                                  {"status", run.status},
                                  {"reason", run.reason},
                                  {"flags", flags}}));
  return lines;
}

std::string merkle_root(const std::vector<std::string>& lines) {
  return to_hex(tree_hash(lines));
}

}  // namespace suan::bench
