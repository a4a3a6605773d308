"""IBMIL (Lin et al., CVPR 2023), second stage: gated attention pooling whose bag feature attends to fixed confounders.

The confounders are cluster means of a first stage's bag features; for timing any values do.
Parameter names are those of the golden files.
"""

import math
from collections import OrderedDict

import torch
from abmil import GatedAttention
from torch import Tensor, nn


class Ibmil(nn.Module):
    """Bag x [N, d_in] to (logits [1, classes], raw attention scores [1, N])."""

    def __init__(
        self,
        d_in: int = 384,
        hidden: int = 128,
        width: int = 128,
        joint: int = 128,
        classes: int = 2,
        confounders: int = 8,
        merge: str = "cat",
        learnable: bool = False,
    ):
        super().__init__()
        fc1 = nn.Linear(d_in, hidden, bias=False)
        self.dimreduction = nn.Sequential(OrderedDict(fc1=fc1, relu=nn.ReLU()))
        self.attention = GatedAttention(hidden, width)
        self.W_q = nn.Linear(hidden, joint)
        self.W_k = nn.Linear(hidden, joint)
        self.classifier = nn.Linear(2 * hidden if merge == "cat" else hidden, classes)
        dictionary = torch.rand(confounders, hidden)
        if learnable:
            self.confounder_feat = nn.Parameter(dictionary)
        else:
            self.register_buffer("confounder_feat", dictionary)
        self.merge = merge

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        h = self.dimreduction(x)  # [N, hidden]
        scores = self.attention(h)  # [1, N]
        bag = torch.softmax(scores, dim=-1) @ h  # [1, hidden]
        query, keys = self.W_q(bag), self.W_k(self.confounder_feat)  # [1, joint], [K, joint]
        weights = torch.softmax(query @ keys.T / math.sqrt(keys.shape[1]), dim=-1)  # [1, K]
        mixture = weights @ self.confounder_feat  # [1, hidden]
        if self.merge == "cat":
            merged = torch.cat([bag, mixture], dim=1)
        else:
            merged = bag + mixture if self.merge == "add" else bag - mixture
        return self.classifier(merged), scores
