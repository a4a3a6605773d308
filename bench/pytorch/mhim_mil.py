"""MHIM-MIL with attention pooling: a student that is trained without some of the tiles that its teacher attends to most.

Parameter names are those of the golden files.
"""

import copy
import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class Attention(nn.Module):
    """s = w . relu(V h): tiles h [N, hidden] to raw scores [1, N]."""

    def __init__(self, hidden: int, width: int):
        super().__init__()
        self.attention = nn.Sequential(
            nn.Linear(hidden, width, bias=False), nn.ReLU(), nn.Linear(width, 1, bias=False)
        )

    def forward(self, h: Tensor) -> Tensor:
        return self.attention(h).T


class Encoder(nn.Module):
    def __init__(self, hidden: int, width: int):
        super().__init__()
        self.attention = Attention(hidden, width)


class Mhim(nn.Module):
    """Bag x [N, d_in], and in training the indices of the tiles that stay, to (logits [1, classes], raw scores)."""

    def __init__(self, d_in: int = 384, hidden: int = 128, width: int = 128, classes: int = 2, dropout: float = 0.25):
        super().__init__()
        self.patch_to_emb = nn.Sequential(nn.Linear(d_in, hidden), nn.ReLU())
        self.dropout = nn.Dropout(dropout)
        self.online_encoder = Encoder(hidden, width)
        self.predictor = nn.Linear(hidden, classes)
        for layer in self.modules():
            if isinstance(layer, nn.Linear):
                nn.init.xavier_normal_(layer.weight)
                if layer.bias is not None:
                    nn.init.zeros_(layer.bias)

    def encode(self, x: Tensor, kept: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Bag feature [1, hidden] and raw scores over the tiles that stay."""
        h = self.dropout(self.patch_to_emb(x))  # [N, hidden]
        if kept is not None:
            h = h[kept]
        scores = self.online_encoder.attention(h)
        return torch.softmax(scores, dim=-1) @ h, scores

    def forward(self, x: Tensor, kept: Tensor | None = None) -> tuple[Tensor, Tensor]:
        feature, scores = self.encode(x, kept)
        return self.predictor(feature), scores


class Teacher:
    """A copy of the student that follows it as a moving average."""

    def __init__(self, student: Mhim, momentum: float):
        self.model = copy.deepcopy(student).requires_grad_(False)
        self.momentum = momentum

    @torch.no_grad()
    def follow(self, student: Mhim) -> None:
        for own, online in zip(self.model.parameters(), student.parameters()):
            own.mul_(self.momentum).add_(online, alpha=1 - self.momentum)


def most_attended(attention: Tensor, ratio: float, share: float, order: Tensor | None = None) -> Tensor:
    """Tiles that stay [n]: a random part of the most attended ones is masked. `order` is the random order, if given."""
    n = len(attention)
    k = math.ceil(n * (ratio / share))
    top = torch.topk(attention, k).indices
    order = torch.randperm(k) if order is None else order
    keep = torch.ones(n, dtype=torch.bool)
    keep[top[order[: math.ceil(k * share)]]] = False
    if not keep.any():
        keep[:] = True
    return keep.nonzero().flatten()


def consistency(teacher: Tensor, student: Tensor, temp_t: float = 0.1, temp_s: float = 1.0) -> Tensor:
    """Cross entropy of the softmaxed bag features [1, hidden]."""
    return -(F.softmax(teacher / temp_t, dim=-1) * F.log_softmax(student / temp_s, dim=-1)).sum()
