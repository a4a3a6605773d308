"""AEM: attention entropy maximisation (Zhang et al., MICCAI 2025), a loss term on top of ABMIL."""

import torch
from torch import Tensor


def negative_entropy(scores: Tensor, top_k: int = -1) -> Tensor:
    """Sum of a ln a over the attention of raw scores [1, N]; with top_k, of the largest weights divided by their sum."""
    if top_k > 0:
        weights = torch.softmax(scores, dim=-1)
        weights = torch.topk(weights, min(top_k, scores.shape[-1]), dim=-1)[0]
        weights = weights / weights.sum(dim=-1, keepdim=True)
        return (weights * weights.log()).sum()
    return (torch.softmax(scores, dim=-1) * torch.log_softmax(scores, dim=-1)).sum()
