#include "node_agent/body_joiner.h"

#include <algorithm>
#include <cassert>
#include <utility>
#include <vector>

#include "catalog/wire/convert.h"

namespace suan::node_agent {

namespace {

constexpr uint32_t kPartMax = 128U << 10U;
constexpr uint64_t kFreeBytes = 128U << 10U;  // that need no credit
constexpr uint64_t kWindow = 512U << 10U;     // granted ahead of what has come
constexpr uint64_t kGrantMin = 128U << 10U;

}  // namespace

BodyJoiner::BodyJoiner(Loop& loop, const AgentConfig& config, Handlers handlers)
    : loop_(loop), config_(config), handlers_(std::move(handlers)) {}

BodyJoiner::~BodyJoiner() {
  for (const auto& [stream, pending] : pending_)
    loop_.cancel(pending.timer);
}

void BodyJoiner::add_start(StartOrder start) {
  const StreamId stream = start.stream;
  const auto known = pending_.find(stream);
  if (known != pending_.end() && known->second.gateway_id != start.gateway_id) {
    // A body for a stream that was placed for another gateway: not that gateway's to send.
    ++ignored_;
    take(stream);
  }
  Pending* pending = find_or_add(stream, start.gateway_id);
  if (pending == nullptr) {
    Error error{ErrorCode::Overloaded, "too many requests wait for their other half", {}};
    std::string gateway_id = start.gateway_id;
    handlers_.broken(
        {stream, std::move(gateway_id), std::move(start), std::move(error), false});
    return;
  }
  pending->start = std::move(start);
  advance(stream, *pending);
}

void BodyJoiner::add_part(const std::string& gateway_id, const v1::Body& part) {
  const StreamId stream(part.stream_id());
  Pending* pending = find_or_add(stream, gateway_id);
  if (pending == nullptr) {
    Error error{ErrorCode::Overloaded, "too many bodies wait for their start", {}};
    handlers_.broken({stream, gateway_id, std::nullopt, std::move(error), false});
    return;
  }
  const bool is_repeated = pending->has_body && part.offset() < pending->body.size();
  if (pending->gateway_id != gateway_id || is_repeated) {
    ++ignored_;
    return;
  }
  const auto appended = append(*pending, part);
  if (!appended) {
    const ErrorCode code = appended.error().code;
    const bool is_final = code == ErrorCode::TooLarge || code == ErrorCode::BadRequest;
    break_off(stream, appended.error(), is_final);
    return;
  }
  advance(stream, *pending);
}

std::optional<StartOrder> BodyJoiner::cancel(StreamId stream) {
  if (!pending_.contains(stream)) return std::nullopt;
  return take(stream).start;
}

bool BodyJoiner::has_start(StreamId stream) const {
  const auto found = pending_.find(stream);
  return found != pending_.end() && found->second.start.has_value();
}

std::vector<StartOrder> BodyJoiner::starts() const {
  std::vector<StartOrder> starts;
  for (const auto& [stream, pending] : pending_) {
    if (pending.start) starts.push_back(*pending.start);
  }
  // The map's order differs between libraries; a simulation must not.
  std::ranges::sort(starts, {}, &StartOrder::stream);
  return starts;
}

BodyJoiner::Pending* BodyJoiner::find_or_add(StreamId stream, const std::string& gateway_id) {
  const auto found = pending_.find(stream);
  if (found != pending_.end()) return &found->second;
  if (pending_.size() >= config_.pending_max) return nullptr;
  Pending& pending = pending_[stream];
  pending.gateway_id = gateway_id;
  return &pending;
}

Result<void> BodyJoiner::append(Pending& pending, const v1::Body& part) {
  if (!pending.has_body) {
    if (part.total_bytes() > config_.body_bytes_max) {
      return fail(ErrorCode::TooLarge, "the body has {} bytes; at most {} are taken",
                  part.total_bytes(), config_.body_bytes_max);
    }
    pending.total = part.total_bytes();
    if (!reserve(pending, std::min<uint64_t>(pending.total, kFreeBytes))) {
      return fail(ErrorCode::Overloaded, "bodies of {} bytes wait already", bytes_);
    }
    pending.has_body = true;
  }
  const uint64_t end = uint64_t{part.offset()} + part.part().size();
  if (part.offset() != pending.body.size()) {
    return fail(ErrorCode::Unavailable, "the body has a gap: part at {} after {} bytes",
                part.offset(), pending.body.size());
  }
  if (part.total_bytes() != pending.total || part.part().size() > kPartMax ||
      end > pending.granted) {
    return fail(ErrorCode::BadRequest,
                "a body part of {} bytes at {} goes beyond {} granted of {}",
                part.part().size(), part.offset(), pending.granted, pending.total);
  }
  pending.body += part.part();
  return {};
}

/// One half has come, or grown: asks for more, waits for more, or hands the whole over.
void BodyJoiner::advance(StreamId stream, Pending& pending) {
  const bool is_whole = pending.has_body && pending.body.size() == pending.total;
  if (is_whole && pending.start) {
    Pending done = take(stream);
    handlers_.joined(std::move(*done.start),
                     std::make_shared<const std::string>(std::move(done.body)));
    return;
  }
  if (pending.has_body && pending.start && !top_up(stream, pending)) {
    Error error{ErrorCode::Overloaded, "no room for a body of this size now", {}};
    break_off(stream, std::move(error), false);
    return;
  }
  wait_on(stream, pending);
}

/// False when there is no room for more.
bool BodyJoiner::top_up(StreamId stream, Pending& pending) {
  const uint64_t target = std::min<uint64_t>(pending.total, pending.body.size() + kWindow);
  if (target <= pending.granted) return true;
  const uint64_t more = target - pending.granted;
  if (more < kGrantMin && target != pending.total) return true;
  if (!reserve(pending, more)) return false;
  handlers_.grant(pending.gateway_id, stream, static_cast<uint32_t>(more));
  return true;
}

bool BodyJoiner::reserve(Pending& pending, uint64_t bytes) {
  if (bytes_ + bytes > config_.pending_bytes_max) return false;
  bytes_ += bytes;
  pending.granted += bytes;
  return true;
}

void BodyJoiner::wait_on(StreamId stream, Pending& pending) {
  loop_.cancel(pending.timer);
  pending.timer = loop_.after(config_.half_wait, [this, stream] { miss(stream); });
}

void BodyJoiner::miss(StreamId stream) {
  const auto found = pending_.find(stream);
  if (found == pending_.end()) return;
  const bool has_start = found->second.start.has_value();
  const double seconds = to_seconds(config_.half_wait);
  Error error{has_start ? ErrorCode::TimedOut : ErrorCode::ReplicaGone,
              has_start ? fmt::format("no more of the body came within {} s", seconds)
                        : fmt::format("no start came within {} s", seconds),
              {}};
  break_off(stream, std::move(error), false);
}

void BodyJoiner::break_off(StreamId stream, Error error, bool is_final) {
  Pending pending = take(stream);
  handlers_.broken({stream, std::move(pending.gateway_id), std::move(pending.start),
                    std::move(error), is_final});
}

BodyJoiner::Pending BodyJoiner::take(StreamId stream) {
  const auto found = pending_.find(stream);
  assert(found != pending_.end());
  Pending pending = std::move(found->second);
  pending_.erase(found);
  loop_.cancel(pending.timer);
  assert(bytes_ >= pending.granted);
  bytes_ -= pending.granted;
  return pending;
}

}  // namespace suan::node_agent
