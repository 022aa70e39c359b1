#include "engine/weights/manifest_codec.h"

#include <cstring>
#include <type_traits>

#include "engine/weights/byte_reader.h"
#include "engine/weights/checks.h"
#include "engine/weights/refuse.h"

namespace suan::engine {
namespace {

constexpr uint64_t kMagic = 0x31304e4d4e415553;  // "SUANMN01"
constexpr uint64_t kRefusalBytesMax = 4096;

/// The last enumerator of each enumeration that travels.
constexpr TensorType last_of(TensorType) {
  return kBlockTypes.back().type;
}

constexpr RouterScore last_of(RouterScore) {
  return RouterScore::Sigmoid;
}

constexpr VocabularyKind last_of(VocabularyKind) {
  return VocabularyKind::ByteBpe;
}

class Writer {
 public:
  template <typename Value>
  void operator()(const Value& value) {
    static_assert(std::is_arithmetic_v<Value> || std::is_enum_v<Value>);
    const auto* first = reinterpret_cast<const unsigned char*>(&value);
    bytes_.insert(bytes_.end(), first, first + sizeof value);
  }

  void operator()(const std::string& text) {
    (*this)(uint64_t{text.size()});
    bytes_.insert(bytes_.end(), text.begin(), text.end());
  }

  template <typename Element>
  void operator()(const std::vector<Element>& elements) {
    (*this)(uint64_t{elements.size()});
    for (const Element& element : elements)
      (*this)(element);
  }

  void operator()(const TensorEntry& entry);

  [[nodiscard]] std::vector<unsigned char>& bytes() { return bytes_; }

 private:
  std::vector<unsigned char> bytes_;
};

class Decoder {
 public:
  explicit Decoder(std::span<const unsigned char> bytes) : reader_(kAnswer, bytes) {}

  template <typename Value>
  void operator()(Value& value) {
    if constexpr (std::is_enum_v<Value>) {
      const auto number = reader_.number<std::underlying_type_t<Value>>("an enumerator");
      if (number > static_cast<std::underlying_type_t<Value>>(last_of(Value{}))) {
        refuse(kAnswer, "{} is no enumerator", number);
      }
      value = static_cast<Value>(number);
    } else if constexpr (std::is_same_v<Value, bool>) {
      value = reader_.number<uint8_t>("a flag") != 0;
    } else {
      value = reader_.number<Value>("a number");
    }
  }

  void operator()(std::string& text) {
    const auto length = reader_.number<uint64_t>("a length");
    if (length > kStringBytesMax) {
      refuse(kAnswer, "a string has {} bytes, allowed are {}", length, kStringBytesMax);
    }
    text = reader_.text(length, "a string");
  }

  template <typename Element>
  void operator()(std::vector<Element>& elements) {
    const auto count = reader_.number<uint64_t>("a count");
    if (count > kVocabularyMax) {
      refuse(kAnswer, "a list has {} elements, allowed are {}", count, kVocabularyMax);
    }
    elements.clear();
    for (uint64_t i = 0; i < count; ++i)
      (*this)(elements.emplace_back());
  }

  void operator()(TensorEntry& entry);

  void finish() const {
    if (reader_.left() > 0) refuse(kAnswer, "{} bytes follow it", reader_.left());
  }

 private:
  static constexpr std::string_view kAnswer = "the model reader's answer";
  ByteReader reader_;
};

// One list of fields serves both directions.

template <typename Archive, typename Entry>
void visit_entry(Archive& archive, Entry& entry) {
  archive(entry.name);
  archive(entry.type);
  archive(entry.shape);
  archive(entry.file);
  archive(entry.offset);
  archive(entry.bytes);
}

template <typename Archive, typename Hyper>
void visit_hyper(Archive& archive, Hyper& hyper) {
  archive(hyper.architecture);
  for (auto* field : {&hyper.layers,         &hyper.dim,
                      &hyper.heads,          &hyper.kv_heads,
                      &hyper.head_dim,       &hyper.ff_dim,
                      &hyper.vocabulary,     &hyper.context_tokens,
                      &hyper.rope_dim,       &hyper.yarn_original_context,
                      &hyper.experts,        &hyper.experts_used,
                      &hyper.experts_shared, &hyper.expert_ff_dim,
                      &hyper.shared_ff_dim,  &hyper.dense_layers,
                      &hyper.groups,         &hyper.groups_kept,
                      &hyper.q_lora,         &hyper.kv_lora,
                      &hyper.nope_dim,       &hyper.value_dim,
                      &hyper.mtp_layers}) {
    archive(*field);
  }
  for (auto* field : {&hyper.norm_eps, &hyper.rope_base, &hyper.rope_magnitude,
                      &hyper.yarn_factor, &hyper.yarn_beta_fast, &hyper.yarn_beta_slow,
                      &hyper.yarn_log_multiplier, &hyper.router_scale}) {
    archive(*field);
  }
  archive(hyper.rope_factors);
  archive(hyper.rope_is_adjacent);
  archive(hyper.router_normalises);
  archive(hyper.router_score);
}

template <typename Archive, typename Words>
void visit_vocabulary(Archive& archive, Words& vocabulary) {
  archive(vocabulary.kind);
  archive(vocabulary.pieces);
  archive(vocabulary.scores);
  archive(vocabulary.types);
  archive(vocabulary.merges);
  archive(vocabulary.pre_split);
  archive(vocabulary.bos);
  archive(vocabulary.ends);
  archive(vocabulary.adds_bos);
  archive(vocabulary.adds_space_prefix);
  archive(vocabulary.normalizes_nfc);
  archive(vocabulary.ignores_merges);
  archive(vocabulary.strips_left);
  archive(vocabulary.strips_right);
}

template <typename Archive, typename Answer>
void visit_answer(Archive& archive, Answer& answer) {
  archive(answer.refusal);
  visit_hyper(archive, answer.manifest.hyper);
  archive(answer.manifest.tensors);
  visit_vocabulary(archive, answer.manifest.vocabulary);
  archive(answer.manifest.chat_template);
  archive(answer.manifest.name);
  archive(answer.manifest.quantization);
}

void Writer::operator()(const TensorEntry& entry) {
  visit_entry(*this, entry);
}

void Decoder::operator()(TensorEntry& entry) {
  visit_entry(*this, entry);
}

}  // namespace

std::vector<unsigned char> encode(const ReaderAnswer& answer) {
  Writer writer;
  writer(kMagic);
  visit_answer(writer, answer);
  return std::move(writer.bytes());
}

ReaderAnswer decode_answer(std::span<const unsigned char> bytes) {
  Decoder decoder(bytes);
  uint64_t magic = 0;
  decoder(magic);
  if (magic != kMagic) throw ModelError("the model reader's answer has a wrong beginning");
  ReaderAnswer answer;
  visit_answer(decoder, answer);
  decoder.finish();
  if (answer.refusal.size() > kRefusalBytesMax) answer.refusal.resize(kRefusalBytesMax);
  return answer;
}

}  // namespace suan::engine
