#include "scheduler/server/decision_json.h"

#include <algorithm>
#include <cassert>

#include "catalog/types/uuid.h"
#include "scheduler/server/json_text.h"

namespace suan::scheduler {

namespace {

std::string_view to_string(Verdict verdict) {
  if (verdict == Verdict::Placed) return "placed";
  return verdict == Verdict::Waiting ? "waiting" : "refused";
}

void write_terms(JsonText& json, const Terms& terms) {
  json.begin_object()
      .field("round_trip_us", terms.round_trip_us)
      .field("queue_us", terms.queue_us)
      .field("prefill_us", terms.prefill_us)
      .field("ttft_us", terms.ttft_us())
      .field("tpot_us", terms.tpot_us)
      .field("output_us", terms.output_us)
      .field("price_n", terms.price_n)
      .field("shadow_price_n", terms.shadow_price_n)
      .field("penalty_us", terms.penalty_us)
      .field("home_us", terms.home_us)
      .field("ttft_expected_us", terms.ttft_expected_us)
      .field("tpot_expected_us", terms.tpot_expected_us)
      .field("score_us", terms.score_us)
      .end_object();
}

void write_run_ids(JsonText& json, const std::vector<std::string>& run_ids) {
  json.begin_array();
  for (const std::string& run_id : run_ids)
    json.value(run_id);
  json.end_array();
}

void write_where(JsonText& json, const ExplainedCandidate& candidate) {
  json.field("site", candidate.site.value())
      .field("node", candidate.node.value())
      .field("replica_id", std::to_string(candidate.replica.value()))
      .field("estimate_id", std::to_string(candidate.estimate_id));
}

void write_candidate(JsonText& json, const ExplainedCandidate& candidate) {
  json.begin_object();
  write_where(json, candidate);
  json.field("source", candidate.source);
  if (candidate.refused_rule.empty()) {
    json.key("refused").null();
    json.key("terms");
    write_terms(json, candidate.terms);
  } else {
    json.key("refused")
        .begin_object()
        .field("rule", candidate.refused_rule)
        .field("because", candidate.refused_because)
        .end_object();
  }
  json.key("run_ids");
  write_run_ids(json, candidate.run_ids);
  json.end_object();
}

void write_choice(JsonText& json, const Explanation& why) {
  const auto& candidates = why.candidates;
  json.key("chosen");
  if (why.chosen && *why.chosen < candidates.size()) {
    const ExplainedCandidate& chosen = candidates[*why.chosen];
    json.begin_object();
    write_where(json, chosen);
    json.field("ttft_expected_ms", to_ms(Duration(chosen.terms.ttft_expected_us)))
        .field("score_us", chosen.terms.score_us)
        .key("run_ids");
    write_run_ids(json, chosen.run_ids);
    json.end_object();
  } else {
    json.null();
  }
  json.key("runner_up");
  if (why.runner_up && *why.runner_up < candidates.size()) {
    json.begin_object();
    write_where(json, candidates[*why.runner_up]);
    json.field("gap_ms", to_ms(Duration(why.runner_up_gap_us))).end_object();
  } else {
    json.null();
  }
}

void write_explanation(JsonText& json, const Explanation& why) {
  json.field("model", why.model.value())
      .field("policy", why.policy)
      .field("view_id", std::to_string(why.view_id))
      .field("reason", why.reason);
  write_choice(json, why);
  json.field("replicas_allowed", why.replicas_allowed).key("binding_constraint");
  if (why.binding_rule.empty()) {
    json.null();
  } else {
    json.begin_object()
        .field("rule", why.binding_rule)
        .field("because", why.binding_because)
        .end_object();
  }
  json.key("candidates").begin_array();
  for (const ExplainedCandidate& candidate : why.candidates)
    write_candidate(json, candidate);
  json.end_array().key("refused_sites").begin_array();
  for (const ExplainedSite& site : why.refused_sites) {
    json.begin_object()
        .field("site", site.site.value())
        .field("rule", site.rule)
        .field("because", site.because)
        .end_object();
  }
  json.end_array();
}

/// The results behind the candidates that were compared, each once.
std::vector<std::string> relied_on(const Explanation& why) {
  std::vector<std::string> run_ids;
  for (const ExplainedCandidate& candidate : why.candidates) {
    if (!candidate.refused_rule.empty()) continue;
    for (const std::string& run_id : candidate.run_ids) {
      const bool is_new = std::find(run_ids.begin(), run_ids.end(), run_id) == run_ids.end();
      if (is_new) run_ids.push_back(run_id);
    }
  }
  return run_ids;
}

void write_outcome(JsonText& json, const std::optional<SeenOutcome>& outcome) {
  json.key("outcome");
  if (!outcome) {
    json.null();
    return;
  }
  json.begin_object()
      .field("status", outcome->status)
      .field("prompt_tokens", outcome->usage.prompt_tokens)
      .field("completion_tokens", outcome->usage.completion_tokens)
      .field("ttft_ms", to_ms(outcome->ttft))
      .field("tpot_ms", to_ms(outcome->tpot))
      .end_object();
}

void write_body(JsonText& json, const Decision& decision) {
  json.field("request_id", to_string(decision.request.value()))
      .field("attempt", decision.attempt)
      .field("account", decision.account.value())
      .field("at", decision.at)
      .field("verdict", to_string(decision.verdict))
      .field("waited_ms", to_ms(decision.waited));
  write_explanation(json, decision.explanation);
  json.key("relied_on");
  write_run_ids(json, relied_on(decision.explanation));
  json.key("error");
  if (decision.error) {
    json.begin_object()
        .field("code", suan::to_string(decision.error->code))
        .field("message", decision.error->message)
        .end_object();
  } else {
    json.null();
  }
  write_outcome(json, decision.outcome);
}

}  // namespace

std::string decision_json(const Decision& decision) {
  JsonText json;
  json.begin_object();
  write_body(json, decision);
  json.end_object();
  return json.take();
}

std::string decisions_json(const std::vector<std::shared_ptr<const Decision>>& attempts) {
  assert(!attempts.empty());
  JsonText json;
  json.begin_object();
  write_body(json, *attempts.back());
  json.key("earlier").begin_array();
  for (size_t i = 0; i + 1 < attempts.size(); ++i)
    json.raw(decision_json(*attempts[i]));
  json.end_array().end_object();
  return json.take();
}

}  // namespace suan::scheduler
