"""Mean and max pooling: ABMIL's reduction and classifier without attention. There are no golden files of these."""

from collections import OrderedDict

import torch
from torch import Tensor, nn


class Pooling(nn.Module):
    """Bag x [N, d_in] to logits [1, classes]."""

    def __init__(self, kind: str, d_in: int = 384, hidden: int = 128, classes: int = 2):
        super().__init__()
        self.kind = kind
        fc1 = nn.Linear(d_in, hidden, bias=False)
        self.dimreduction = nn.Sequential(OrderedDict(fc1=fc1, relu=nn.ReLU()))
        self.classifier = nn.Sequential(OrderedDict(fc=nn.Linear(hidden, classes)))

    def forward(self, x: Tensor) -> Tensor:
        h = self.dimreduction(x)  # [N, hidden]
        if self.kind == "mean":
            bag = torch.mean(h, dim=0, keepdim=True)  # [1, hidden]
        else:
            bag = torch.max(h, dim=0, keepdim=True)[0]
        return self.classifier(bag)
