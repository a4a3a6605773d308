"""ABMIL: gated attention pooling (Ilse, Tomczak and Welling, ICML 2018), in the form used as a baseline.

The projection of the tiles has no bias, there is no dropout, and the loss is softmax cross entropy.
Parameter names are those of the golden files.
"""

from collections import OrderedDict

import torch
from torch import Tensor, nn


class GatedAttention(nn.Module):
    """s = w . (tanh(V h) * sigmoid(U h)): tiles h [N, hidden] to raw scores [1, N]."""

    def __init__(self, hidden: int, width: int):
        super().__init__()
        self.attention_V = nn.Sequential(nn.Linear(hidden, width), nn.Tanh())
        self.attention_U = nn.Sequential(nn.Linear(hidden, width), nn.Sigmoid())
        self.attention_weights = nn.Linear(width, 1)

    def forward(self, h: Tensor) -> Tensor:
        gated = self.attention_V(h) * self.attention_U(h)  # [N, width]
        return self.attention_weights(gated).T  # [1, N]


class Abmil(nn.Module):
    """Bag x [N, d_in] to (logits [1, classes], raw attention scores [1, N])."""

    def __init__(self, d_in: int = 384, hidden: int = 128, width: int = 128, classes: int = 2):
        super().__init__()
        fc1 = nn.Linear(d_in, hidden, bias=False)
        self.dimreduction = nn.Sequential(OrderedDict(fc1=fc1, relu=nn.ReLU()))
        self.attention = GatedAttention(hidden, width)
        self.classifier = nn.Sequential(OrderedDict(fc=nn.Linear(hidden, classes)))

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        h = self.dimreduction(x)  # [N, hidden]
        scores = self.attention(h)  # [1, N]
        bag = torch.softmax(scores, dim=-1) @ h  # [1, hidden]
        return self.classifier(bag), scores
