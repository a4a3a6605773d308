"""Nystrom attention (Xiong et al., AAAI 2021) with a residual convolution over the sequence, as a PyTorch module.

Parameter names are those of the golden files.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn


def iterative_inverse(a: Tensor, iterations: int = 6) -> Tensor:
    """Approximate pseudo-inverse of softmax matrices a [B, heads, m, m]; one scale for all of them."""
    rows, columns = a.abs().sum(dim=-1), a.abs().sum(dim=-2)
    z = a.transpose(-1, -2) / (rows.max() * columns.max())
    eye = torch.eye(a.shape[-1], device=a.device).unsqueeze(0)
    for _ in range(iterations):
        az = a @ z
        z = 0.25 * z @ (13 * eye - az @ (15 * eye - az @ (7 * eye - az)))
    return z


class NystromAttention(nn.Module):
    """Tokens [B, n, dim] to [B, n, dim]; the sequence is padded in front to a multiple of the landmarks."""

    def __init__(self, dim: int, heads: int = 8, landmarks: int = 64, dropout: float = 0.0, kernel: int = 33):
        super().__init__()
        self.heads, self.landmarks = heads, landmarks
        self.scale = (dim // heads) ** -0.5
        self.to_qkv = nn.Linear(dim, 3 * dim, bias=False)
        self.to_out = nn.Sequential(nn.Linear(dim, dim), nn.Dropout(dropout))
        self.res_conv = nn.Conv2d(heads, heads, (kernel, 1), padding=(kernel // 2, 0), groups=heads, bias=False)

    def split(self, x: Tensor) -> Tensor:
        return x.unflatten(-1, (self.heads, -1)).transpose(1, 2)  # [B, heads, n, d]

    def residual(self, v: Tensor) -> Tensor:
        return self.res_conv(v)

    def forward(self, x: Tensor) -> Tensor:
        n = x.shape[1]
        x = F.pad(x, (0, 0, -n % self.landmarks, 0))
        q, k, v = (self.split(part) for part in self.to_qkv(x).chunk(3, dim=-1))
        q = q * self.scale
        run = x.shape[1] // self.landmarks
        q_landmarks, k_landmarks = (t.unflatten(2, (self.landmarks, run)).sum(dim=3) / run for t in (q, k))
        attn1 = torch.softmax(q @ k_landmarks.transpose(-1, -2), dim=-1)
        attn2 = torch.softmax(q_landmarks @ k_landmarks.transpose(-1, -2), dim=-1)
        attn3 = torch.softmax(q_landmarks @ k.transpose(-1, -2), dim=-1)
        out = (attn1 @ iterative_inverse(attn2)) @ (attn3 @ v)
        out = out + self.residual(v)
        out = self.to_out(out.transpose(1, 2).flatten(2))
        return out[:, -n:]
