#include "bench/scenario/trace.h"

#include <algorithm>
#include <string_view>

#include "catalog/types/json.h"
#include "catalog/types/json_fields.h"
#include "catalog/types/random.h"

namespace suan::bench {

namespace {

constexpr size_t kRowsMax = 5'000'000;
constexpr size_t kBytesMax = 512U << 20U;
constexpr size_t kBlocksMax = 8'192;  // of one request: 4 million tokens
constexpr uint32_t kTokensMax = 4'000'000;
constexpr double kSecondsMax = 366.0 * 86'400;
constexpr double kMooncakeStepSeconds = 3;

Result<Trace> read_azure(NamedText file) {
  auto table =
      CsvTable::read(std::move(file), {"arrival_s", "context_tokens", "generated_tokens"});
  if (!table) return forward(table.error());
  Trace trace;
  trace.rows.reserve(table->rows());
  for (size_t row = 0; row < table->rows() && !table->error(); ++row) {
    TraceRow added;
    added.at_s = table->number(row, 0, 0, kSecondsMax);
    added.prompt_tokens = std::max(1U, table->whole(row, 1, 0, kTokensMax));
    added.output_tokens = std::max(1U, table->whole(row, 2, 0, kTokensMax));
    trace.rows.push_back(added);
  }
  if (table->error()) return forward(*table->error());
  return trace;
}

/// The first complaint about a line; "" when it was taken.
std::string take_mooncake(std::string_view line, double spread_s, Trace& trace) {
  const auto json = parse_json(line, {.depth = 4, .keys = 16, .values = 10'000});
  if (!json) return json.error().message;
  JsonFields fields(*json);
  double timestamp_ms = -1;
  uint32_t input = 0;
  uint32_t output = 0;
  fields.read("timestamp", timestamp_ms);
  fields.read("input_length", input);
  fields.read("output_length", output);
  const Json* ids = fields.find("hash_ids");
  if (fields.error()) return fields.error()->message;
  if (!(timestamp_ms >= 0 && timestamp_ms <= kSecondsMax * 1e3)) {
    return "timestamp must be milliseconds from 0";
  }
  if (input > kTokensMax || output > kTokensMax) {
    return fmt::format("lengths must be at most {} tokens", kTokensMax);
  }
  const auto is_id = [](const Json& each) { return each.is_number_unsigned(); };
  if (ids == nullptr || !ids->is_array() || ids->size() > kBlocksMax ||
      !std::ranges::all_of(*ids, is_id)) {
    return fmt::format("hash_ids must be a list of at most {} whole numbers", kBlocksMax);
  }
  TraceRow& added = trace.rows.emplace_back();
  added.at_s = timestamp_ms / 1e3 + spread_s;
  added.prompt_tokens = std::max(1U, input);
  added.output_tokens = std::max(1U, output);
  added.first_block = static_cast<uint32_t>(trace.blocks.size());
  added.blocks = static_cast<uint32_t>(ids->size());
  for (const Json& id : *ids)
    trace.blocks.push_back(id.get<uint64_t>());
  return "";
}

Result<Trace> read_mooncake(const NamedText& file, uint64_t seed) {
  Trace trace;
  Random random(splitmix64(seed ^ 0x300));
  const std::string_view text = file.text;
  size_t line = 0;
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find('\n', at), text.size());
    const std::string_view one = text.substr(at, end - at);
    at = end + 1;
    ++line;
    if (one.empty()) continue;
    const double spread_s = random.uniform() * kMooncakeStepSeconds;
    const std::string complaint = take_mooncake(one, spread_s, trace);
    if (!complaint.empty()) {
      return fail(ErrorCode::BadRequest, "{}:{}: {}", file.name, line, complaint);
    }
    if (trace.rows.size() > kRowsMax) break;
  }
  std::ranges::stable_sort(trace.rows, {}, &TraceRow::at_s);
  return trace;
}

}  // namespace

Result<Trace> read_trace(NamedText file, uint64_t seed) {
  if (file.text.size() > kBytesMax) {
    return fail(ErrorCode::TooLarge, "{} has more than {} bytes", file.name, kBytesMax);
  }
  const std::string name = file.name;
  Result<Trace> trace =
      name.ends_with(".jsonl") ? read_mooncake(file, seed) : read_azure(std::move(file));
  if (!trace) return trace;
  if (trace->rows.empty() || trace->rows.size() > kRowsMax) {
    return fail(ErrorCode::BadRequest, "{}: a trace has 1 to {} requests", name, kRowsMax);
  }
  if (!std::ranges::is_sorted(trace->rows, {}, &TraceRow::at_s)) {
    return fail(ErrorCode::BadRequest, "{}: its requests must be in the order of their arrival",
                name);
  }
  const double first_s = trace->rows.front().at_s;
  for (TraceRow& row : trace->rows)
    row.at_s -= first_s;
  return trace;
}

}  // namespace suan::bench
