"""What a model file says, in one form: its sizes and rules, and weights by GGUF's names."""

import math
import os
from types import SimpleNamespace

import numpy as np

from gguf import GgufFile
from safetensors import SafetensorsFolder


def open_model(path):
    return FolderModel(path) if os.path.isdir(path) else GgufModel(path)


class GgufModel:
    """`sizes` and weights of a GGUF file."""

    def __init__(self, path):
        self._file = GgufFile(path)
        keys = self._file.keys
        self.architecture = keys["general.architecture"]

        def key(name, otherwise=None):
            return keys.get(f"{self.architecture}.{name}", otherwise)

        sizes = SimpleNamespace()
        sizes.predictors = key("nextn_predict_layers", 0)
        sizes.layers = key("block_count") - sizes.predictors
        sizes.dim = key("embedding_length")
        sizes.heads = key("attention.head_count")
        sizes.kv_heads = key("attention.head_count_kv", sizes.heads)
        sizes.eps = key("attention.layer_norm_rms_epsilon")
        sizes.kv_lora = key("attention.kv_lora_rank", 0)
        if sizes.kv_lora:
            sizes.rope_dim = key("rope.dimension_count")
            # Old files have no *_mla keys; there the plain ones mean the same.
            width = key("attention.key_length_mla", key("attention.key_length"))
            sizes.nope_dim = width - sizes.rope_dim
            sizes.value_dim = key("attention.value_length_mla", key("attention.value_length"))
        else:
            sizes.head_dim = key("attention.key_length", sizes.dim // sizes.heads)
            sizes.rope_dim = key("rope.dimension_count", sizes.head_dim)
        # GGUF's writers permute the rows of Llama's queries and keys so that pairs are adjacent.
        sizes.is_adjacent = not self.architecture.startswith("qwen")
        sizes.rope_base = key("rope.freq_base", 10000.0)
        sizes.rope_factors = None
        if self._file.has("rope_freqs.weight"):
            sizes.rope_factors = self._file.tensor("rope_freqs.weight")
        sizes.yarn, sizes.magnitude, sizes.score_factor = None, 1.0, 1.0
        if key("rope.scaling.type") == "yarn":
            factor = key("rope.scaling.factor")
            sizes.yarn = (factor, key("rope.scaling.original_context_length"),
                          key("rope.scaling.yarn_beta_fast", 32.0),
                          key("rope.scaling.yarn_beta_slow", 1.0))
            if self.architecture == "deepseek2":
                # Written as 0.1 * mscale_all_dim; mscale equals it in all released models.
                m = 1 + key("rope.scaling.yarn_log_multiplier", 0.0) * math.log(factor)
                sizes.score_factor = m * m
            else:
                sizes.magnitude = 1 + 0.1 * math.log(factor)
        sizes.experts = key("expert_count", 0)
        sizes.experts_used = key("expert_used_count", 0)
        sizes.dense_layers = key("leading_dense_block_count", 0)
        sizes.groups = key("expert_group_count", 1)
        sizes.groups_kept = key("expert_group_used_count", sizes.groups)
        sizes.is_sigmoid = key("expert_gating_func", 1) == 2
        sizes.normalises = key("expert_weights_norm", self.architecture == "qwen3moe")
        sizes.router_scale = key("expert_weights_scale", 1.0) or 1.0
        self.sizes = sizes

    def has(self, name):
        return self._file.has(name)

    def tensor(self, name):
        return self._file.tensor(name)

    def expert(self, layer, part, number):
        """[rows, columns] of one expert; part is gate, up or down."""
        fused = f"blk.{layer}.ffn_gate_up_exps.weight"
        if part != "down" and self.has(fused):
            both = self._stack(fused)[number]
            half = len(both) // 2
            return both[:half] if part == "gate" else both[half:]
        return self._stack(f"blk.{layer}.ffn_{part}_exps.weight")[number]

    def head_matrices(self, layer):
        """(keys [heads, nope, rank], values [heads, value, rank]) of MLA's second projection."""
        sizes = self.sizes
        name = f"blk.{layer}.attn_kv_b.weight"
        if self.has(name):
            return _split_heads(self.tensor(name), sizes)
        keys = self.tensor(f"blk.{layer}.attn_k_b.weight")
        values = self.tensor(f"blk.{layer}.attn_v_b.weight")
        keys = keys.reshape(sizes.heads, sizes.kv_lora, sizes.nope_dim)
        values = values.reshape(sizes.heads, sizes.value_dim, sizes.kv_lora)
        return keys.transpose(0, 2, 1), values

    def _stack(self, name):
        stack = self.tensor(name)
        return stack if stack.ndim == 3 else stack[None]


def _split_heads(both, sizes):
    """Of each head its key rows, then its value rows."""
    both = both.reshape(sizes.heads, sizes.nope_dim + sizes.value_dim, sizes.kv_lora)
    return both[:, :sizes.nope_dim], both[:, sizes.nope_dim:]


_WHOLE = {
    "token_embd.weight": "model.embed_tokens.weight",
    "output_norm.weight": "model.norm.weight",
    "output.weight": "lm_head.weight",
}

_IN_LAYER = {
    "attn_norm.weight": "input_layernorm.weight",
    "ffn_norm.weight": "post_attention_layernorm.weight",
    "attn_q.weight": "self_attn.q_proj.weight",
    "attn_k.weight": "self_attn.k_proj.weight",
    "attn_v.weight": "self_attn.v_proj.weight",
    "attn_q.bias": "self_attn.q_proj.bias",
    "attn_k.bias": "self_attn.k_proj.bias",
    "attn_v.bias": "self_attn.v_proj.bias",
    "attn_q_norm.weight": "self_attn.q_norm.weight",
    "attn_k_norm.weight": "self_attn.k_norm.weight",
    "attn_q_a.weight": "self_attn.q_a_proj.weight",
    "attn_q_a_norm.weight": "self_attn.q_a_layernorm.weight",
    "attn_q_b.weight": "self_attn.q_b_proj.weight",
    "attn_kv_a_mqa.weight": "self_attn.kv_a_proj_with_mqa.weight",
    "attn_kv_a_norm.weight": "self_attn.kv_a_layernorm.weight",
    "attn_kv_b.weight": "self_attn.kv_b_proj.weight",
    "attn_output.weight": "self_attn.o_proj.weight",
    "ffn_gate.weight": "mlp.gate_proj.weight",
    "ffn_up.weight": "mlp.up_proj.weight",
    "ffn_down.weight": "mlp.down_proj.weight",
    "ffn_gate_inp.weight": "mlp.gate.weight",
    "exp_probs_b.bias": "mlp.gate.e_score_correction_bias",
    "ffn_gate_shexp.weight": "mlp.shared_experts.gate_proj.weight",
    "ffn_up_shexp.weight": "mlp.shared_experts.up_proj.weight",
    "ffn_down_shexp.weight": "mlp.shared_experts.down_proj.weight",
    "nextn.eh_proj.weight": "eh_proj.weight",
    "nextn.enorm.weight": "enorm.weight",
    "nextn.hnorm.weight": "hnorm.weight",
    "nextn.shared_head_norm.weight": "shared_head.norm.weight",
    "nextn.embed_tokens.weight": "embed_tokens.weight",
    "nextn.shared_head_head.weight": "shared_head.head.weight",
}


class FolderModel:
    """`sizes` and weights of a folder with config.json."""

    def __init__(self, path):
        self._folder = SafetensorsFolder(path)
        config = self._folder.config
        name = config["architectures"][0]
        self.architecture = name
        is_deepseek = name.startswith("Deepseek")

        sizes = SimpleNamespace()
        sizes.predictors = config.get("num_nextn_predict_layers", 0)
        sizes.layers = config["num_hidden_layers"]
        sizes.dim = config["hidden_size"]
        sizes.heads = config["num_attention_heads"]
        sizes.kv_heads = config.get("num_key_value_heads", sizes.heads)
        sizes.eps = config["rms_norm_eps"]
        sizes.kv_lora = config.get("kv_lora_rank", 0)
        if sizes.kv_lora:
            sizes.rope_dim = config["qk_rope_head_dim"]
            sizes.nope_dim = config["qk_nope_head_dim"]
            sizes.value_dim = config["v_head_dim"]
        else:
            sizes.head_dim = config.get("head_dim") or sizes.dim // sizes.heads
            sizes.rope_dim = sizes.head_dim
        sizes.is_adjacent = is_deepseek or config.get("rope_interleaved", False)
        sizes.rope_base = config["rope_theta"]
        self.sizes = sizes
        self._read_scaling(config.get("rope_scaling"), is_deepseek)
        self._read_router(config, is_deepseek)

    def _read_scaling(self, scaling, is_deepseek):
        sizes = self.sizes
        sizes.rope_factors, sizes.yarn, sizes.magnitude, sizes.score_factor = None, None, 1.0, 1.0
        if not scaling:
            return
        kind = scaling.get("rope_type", scaling.get("type"))
        factor = scaling["factor"]
        if kind == "llama3":
            sizes.rope_factors = llama3_factors(scaling, sizes)
            return
        assert kind == "yarn", kind
        sizes.yarn = (factor, scaling["original_max_position_embeddings"],
                      scaling.get("beta_fast", 32), scaling.get("beta_slow", 1))

        def mscale(weight):
            return 1 + 0.1 * weight * math.log(factor)

        if is_deepseek:
            all_dim = mscale(scaling.get("mscale_all_dim", 0))
            sizes.magnitude = mscale(scaling.get("mscale", 1)) / all_dim
            sizes.score_factor = all_dim * all_dim
        else:
            sizes.magnitude = scaling.get("attention_factor") or mscale(1)

    def _read_router(self, config, is_deepseek):
        sizes = self.sizes
        sizes.experts = config.get("n_routed_experts", config.get("num_experts", 0)) or 0
        sizes.experts_used = config.get("num_experts_per_tok", 0)
        sizes.dense_layers = config.get("first_k_dense_replace", 0)
        is_grouped = config.get("topk_method") != "greedy"
        sizes.groups = config.get("n_group") or 1 if is_grouped else 1
        sizes.groups_kept = config.get("topk_group") or 1 if is_grouped else 1
        sizes.is_sigmoid = config.get("scoring_func") == "sigmoid"
        sizes.normalises = config.get("norm_topk_prob", False)
        sizes.router_scale = config.get("routed_scaling_factor", 1.0)

    def has(self, name):
        return self._folder.has(_hf_name(name))

    def tensor(self, name):
        return self._folder.tensor(_hf_name(name))

    def expert(self, layer, part, number):
        return self._folder.tensor(f"model.layers.{layer}.mlp.experts.{number}.{part}_proj.weight")

    def head_matrices(self, layer):
        return _split_heads(self.tensor(f"blk.{layer}.attn_kv_b.weight"), self.sizes)


def _hf_name(name):
    if name in _WHOLE:
        return _WHOLE[name]
    _, layer, part = name.split(".", 2)
    return f"model.layers.{layer}.{_IN_LAYER[part]}"


def llama3_factors(scaling, sizes):
    """Llama 3.1: waves longer than the original context holds `low` of are stretched by `factor`,
    those of which it holds `high` or more stay, between them the frequencies are blended."""
    factor, original = scaling["factor"], scaling["original_max_position_embeddings"]
    low, high = scaling["low_freq_factor"], scaling["high_freq_factor"]
    pairs = np.arange(sizes.rope_dim // 2)
    frequencies = sizes.rope_base ** (-2.0 * pairs / sizes.rope_dim)
    turns = original * frequencies / (2 * math.pi)
    share = np.clip((turns - low) / (high - low), 0, 1)
    return 1 / ((1 - share) / factor + share)
