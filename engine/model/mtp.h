#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "engine/model/decoder.h"

namespace suan::engine {

/// The multi-token prediction head of DeepSeek-V3: from what the model thinks at a position, and
/// the token that follows there, it guesses the token after that one.
///
/// One more block of the model's own kind. It has rows of its own in the model's cache, behind
/// those of the layers, so one PageLease covers both. To guess well it needs them all: feed it
/// every position of a sequence, prompts too. Its guesses are drafts: a wrong or missing row makes
/// a worse draft, never another text.
/// Threads:  one owner, the decoder's.
/// Source:   DeepSeek-V3 report (arXiv 2412.19437), section 2.2, equations 21 to 23
class Mtp {
 public:
  /// Requires: hyper().mtp_layers > 0; the decoder outlives the head, which works in its room.
  /// Throws ModelError.
  Mtp(const WeightLoader& loader, Decoder& decoder);

  /// Drafts from a batch of the head's own, filling its rows of the cache.
  ///
  /// In the batch a row at position i holds the token of position i + 1; `states` and
  /// `state_rows` say where its hidden state at position i lies: in `decoder.hidden()`, or, to
  /// guess one token further from a guess, in `hidden()` of the pass before. Rows of prompts are
  /// added as prompts, decoded ones as decodes, as for the decoder.
  ///
  /// Shapes:   state_rows [rows], numbers of rows of `states` [any, dim];
  ///           returned logits [outputs, vocabulary] of the token at position i + 2; valid until
  ///           the next call
  /// Requires: the batch is within the decoder's limits
  [[nodiscard]] std::span<const float> forward(const Batch& batch,
                                               const Tensor& states,
                                               std::span<const uint32_t> state_rows,
                                               const KvCache& cache);

  /// Logits of more rows of the batch that `forward` computed last. Shapes as above.
  [[nodiscard]] std::span<const float> outputs(std::span<const uint32_t> rows);

  /// The head's own hidden states after its final norm, of all rows of the last batch [rows, dim];
  /// valid until the next `forward`, which may take them as its `states`.
  [[nodiscard]] Tensor hidden() const;

 private:
  void mix(const ForwardPass& pass, const Tensor& states, std::span<const uint32_t> state_rows);

  Trunk& trunk_;
  Layer layer_;
  Weight embedding_;       // the model's, unless the file has another
  Weight output_;          // likewise
  Weight mix_;             // [dim, 2 * dim]: of embedding and hidden state, side by side
  Buffer embedding_norm_;  // [dim]
  Buffer state_norm_;      // [dim]
  Buffer output_norm_;     // [dim]
  Buffer both_;            // [rows, 2 * dim]
  Buffer hidden_;          // [rows, dim]
  size_t rows_ = 0;        // of the last batch
  std::vector<float> logits_;
};

}  // namespace suan::engine
