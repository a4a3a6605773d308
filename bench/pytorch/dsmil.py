"""DSMIL: dual-stream MIL (Li, Li and Eliceiri, CVPR 2021), in the form used as a baseline.

Queries are one linear layer, values are the tiles themselves, and both streams are trained with softmax cross entropy.
Parameter names are those of the golden files.
"""

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class InstanceClassifier(nn.Module):
    """Tiles [N, d_in] to (the tiles, logits [N, classes])."""

    def __init__(self, d_in: int, classes: int):
        super().__init__()
        self.fc = nn.Sequential(nn.Linear(d_in, classes))

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        return x, self.fc(x)


class BagClassifier(nn.Module):
    """Tiles [N, d_in] and their logits [N, classes] to (logits [1, classes], raw scores [N, classes], pooled tiles)."""

    def __init__(self, d_in: int, width: int, classes: int):
        super().__init__()
        self.q = nn.Linear(d_in, width)
        self.fcc = nn.Conv1d(classes, classes, kernel_size=d_in)

    def forward(self, x: Tensor, instance_logits: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        q = self.q(x)  # [N, width]
        _, order = torch.sort(instance_logits, dim=0, descending=True)
        critical = torch.index_select(x, 0, order[0])  # [classes, d_in]
        scores = q @ self.q(critical).T / math.sqrt(q.shape[1])  # [N, classes]
        attention = torch.softmax(scores, dim=0)
        pooled = (attention.T @ x).unsqueeze(0)  # [1, classes, d_in]
        return self.fcc(pooled).view(1, -1), scores, pooled


class Dsmil(nn.Module):
    """Bag x [N, d_in] to (instance logits [N, classes], bag logits [1, classes], raw scores [N, classes])."""

    def __init__(self, d_in: int = 384, width: int = 128, classes: int = 2):
        super().__init__()
        self.i_classifier = InstanceClassifier(d_in, classes)
        self.b_classifier = BagClassifier(d_in, width, classes)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        tiles, instance_logits = self.i_classifier(x)
        logits, scores, _ = self.b_classifier(tiles, instance_logits)
        return instance_logits, logits, scores


def dsmil_loss(instance_logits: Tensor, logits: Tensor, label: Tensor) -> tuple[Tensor, Tensor]:
    """Cross entropy of the largest instance logits and of the bag logits."""
    max_logits, _ = torch.max(instance_logits, 0, keepdim=True)
    return F.cross_entropy(max_logits, label), F.cross_entropy(logits, label)
