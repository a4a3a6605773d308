"""TransMIL (Shao et al., NeurIPS 2021): two Nystrom attention layers with a convolutional position encoding between them.

Parameter names are those of the golden files.
"""

import math

import torch
from nystrom import NystromAttention
from torch import Tensor, nn


class TransLayer(nn.Module):
    """Pre-norm attention with a skip connection; tokens [1, n, dim]."""

    def __init__(self, dim: int):
        super().__init__()
        self.norm = nn.LayerNorm(dim)
        self.attn = NystromAttention(dim, heads=8, landmarks=dim // 2, dropout=0.1)

    def forward(self, x: Tensor) -> Tensor:
        return x + self.attn(self.norm(x))


class PositionEncoding(nn.Module):
    """Depth-wise convolutions over the tokens on their square grid; the class token passes."""

    def __init__(self, dim: int):
        super().__init__()
        self.proj = nn.Conv2d(dim, dim, 7, 1, 3, groups=dim)
        self.proj1 = nn.Conv2d(dim, dim, 5, 1, 2, groups=dim)
        self.proj2 = nn.Conv2d(dim, dim, 3, 1, 1, groups=dim)

    def forward(self, x: Tensor, side: int) -> Tensor:
        token, tiles = x[:, :1], x[:, 1:]
        grid = tiles.transpose(1, 2).view(1, -1, side, side)  # [1, dim, side, side]
        grid = self.proj(grid) + grid + self.proj1(grid) + self.proj2(grid)
        return torch.cat((token, grid.flatten(2).transpose(1, 2)), dim=1)


class TransMil(nn.Module):
    """Bag x [N, d_in] to logits [1, classes]."""

    def __init__(self, d_in: int = 384, hidden: int = 128, classes: int = 2):
        super().__init__()
        self.cls_token = nn.Parameter(torch.randn(1, 1, hidden))
        self._fc1 = nn.Sequential(nn.Linear(d_in, hidden), nn.ReLU())
        self.layer1 = TransLayer(hidden)
        self.pos_layer = PositionEncoding(hidden)
        self.layer2 = TransLayer(hidden)
        self.norm = nn.LayerNorm(hidden)
        self._fc2 = nn.Linear(hidden, classes)

    def forward(self, x: Tensor) -> Tensor:
        tiles = self._fc1(x).unsqueeze(0)  # [1, N, hidden]
        n = tiles.shape[1]
        side = math.ceil(math.sqrt(n))
        h = torch.cat((self.cls_token, tiles, tiles[:, : side**2 - n]), dim=1)  # [1, side² + 1, hidden]
        h = self.layer1(h)
        h = self.pos_layer(h, side)
        h = self.layer2(h)
        return self._fc2(self.norm(h)[:, 0])
