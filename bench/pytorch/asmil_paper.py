"""ASMIL as the paper describes it: one pre-norm encoder block over tiles and FEAT tokens, token random drop,
one aggregator block with a class token, and an anchor whose attention over the tiles is a normalised sigmoid.

Only the FEAT rows of the encoder block are computed: no other row reaches the output, so this is exact and O(N).
Parameter names are those of the golden files.
"""

import copy

import torch
import torch.nn.functional as F
from torch import Tensor, nn


def split_heads(x: Tensor, heads: int) -> Tensor:
    """[M, D] to [heads, M, D / heads]; head h is the h-th block of consecutive columns."""
    return x.unflatten(-1, (heads, -1)).transpose(0, 1)


def attention_scores(q: Tensor, k: Tensor, heads: int) -> Tensor:
    """Scaled scores [heads, R, M] of queries [R, D] against keys [M, D]."""
    q = q * (q.shape[-1] // heads) ** -0.5  # the small side carries the scale
    return split_heads(q, heads) @ split_heads(k, heads).transpose(1, 2)


class Block(nn.Module):
    """Pre-norm transformer block that computes the rows `rows` only; every row serves as key and value."""

    def __init__(self, dim: int, heads: int, mlp_ratio: int, eps: float = 1e-6):
        super().__init__()
        self.heads = heads
        self.ln1 = nn.LayerNorm(dim, eps=eps)
        self.q = nn.Linear(dim, dim)
        self.k = nn.Linear(dim, dim)
        self.v = nn.Linear(dim, dim)
        self.o = nn.Linear(dim, dim)
        self.ln2 = nn.LayerNorm(dim, eps=eps)
        self.fc1 = nn.Linear(dim, mlp_ratio * dim)
        self.fc2 = nn.Linear(mlp_ratio * dim, dim)

    def forward(self, z: Tensor, rows: slice) -> tuple[Tensor, Tensor]:
        """z [M, D] to (the R rows of the output [R, D], raw scores [heads, R, M])."""
        u = self.ln1(z)
        scores = attention_scores(self.q(u[rows]), self.k(u), self.heads)
        mixed = scores.softmax(dim=-1) @ split_heads(self.v(u), self.heads)  # [heads, R, D / heads]
        y = z[rows] + self.o(mixed.transpose(0, 1).flatten(1))
        return y + self.fc2(F.gelu(self.fc1(self.ln2(y)))), scores


class AnchorBlock(nn.Module):
    """The part of an encoder block that decides its scores: LN1 and the query and key projections."""

    def __init__(self, block: Block):
        super().__init__()
        self.heads = block.heads
        self.ln1, self.q, self.k = (copy.deepcopy(m) for m in (block.ln1, block.q, block.k))


class Anchor(nn.Module):
    """Starts as a copy of the online model's attention and follows it as an exponential moving average."""

    def __init__(self, model: "AsmilPaper"):
        super().__init__()
        self.enc = AnchorBlock(model.enc).requires_grad_(False)
        self.own = list(self.enc.parameters())
        self.online = [model.enc.get_parameter(name) for name, _ in self.enc.named_parameters()]

    def forward(self, z: Tensor, n: int) -> Tensor:
        """The online encoder's input z [N + K, D] to the FEAT tokens' scores over the N tiles [heads, K, N]."""
        u = self.enc.ln1(z)
        return attention_scores(self.enc.q(u[n:]), self.enc.k(u[:n]), self.enc.heads)

    @torch.no_grad()
    def follow(self, momentum: float) -> None:
        """anchor = momentum * anchor + (1 - momentum) * online, to be called after the optimiser's step."""
        torch._foreach_lerp_(self.own, self.online, 1 - momentum)


class AsmilPaper(nn.Module):
    """Bag x [N, d_in] to (logits [1, classes], scores of the FEAT tokens over the tiles [heads, K, N], z)."""

    def __init__(self, d_in=384, hidden=128, n_feat=8, heads=8, mlp_ratio=4, classes=2, drop_rate=0.5):
        super().__init__()
        self.drop_rate = drop_rate
        self.reduce = nn.Linear(d_in, hidden, bias=False)
        self.feat = nn.Parameter(0.02 * torch.randn(n_feat, hidden))
        self.cls = nn.Parameter(0.02 * torch.randn(1, hidden))
        self.enc = Block(hidden, heads, mlp_ratio)
        self.agg = Block(hidden, heads, mlp_ratio)
        self.head = nn.Linear(hidden, classes)

    def draw_kept(self) -> Tensor:
        """Indices of the FEAT tokens kept in one step; never empty."""
        k = len(self.feat)
        kept = (torch.rand(k) >= self.drop_rate).nonzero().flatten()
        return kept if len(kept) else torch.randint(k, (1,))

    def forward(self, x: Tensor, kept: Tensor | None = None) -> tuple[Tensor, Tensor, Tensor]:
        """`kept` are the FEAT tokens to aggregate; left out, they are drawn in training and all in evaluation."""
        n = len(x)
        z = torch.cat([self.reduce(x).relu(), self.feat])  # [N + K, hidden]
        feats, scores = self.enc(z, slice(n, None))  # [K, hidden], [heads, K, N + K]
        if self.training:
            feats = feats[self.draw_kept() if kept is None else kept]
        bag, _ = self.agg(torch.cat([self.cls, feats]), slice(0, 1))  # [1, hidden]
        return self.head(bag), scores[..., :n], z


def log_nsf(scores: Tensor) -> Tensor:
    """Logarithm of the normalised sigmoid function over the last axis: sigmoid(s_i) / sum_j sigmoid(s_j)."""
    return F.logsigmoid(scores).log_softmax(dim=-1)


def anchor_loss(scores: Tensor, anchor_scores: Tensor, log_normaliser=log_nsf) -> Tensor:
    """KL(anchor || online) summed over the tiles, mean over heads and FEAT tokens; both scores [heads, K, N]."""
    heads, k, _ = scores.shape
    log_online = scores.log_softmax(dim=-1)
    return F.kl_div(log_online, log_normaliser(anchor_scores), reduction="sum", log_target=True) / (heads * k)
