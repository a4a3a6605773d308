"""CAMIL (Fourkioti, De Vries and Bakal, ICLR 2024) as its released program computes it, after a reduction of the tiles.

Parameter names are those of the golden files.
"""

import math

import torch
from nystrom import NystromAttention
from torch import Tensor, nn


class HeadAttention(NystromAttention):
    """Nystrom attention whose residual convolution runs over the heads of a token."""

    def __init__(self, dim: int, heads: int, landmarks: int, kernel: int = 33):
        super().__init__(dim, heads, landmarks)
        width = dim // heads
        self.to_out = nn.Linear(dim, dim)
        self.res_conv = nn.Conv2d(width, width, (kernel, 1), padding=(kernel // 2, 0), groups=heads, bias=False)

    def residual(self, v: Tensor) -> Tensor:
        return self.res_conv(v.permute(0, 3, 1, 2)).permute(0, 2, 3, 1)  # channels d, rows heads, columns n


class Pooling(nn.Module):
    """Gated attention scores [N] of tiles [N, dim]."""

    def __init__(self, dim: int, width: int):
        super().__init__()
        self.v = nn.Linear(dim, width, bias=False)
        self.u = nn.Linear(dim, width, bias=False)
        self.w = nn.Linear(width, 1, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        return self.w(torch.tanh(self.v(x)) * torch.sigmoid(self.u(x))).squeeze(-1)


class Local(nn.Module):
    """Attention of each tile e [N, dim] to its neighbours, over values of the tiles x [N, dim]."""

    def __init__(self, dim: int, width: int):
        super().__init__()
        self.wq = nn.Linear(dim, width, bias=False)
        self.wk = nn.Linear(dim, width, bias=False)
        self.wv = nn.Linear(dim, dim)

    def forward(self, x: Tensor, e: Tensor, index: Tensor, weight: Tensor) -> tuple[Tensor, Tensor]:
        q, k = self.wq(e), self.wk(e)
        products = (q.unsqueeze(1) * k[index]).sum(dim=-1) / math.sqrt(q.shape[-1])  # [N, neighbours]
        scores = (products * weight).sum(dim=-1)  # [N]
        return torch.softmax(scores, dim=0).unsqueeze(-1) * self.wv(x), scores


class Camil(nn.Module):
    """Bag x [N, d_in] with neighbours [N, k] and their weights to (logits [1, outputs], pooling scores [N])."""

    def __init__(
        self,
        d_in: int = 384,
        hidden: int = 128,
        outputs: int = 2,
        heads: int = 8,
        landmarks: int | None = None,
        query: int | None = None,
        pool: int = 128,
        kernel: int = 33,
        project: bool = True,
    ):
        super().__init__()
        if project:
            self.project = nn.Linear(d_in, hidden)
        self.nyst = HeadAttention(hidden, heads, landmarks or hidden // 2, kernel)
        self.local = Local(hidden, query or hidden // 2)
        self.pool = Pooling(hidden, pool)
        self.fc = nn.Linear(hidden, outputs)

    def forward(self, x: Tensor, index: Tensor, weight: Tensor) -> tuple[Tensor, Tensor]:
        if hasattr(self, "project"):
            x = torch.relu(self.project(x))
        e = self.nyst(x.unsqueeze(0)).squeeze(0) + x
        local, _ = self.local(x, e, index, weight)
        gate = torch.sigmoid(-local) ** 2
        fused = 2 * local * gate + 2 * e * (1 - gate)  # [N, hidden]
        scores = self.pool(fused)
        bag = torch.softmax(scores, dim=0).unsqueeze(0) @ fused  # [1, hidden]
        return self.fc(bag), scores


def grid_neighbours(n: int, count: int = 8) -> Tensor:
    """The nearest tiles of each tile on a square grid in bag order, itself first: [N, min(count, N)]."""
    side = math.ceil(math.sqrt(n))
    reach = range(-3, 4)
    offsets = sorted(((dy, dx) for dy in reach for dx in reach), key=lambda o: (o[0] ** 2 + o[1] ** 2, o))
    rows = []
    for i in range(n):
        near = [
            (i // side + dy) * side + i % side + dx
            for dy, dx in offsets
            if 0 <= i % side + dx < side and 0 <= (i // side + dy) * side + i % side + dx < n
        ]
        if len(near) < min(count, n):
            near += [j for j in range(n) if j not in near]
        rows.append(near[: min(count, n)])
    return torch.tensor(rows)
