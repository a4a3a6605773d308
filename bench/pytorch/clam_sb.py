"""CLAM-SB: clustering-constrained attention MIL with one attention branch (Lu et al., Nature Biomedical Engineering 2021).

Gated attention with dropout, and a two-way classifier of tiles for every class that learns from the tiles of largest and
of smallest attention. Parameter names are those of the golden files.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class GatedAttention(nn.Module):
    """Tiles h [N, hidden] to raw scores [N, 1]."""

    def __init__(self, hidden: int, width: int, dropout: bool):
        super().__init__()
        rate = 0.25 if dropout else 0.0
        self.attention_a = nn.Sequential(nn.Linear(hidden, width), nn.Tanh(), nn.Dropout(rate))
        self.attention_b = nn.Sequential(nn.Linear(hidden, width), nn.Sigmoid(), nn.Dropout(rate))
        self.attention_c = nn.Linear(width, 1)

    def forward(self, h: Tensor) -> Tensor:
        return self.attention_c(self.attention_a(h) * self.attention_b(h))


class ClamSb(nn.Module):
    """Bag x [N, d_in] to (logits [1, classes], raw scores [1, N], reduced tiles [N, hidden])."""

    def __init__(
        self, d_in: int = 384, hidden: int = 128, width: int = 128, classes: int = 2, dropout: float = 0.25, k: int = 8
    ):
        super().__init__()
        self.k = k
        self.attention_net = nn.Sequential(
            nn.Linear(d_in, hidden), nn.ReLU(), nn.Dropout(dropout), GatedAttention(hidden, width, dropout > 0)
        )
        self.classifiers = nn.Linear(hidden, classes)
        self.instance_classifiers = nn.ModuleList([nn.Linear(hidden, 2) for _ in range(classes)])

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        h = self.attention_net[:3](x)  # [N, hidden]
        scores = self.attention_net[3](h).T  # [1, N]
        bag = torch.softmax(scores, dim=1) @ h  # [1, hidden]
        return self.classifiers(bag), scores, h

    def inside(self, attention: Tensor, h: Tensor, classifier: nn.Module) -> Tensor:
        """The classifier of the bag's own class: the tiles of largest attention belong to it, those of smallest do not."""
        k = min(self.k, len(h))
        top = torch.index_select(h, 0, torch.topk(attention, k)[1][-1])
        bottom = torch.index_select(h, 0, torch.topk(-attention, k, dim=1)[1][-1])
        targets = torch.cat([torch.ones(k, dtype=torch.long), torch.zeros(k, dtype=torch.long)])
        return F.cross_entropy(classifier(torch.cat([top, bottom])), targets)

    def outside(self, attention: Tensor, h: Tensor, classifier: nn.Module) -> Tensor:
        """The classifier of another class: the tiles of largest attention do not belong to it."""
        k = min(self.k, len(h))
        top = torch.index_select(h, 0, torch.topk(attention, k)[1][-1])
        return F.cross_entropy(classifier(top), torch.zeros(k, dtype=torch.long))

    def instance_loss(self, scores: Tensor, h: Tensor, label: Tensor, subtyping: bool) -> Tensor:
        attention = torch.softmax(scores, dim=1)
        total = torch.zeros(())
        one_hot = F.one_hot(label, num_classes=len(self.instance_classifiers)).squeeze()
        for i, classifier in enumerate(self.instance_classifiers):
            if one_hot[i].item() == 1:
                total = total + self.inside(attention, h, classifier)
            elif subtyping:
                total = total + self.outside(attention, h, classifier)
        return total / len(self.instance_classifiers) if subtyping else total
