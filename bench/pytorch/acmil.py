"""ACMIL (Zhang et al., ECCV 2024), gated variant: several attention branches that are kept apart, and top tiles masked.

In training, stochastic top-k masking hides a random part of every branch's most attended tiles. The loss adds up the
cross entropy of the bag, the mean one of the branches, and the mean cosine between the branches' attention.
Parameter names are those of the golden files.
"""

from collections import OrderedDict
from itertools import combinations

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class GatedBranches(nn.Module):
    """Tiles h [N, hidden] to one row of raw scores a branch [K, N]."""

    def __init__(self, hidden: int, width: int, branches: int):
        super().__init__()
        self.attention_V = nn.Sequential(nn.Linear(hidden, width), nn.Tanh())
        self.attention_U = nn.Sequential(nn.Linear(hidden, width), nn.Sigmoid())
        self.attention_weights = nn.Linear(width, branches)

    def forward(self, h: Tensor) -> Tensor:
        gated = self.attention_V(h) * self.attention_U(h)  # [N, width]
        return self.attention_weights(gated).T  # [K, N]


def head(hidden: int, classes: int) -> nn.Sequential:
    return nn.Sequential(OrderedDict(fc=nn.Linear(hidden, classes)))


class Acmil(nn.Module):
    """Bag x [N, d_in] to (bag logits [1, classes], branch logits [K, classes], raw scores [K, N], masked in training)."""

    def __init__(
        self,
        d_in: int = 384,
        hidden: int = 128,
        width: int = 128,
        classes: int = 2,
        branches: int = 5,
        top: int = 10,
        mask_drop: float = 0.6,
    ):
        super().__init__()
        fc1 = nn.Linear(d_in, hidden, bias=False)
        self.dimreduction = nn.Sequential(OrderedDict(fc1=fc1, relu=nn.ReLU()))
        self.attention = GatedBranches(hidden, width, branches)
        self.classifier = nn.ModuleList(head(hidden, classes) for _ in range(branches))
        self.Slide_classifier = head(hidden, classes)
        self.top, self.mask_drop = top, mask_drop

    def mask(self, scores: Tensor, uniform: Tensor | None) -> Tensor:
        """A random part of each row's top tiles gets the score -1e9; `uniform` [K, top] decides in place of chance."""
        top = min(self.top, scores.shape[1])
        best = scores.topk(top, dim=-1).indices  # [K, top]
        chance = torch.rand(best.shape) if uniform is None else uniform
        chosen = chance.argsort(dim=-1)[:, : int(top * self.mask_drop)]
        hidden = torch.zeros_like(scores, dtype=torch.bool).scatter_(-1, best.gather(-1, chosen), True)
        return scores.masked_fill(hidden, -1e9)

    def forward(self, x: Tensor, uniform: Tensor | None = None) -> tuple[Tensor, Tensor, Tensor]:
        h = self.dimreduction(x)  # [N, hidden]
        scores = self.attention(h)  # [K, N]
        if self.training and self.top > 0:
            scores = self.mask(scores, uniform)
        attention = torch.softmax(scores, dim=-1)  # [K, N]
        features = attention @ h  # [K, hidden]
        branch_logits = torch.stack([classify(f) for classify, f in zip(self.classifier, features)])
        bag = attention.mean(dim=0, keepdim=True) @ h  # [1, hidden]
        return self.Slide_classifier(bag), branch_logits, scores


def acmil_losses(logits: Tensor, branch_logits: Tensor, scores: Tensor, label: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Cross entropy of the bag and of the branches, and the mean cosine of their attention; one branch has the first only."""
    bag = F.cross_entropy(logits, label)
    branches = len(branch_logits)
    if branches == 1:
        return bag, torch.zeros(()), torch.zeros(())
    branch = F.cross_entropy(branch_logits, label.repeat(branches))
    attention = torch.softmax(scores, dim=-1)
    cosines = [F.cosine_similarity(attention[i], attention[j], dim=-1) for i, j in combinations(range(branches), 2)]
    return bag, branch, sum(cosines) / len(cosines)
