#include "engine/tokenizer/piece_table.h"

#include <bit>
#include <cstring>

#include "engine/tokenizer/hash_seed.h"

namespace suan::engine {
namespace {

constexpr uint64_t kFactor = 0x9E3779B97F4A7C15U;

uint32_t tag_of(uint64_t hash) {
  return static_cast<uint32_t>(hash >> 32U);
}

uint64_t eight_bytes(const char* bytes) {
  uint64_t word = 0;
  std::memcpy(&word, bytes, sizeof word);
  return word;
}

}  // namespace

PieceTable::PieceTable(size_t pieces_max)
    : slots_(std::bit_ceil(pieces_max + pieces_max / 2 + 2)), seed_(hash_seed()) {}

void PieceTable::add(std::string_view text, int32_t token) {
  const uint64_t hash = hash_of(text);
  Slot& slot = slots_[slot_of(text, hash)];
  if (slot.token >= 0) return;
  slot = {text.data(), static_cast<uint32_t>(text.size()), tag_of(hash), token};
}

int32_t PieceTable::find(std::string_view text) const {
  return slots_[slot_of(text, hash_of(text))].token;
}

size_t PieceTable::slot_of(std::string_view text, uint64_t hash) const {
  const size_t mask = slots_.size() - 1;
  for (size_t at = hash & mask;; at = (at + 1) & mask) {
    const Slot& slot = slots_[at];
    if (slot.token < 0) return at;
    if (slot.tag == tag_of(hash) && std::string_view(slot.text, slot.bytes) == text) return at;
  }
}

uint64_t PieceTable::hash_of(std::string_view text) const {
  uint64_t hash = seed_ ^ text.size();
  size_t at = 0;
  for (; at + 8 <= text.size(); at += 8)
    hash = mixed(hash ^ eight_bytes(text.data() + at), kFactor);
  uint64_t last = 0;
  for (; at < text.size(); ++at)
    last = last << 8U | static_cast<unsigned char>(text[at]);
  return mixed(hash ^ last, kFactor);
}

}  // namespace suan::engine
