"""The forward pass in float64, in the order of the papers; nothing is optimised."""

import math

import numpy as np


def rms_norm(x, weight, eps):
    return x / np.sqrt(np.mean(x * x, axis=-1, keepdims=True) + eps) * weight


def softmax(x):
    e = np.exp(x - x.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def silu(x):
    return x / (1 + np.exp(-x))


def swiglu(x, gate, up, down):
    return (silu(x @ gate.T) * (x @ up.T)) @ down.T


def rope_frequencies(sizes):
    """Radians a position, of each pair."""
    pairs = np.arange(sizes.rope_dim // 2)
    base = float(sizes.rope_base)
    frequencies = base ** (-2.0 * pairs / sizes.rope_dim)
    if sizes.rope_factors is not None:
        frequencies = frequencies / sizes.rope_factors
    if sizes.yarn is None:
        return frequencies
    factor, original, fast, slow = sizes.yarn

    def pair_of(turns):
        return sizes.rope_dim * math.log(original / (2 * math.pi * turns)) / (2 * math.log(base))

    low = max(0, math.floor(pair_of(fast)))
    high = min(sizes.rope_dim - 1, math.ceil(pair_of(slow)))
    ramp = np.clip((pairs - low) / max(0.001, high - low), 0, 1)
    return frequencies * (1 - ramp) + frequencies / factor * ramp


def rope(x, sizes):
    """Turns the first rope_dim columns of x [tokens, heads, columns]; position = row."""
    angles = np.arange(len(x))[:, None, None] * rope_frequencies(sizes)
    cosine, sine = sizes.magnitude * np.cos(angles), sizes.magnitude * np.sin(angles)
    turned = x.copy()
    width = sizes.rope_dim
    if sizes.is_adjacent:
        first, second = slice(0, width, 2), slice(1, width, 2)
    else:
        first, second = slice(0, width // 2), slice(width // 2, width)
    turned[..., first] = x[..., first] * cosine - x[..., second] * sine
    turned[..., second] = x[..., first] * sine + x[..., second] * cosine
    return turned


def causal_attention(q, k, v, scale):
    """q, k [tokens, heads, width], v [tokens, heads, value] -> [tokens, heads * value]"""
    scores = np.einsum("ihd,jhd->hij", q, k) * scale
    scores = np.where(np.tril(np.ones(scores.shape[1:], bool)), scores, -np.inf)
    return np.einsum("hij,jhv->ihv", softmax(scores), v).reshape(len(q), -1)


class Oracle:
    """Logits of a model after each of its tokens."""

    def __init__(self, model):
        self.model, self.sizes = model, model.sizes
        self.embedding = model.tensor("token_embd.weight")
        is_tied = not model.has("output.weight")
        self.output = self.embedding if is_tied else model.tensor("output.weight")

    def logits(self, tokens):
        return self.hidden(tokens) @ self.output.T

    def hidden(self, tokens):
        """The hidden states after the final norm."""
        x = self.embedding[tokens]
        for layer in range(self.sizes.layers):
            x = self.block(layer, x)
        return rms_norm(x, self.model.tensor("output_norm.weight"), self.sizes.eps)

    def predictions(self, tokens):
        """Logits of the prediction head: row i, from positions 0 to i, is of token i + 2."""
        layer = self.sizes.layers
        eps = self.sizes.eps

        def part(name):
            return self.model.tensor(f"blk.{layer}.nextn.{name}.weight")

        def part_or(name, otherwise):
            return part(name) if self.model.has(f"blk.{layer}.nextn.{name}.weight") else otherwise

        embedded = part_or("embed_tokens", self.embedding)[tokens[1:]]
        both = np.concatenate([rms_norm(embedded, part("enorm"), eps),
                               rms_norm(self.hidden(tokens)[:-1], part("hnorm"), eps)], axis=1)
        x = self.block(layer, both @ part("eh_proj").T)
        return rms_norm(x, part("shared_head_norm"), eps) @ part_or("shared_head_head", self.output).T

    def block(self, layer, x):
        weight, eps = self._weights(layer), self.sizes.eps
        attend = self.latent_attention if self.sizes.kv_lora else self.grouped_query_attention
        x = x + attend(layer, rms_norm(x, weight("attn_norm.weight"), eps))
        is_dense = self.sizes.experts == 0 or layer < self.sizes.dense_layers
        feed_forward = self.dense if is_dense else self.experts
        return x + feed_forward(layer, rms_norm(x, weight("ffn_norm.weight"), eps))

    def grouped_query_attention(self, layer, x):
        sizes, weight = self.sizes, self._weights(layer)

        def project(part, heads):
            out = x @ weight(f"attn_{part}.weight").T
            if self.model.has(f"blk.{layer}.attn_{part}.bias"):
                out = out + weight(f"attn_{part}.bias")
            out = out.reshape(len(x), heads, sizes.head_dim)
            if part != "v" and self.model.has(f"blk.{layer}.attn_{part}_norm.weight"):
                out = rms_norm(out, weight(f"attn_{part}_norm.weight"), sizes.eps)
            return out

        q = rope(project("q", sizes.heads), sizes)
        k = rope(project("k", sizes.kv_heads), sizes)
        v = project("v", sizes.kv_heads)
        shared = sizes.heads // sizes.kv_heads
        k, v = np.repeat(k, shared, axis=1), np.repeat(v, shared, axis=1)
        attended = causal_attention(q, k, v, sizes.score_factor / math.sqrt(sizes.head_dim))
        return attended @ weight("attn_output.weight").T

    def latent_attention(self, layer, x):
        """The expanded form: every head's keys and values, made from the latents."""
        sizes, weight = self.sizes, self._weights(layer)
        tokens = len(x)
        if self.model.has(f"blk.{layer}.attn_q_a.weight"):
            low = x @ weight("attn_q_a.weight").T
            low = rms_norm(low, weight("attn_q_a_norm.weight"), sizes.eps)
            q = low @ weight("attn_q_b.weight").T
        else:
            q = x @ weight("attn_q.weight").T
        q = q.reshape(tokens, sizes.heads, sizes.nope_dim + sizes.rope_dim)
        q_nope, q_roped = q[..., :sizes.nope_dim], rope(q[..., sizes.nope_dim:], sizes)

        both = x @ weight("attn_kv_a_mqa.weight").T
        latent = rms_norm(both[:, :sizes.kv_lora], weight("attn_kv_a_norm.weight"), sizes.eps)
        k_roped = rope(both[:, None, sizes.kv_lora:], sizes)  # one for all heads
        keys, values = self.model.head_matrices(layer)
        k_nope = np.einsum("tr,hnr->thn", latent, keys)
        v = np.einsum("tr,hvr->thv", latent, values)

        q = np.concatenate([q_nope, q_roped], axis=2)
        k = np.concatenate([k_nope, np.repeat(k_roped, sizes.heads, axis=1)], axis=2)
        scale = sizes.score_factor / math.sqrt(sizes.nope_dim + sizes.rope_dim)
        return causal_attention(q, k, v, scale) @ weight("attn_output.weight").T

    def dense(self, layer, x, suffix=""):
        weight = self._weights(layer)
        return swiglu(x, *(weight(f"ffn_{part}{suffix}.weight") for part in ("gate", "up", "down")))

    def experts(self, layer, x):
        out = np.zeros_like(x)
        for row, chosen in enumerate(self.routes(layer, x)):
            for expert, share in chosen:
                matrices = (self.model.expert(layer, part, expert) for part in ("gate", "up", "down"))
                out[row] += share * swiglu(x[row], *matrices)
        if self.model.has(f"blk.{layer}.ffn_gate_shexp.weight"):
            out += self.dense(layer, x, "_shexp")
        return out

    def routes(self, layer, x):
        """For each token its experts and their shares."""
        sizes, weight = self.sizes, self._weights(layer)
        logits = x @ weight("ffn_gate_inp.weight").T
        scores = 1 / (1 + np.exp(-logits)) if sizes.is_sigmoid else softmax(logits)
        rank = scores
        if self.model.has(f"blk.{layer}.exp_probs_b.bias"):
            rank = scores + weight("exp_probs_b.bias")  # to choose by, never to weigh with
        return [self._choose(scores[row], rank[row]) for row in range(len(x))]

    def _choose(self, scores, rank):
        sizes = self.sizes
        groups = rank.reshape(sizes.groups, -1)
        if sizes.is_sigmoid and groups.shape[1] > 1:
            worth = np.sort(groups, axis=1)[:, -2:].sum(axis=1)  # V3: the best two
        else:
            worth = groups.max(axis=1)  # V2: the best
        kept = np.argsort(-worth, kind="stable")[:sizes.groups_kept]
        limited = np.full_like(groups, -np.inf)
        limited[kept] = groups[kept]
        chosen = np.argsort(-limited.reshape(-1), kind="stable")[:sizes.experts_used]
        shares = scores[chosen]
        if sizes.normalises:
            shares = shares / (shares.sum() + 1e-20)
        return list(zip(chosen, shares * sizes.router_scale))

    def _weights(self, layer):
        return lambda name: self.model.tensor(f"blk.{layer}.{name}")
