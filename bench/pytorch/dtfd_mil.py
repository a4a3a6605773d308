"""DTFD-MIL (Zhang et al., CVPR 2022): pseudo-bags of the slide's label, and a second tier over their most telling tiles.

Strategy MaxMinS: of each pseudo-bag the tiles with the largest and the smallest probability of the last class enter the
second tier. That input is a constant for the second tier's loss, and either tier has an optimiser of its own.
Parameter names are those of the golden files.
"""

from collections import OrderedDict

import torch
from abmil import GatedAttention
from torch import Tensor, nn


def classifier(hidden: int, classes: int) -> nn.Sequential:
    return nn.Sequential(OrderedDict(fc=nn.Linear(hidden, classes)))


class SecondTier(nn.Module):
    """Attention pooling of the distilled rows [R, hidden] to (logits [1, classes], raw scores [1, R])."""

    def __init__(self, hidden: int, width: int, classes: int):
        super().__init__()
        self.attention = GatedAttention(hidden, width)
        self.classifier = classifier(hidden, classes)

    def forward(self, rows: Tensor) -> tuple[Tensor, Tensor]:
        scores = self.attention(rows)
        return self.classifier(torch.softmax(scores, dim=-1) @ rows), scores


class DtfdMil(nn.Module):
    """Bag x [N, d_in] to (logits [1, classes], pseudo-bag logits [M, classes], raw scores of tier 1 [1, N])."""

    def __init__(
        self,
        d_in: int = 384,
        hidden: int = 128,
        width: int = 128,
        classes: int = 2,
        groups: int = 4,
        instances: int = 1,
    ):
        super().__init__()
        fc1 = nn.Linear(d_in, hidden, bias=False)
        self.dimReduction = nn.Sequential(OrderedDict(fc1=fc1, relu=nn.ReLU()))
        self.attention = GatedAttention(hidden, width)
        self.classifier = classifier(hidden, classes)
        self.attCls = SecondTier(hidden, width, classes)
        self.groups, self.instances = groups, instances

    def forward(self, x: Tensor, order: Tensor | None = None) -> tuple[Tensor, Tensor, Tensor]:
        h = self.dimReduction(x)  # [N, hidden]
        scores = self.attention(h)  # [1, N]
        order = torch.randperm(len(x)) if order is None else order
        pseudo_logits, distilled = [], []
        for tiles in order.tensor_split(min(self.groups, len(x))):
            own = h[tiles]  # [n, hidden]
            weighted = own * torch.softmax(scores[0, tiles], dim=0).unsqueeze(1)  # [n, hidden]
            pseudo_logits.append(self.classifier(weighted.sum(dim=0, keepdim=True)))
            distilled.append(own.detach()[self.extremes(weighted.detach())])
        logits, _ = self.attCls(torch.cat(distilled))
        return logits, torch.cat(pseudo_logits), scores

    @torch.no_grad()
    def extremes(self, weighted: Tensor) -> Tensor:
        """Places of the first and the last tiles in the ranking by the last class's probability."""
        activations = weighted @ self.classifier.fc.weight.T  # [n, classes]
        ranking = torch.softmax(activations, dim=1)[:, -1].argsort(descending=True, stable=True)
        k = min(self.instances, len(ranking))
        return torch.cat([ranking[:k], ranking[-k:]])

    def first_tier(self) -> list[nn.Module]:
        return [self.dimReduction, self.attention, self.classifier]
