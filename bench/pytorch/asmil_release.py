"""ASMIL as its authors' released program computes it, written anew.

Every FEAT token owns an attention module, visited in a loop; there is no MLP and no residual; the anchor is a second
network with random values of its own that stays as it is. Two things of the released training step that change no
result are left out: a second softmax of the same scores, and a scan of all parameters for NaN.
Parameter names are those of the golden files.
"""

from collections import OrderedDict

import torch
from torch import Tensor, nn

from asmil_paper import attention_scores, split_heads


def sigmax(scores: Tensor) -> Tensor:
    """Normalised sigmoid with the release's constant in the denominator."""
    s = torch.sigmoid(scores)
    return s / (s.sum(dim=-1, keepdim=True) + 1e-8)


class ReleaseAttention(nn.Module):
    """Attention without residual: LN(dropout(out(mix))), with the raw scores beside it."""

    def __init__(self, dim: int, heads: int, dropout: float, normaliser):
        super().__init__()
        self.heads = heads
        self.normaliser = normaliser
        self.q_proj = nn.Linear(dim, dim)
        self.k_proj = nn.Linear(dim, dim)
        self.v_proj = nn.Linear(dim, dim)
        self.out_proj = nn.Linear(dim, dim)
        self.layer_norm = nn.LayerNorm(dim, eps=1e-6)
        self.dropout = nn.Dropout(dropout)

    def scores(self, query: Tensor, tokens: Tensor) -> Tensor:
        """Raw scores [heads, 1, M] of one query [1, D] over tokens [M, D]."""
        return attention_scores(self.q_proj(query), self.k_proj(tokens), self.heads)

    def forward(self, query: Tensor, tokens: Tensor) -> tuple[Tensor, Tensor]:
        """One query [1, D] over tokens [M, D] to (feature [1, D], raw scores [heads, 1, M])."""
        scores = self.scores(query, tokens)
        mixed = self.normaliser(scores) @ split_heads(self.v_proj(tokens), self.heads)  # [heads, 1, D / heads]
        out = self.out_proj(mixed.transpose(0, 1).flatten(1))
        return self.layer_norm(self.dropout(out)), scores


def softmax(scores: Tensor) -> Tensor:
    return scores.softmax(dim=-1)


class Reader(nn.Module):
    """What the online and the anchor network share: the reduction, the FEAT tokens and an attention module for each."""

    def __init__(self, d_in: int, hidden: int, n_feat: int, heads: int, dropout: float, normaliser):
        super().__init__()
        fc1 = nn.Linear(d_in, hidden, bias=False)
        self.dimreduction = nn.Sequential(OrderedDict(fc1=fc1, relu=nn.ReLU()))
        self.q = nn.Parameter(1e-6 * torch.randn(1, n_feat, hidden))
        self.sub_attention = nn.ModuleList(
            ReleaseAttention(hidden, heads, dropout, normaliser) for _ in range(n_feat)
        )


class AsmilRelease(Reader):
    """Bag x [N, d_in] to (logits [1, classes], branch logits [K, classes], raw scores [heads, K, N])."""

    def __init__(self, d_in=384, hidden=128, n_feat=8, heads=8, classes=2, n_drop=4, dropout=0.1):
        super().__init__(d_in, hidden, n_feat, heads, dropout, softmax)
        self.n_drop = n_drop
        self.cls = nn.Parameter(torch.zeros(1, 1, hidden))
        self.bag_attention = ReleaseAttention(hidden, heads, dropout, softmax)
        # The branch logits are computed in every pass and enter no loss, as in the release.
        self.classifier = nn.ModuleList(
            nn.Sequential(OrderedDict(fc=nn.Linear(hidden, classes))) for _ in range(n_feat)
        )
        self.Slide_classifier = nn.Sequential(OrderedDict(fc=nn.Linear(hidden, classes)))

    def forward(self, x: Tensor, order: list[int] | None = None) -> tuple[Tensor, Tensor, Tensor]:
        """In training the first n_drop tokens of `order` are dropped; left out, the order is drawn."""
        tokens = self.dimreduction(x)  # [N, hidden]
        k = len(self.sub_attention)
        order = torch.randperm(k).tolist() if order is None else order
        dropped = set(order[: self.n_drop]) if self.training else set()
        branch_logits, scores, kept = [], [], []
        for i, attention in enumerate(self.sub_attention):
            feat, s = attention(self.q[:, i], tokens)
            branch_logits.append(self.classifier[i](feat))
            scores.append(s)
            if i not in dropped:
                kept.append(feat)
        bag, _ = self.bag_attention(self.cls[0], torch.cat(kept))  # [1, hidden]
        return self.Slide_classifier(bag), torch.cat(branch_logits), torch.cat(scores, dim=1)


class ReleaseAnchor(Reader):
    """Bag x [N, d_in] to the anchor's raw scores [heads, K, N].

    The released network runs each attention module to its end and throws the feature away; `lean` stops at the scores.
    """

    def __init__(self, d_in=384, hidden=128, n_feat=8, heads=8, dropout=0.1, lean=False):
        super().__init__(d_in, hidden, n_feat, heads, dropout, sigmax)
        self.lean = lean

    def forward(self, x: Tensor) -> Tensor:
        tokens = self.dimreduction(x)
        scores = []
        for i, attention in enumerate(self.sub_attention):
            query = self.q[:, i]
            scores.append(attention.scores(query, tokens) if self.lean else attention(query, tokens)[1])
        return torch.cat(scores, dim=1)


def release_anchor_loss(scores: Tensor, anchor_scores: Tensor, temp: float) -> Tensor:
    """Cross entropy of the anchor's attention and the online one, mean over heads, tokens and tiles."""
    target = sigmax(anchor_scores / temp)
    return -torch.nan_to_num(target * scores.softmax(dim=-1).log()).mean()
