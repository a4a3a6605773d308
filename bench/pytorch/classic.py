"""DEMIL, RGMIL and PSMIL, the baselines of the classic benchmarks: a two-layer stem, a pooling of their own, and a
classifier [hidden, classes] without bias.

Parameter names are those of the golden files.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class Classic(nn.Module):
    """The stem and the classifier."""

    def __init__(self, d_in: int, hidden: int, classes: int):
        super().__init__()
        self.stem = nn.Sequential(nn.Linear(d_in, hidden), nn.ReLU(), nn.Linear(hidden, hidden), nn.ReLU())
        self.linear = nn.Parameter(torch.empty(hidden, classes))
        nn.init.kaiming_uniform_(self.linear)


class Demil(Classic):
    """Bag x [N, d_in] to (logits [1, classes], raw scores [1, N]); tiles are weighted by a normalised sigmoid."""

    def __init__(self, d_in: int = 384, hidden: int = 128, classes: int = 2):
        super().__init__(d_in, hidden, classes)
        self.linear_V = nn.Linear(hidden, classes)
        self.linear_U = nn.Linear(hidden, classes)
        self.ps_attention = nn.Sequential(nn.Linear(classes, 1))

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        h = self.stem(x)  # [N, hidden]
        gated = torch.tanh(self.linear_V(h)) * torch.sigmoid(self.linear_U(h))  # [N, classes]
        scores = self.ps_attention(gated).T  # [1, N]
        weights = torch.sigmoid(scores)
        bag = (weights / weights.sum()) @ h  # [1, hidden]
        return bag @ self.linear, scores


class Rgmil(Classic):
    """Bag x [N, d_in] to (logits [1, 2], normalised scores [1, N]); one regressor scores tiles and bag."""

    def __init__(self, d_in: int = 384, hidden: int = 128):
        super().__init__(d_in, hidden, 2)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        h = self.stem(x)  # [N, hidden]
        pairs = h @ self.linear  # [N, 2]
        raw = (pairs[:, 1] - pairs[:, 0])[None]  # [1, N]
        scores = F.layer_norm(raw, raw.shape[-1:])
        bag = torch.softmax(scores, dim=-1) @ h  # [1, hidden]
        return bag @ self.linear, scores


class Psmil(Classic):
    """Bag x [N, d_in] to (logits [1, classes], raw scores [1, N]); attention reads class probabilities of prototypes.

    In training, `label` moves the prototype of the bag's class. `released` follows the released program's normalisation.
    """

    def __init__(self, d_in: int = 384, hidden: int = 128, classes: int = 2, momentum: float = 0.999, released=False):
        super().__init__(d_in, hidden, classes)
        self.ps_attention = nn.Sequential(nn.Linear(classes, 1))
        self.momentum = momentum
        self.released = released
        self.register_buffer("prototypes", torch.zeros(hidden, classes))
        self.first = True

    def forward(self, x: Tensor, label: int | None = None) -> tuple[Tensor, Tensor]:
        h = self.stem(x)  # [N, hidden]
        with torch.no_grad():
            if self.first:
                self.prototypes[:] = h.mean(0)[:, None]
                probs = h.new_full((len(h), self.prototypes.shape[1]), 1 / self.prototypes.shape[1])
                self.first = False
            else:
                probs = torch.softmax(h @ self.prototypes, dim=-1)  # [N, classes]
        scores = self.ps_attention(probs).T  # [1, N]
        bag = torch.softmax(scores, dim=-1) @ h  # [1, hidden]
        if self.training and label is not None:
            self.move(h, probs, bag, label)
        return bag @ self.linear, scores

    @torch.no_grad()
    def move(self, h: Tensor, probs: Tensor, bag: Tensor, label: int) -> None:
        selected = h[probs.argmax(dim=-1) == label]  # [S, hidden]
        critical = selected.mean(0) if len(selected) else bag[0]
        lone = self.released and len(selected) == 1
        if lone:
            critical = critical.mean()
        moved = self.momentum * self.prototypes[:, label] + (1 - self.momentum) * critical
        if self.released and not lone:
            self.prototypes[:, label] = moved / moved.abs().clamp(min=1e-12)
        else:
            self.prototypes[:, label] = F.normalize(moved, dim=0)
