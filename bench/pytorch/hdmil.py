"""HDMIL, the dynamic network on tile features: a teacher path over all tiles, a student path over those that a Gumbel
mask selects, and Chebyshev classifiers.

Parameter names are those of the golden files.
"""

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class ChebyshevLayer(nn.Module):
    """y_o = sum over i and d of coefficients [i, o, d] times T_d(tanh x_i)."""

    def __init__(self, inputs: int, outputs: int, degree: int):
        super().__init__()
        self.degree = degree
        self.cheby_coeffs = nn.Parameter(torch.empty(inputs, outputs, degree + 1))
        nn.init.xavier_normal_(self.cheby_coeffs)

    def forward(self, x: Tensor) -> Tensor:
        t = torch.tanh(x)
        terms = [torch.ones_like(t), t]
        for _ in range(2, self.degree + 1):
            terms.append(2 * t * terms[-1] - terms[-2])
        return torch.einsum("bid,iod->bo", torch.stack(terms, dim=-1), self.cheby_coeffs)


class Classifier(nn.Module):
    def __init__(self, inputs: int, outputs: int, degree: int):
        super().__init__()
        self.act_fun = nn.ModuleList([ChebyshevLayer(inputs, outputs, degree)])

    def forward(self, x: Tensor) -> Tensor:
        return self.act_fun[0](x)


class GatedAttention(nn.Module):
    """Tiles h [N, hidden] to scores [N, classes]."""

    def __init__(self, hidden: int, width: int, classes: int, dropout: float):
        super().__init__()
        self.attention_a = nn.Sequential(nn.Linear(hidden, width), nn.Tanh(), nn.Dropout(dropout))
        self.attention_b = nn.Sequential(nn.Linear(hidden, width), nn.Sigmoid(), nn.Dropout(dropout))
        self.attention_c = nn.Linear(width, classes)

    def forward(self, h: Tensor) -> Tensor:
        return self.attention_c(self.attention_a(h) * self.attention_b(h))


class Hdmil(nn.Module):
    """Bag x [N, d_in] to (logits [1, classes], scores [N, classes]) in evaluation."""

    def __init__(self, d_in=384, hidden=512, width=256, classes=2, degree=12, dropout=0.25, tau=0.7):
        super().__init__()
        self.tau = tau
        attention = GatedAttention(hidden, width, classes, dropout)
        self.attention_net = nn.Sequential(nn.Linear(d_in, hidden), nn.ReLU(), nn.Dropout(dropout), attention)
        self.classifiers = nn.ModuleList(Classifier(hidden, 1, degree) for _ in range(classes))
        self.instance_classifiers = nn.ModuleList(Classifier(hidden, 2, degree) for _ in range(classes))
        for layer in self.modules():
            if isinstance(layer, nn.Linear):
                nn.init.xavier_normal_(layer.weight)
                nn.init.zeros_(layer.bias)

    def classify(self, features: Tensor) -> Tensor:
        """A feature a class [classes, hidden] to logits [1, classes]."""
        return torch.cat([g(f[None]) for g, f in zip(self.classifiers, features)], dim=1)

    def scored(self, x: Tensor) -> tuple[Tensor, Tensor]:
        h = self.attention_net[:3](x)  # [N, hidden]
        return h, self.attention_net[3](h)  # [N, classes]

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        h, scores = self.scored(x)
        features = []
        for c in range(scores.shape[1]):
            kept = torch.sigmoid(scores[:, c]) > 0.5
            e = torch.exp(scores[kept, c])
            features.append((e / (e.sum() + 1e-16)) @ h[kept])
        return self.classify(torch.stack(features)), scores

    def paths(self, x: Tensor, noise: Tensor | None = None) -> dict[str, Tensor]:
        """Teacher and student in training. `noise`: the difference of the Gumbel draws [N, classes], if given."""
        h, scores = self.scored(x)
        if noise is None:
            first, second = (-torch.empty_like(scores).exponential_().log() for _ in range(2))
            noise = first - second
        soft = torch.sigmoid((scores + noise) / self.tau)
        mask = ((soft > 0.5).float() - soft).detach() + soft  # straight through, [N, classes]
        attention = torch.softmax(scores, dim=0).T  # [classes, N]
        features = attention @ h
        weights = torch.exp(scores) * mask
        student = (weights / weights.sum()).T @ h
        union = torch.logical_or(mask[:, 0] > 0, mask[:, 1] > 0).float()
        summed = mask[:, 0] + mask[:, 1]
        return {
            "h": h,
            "attention": attention,
            "features": features,
            "student": student,
            "logits": self.classify(features),
            "student_logits": self.classify(student),
            "rate": ((union - summed).detach() + summed).mean(),
        }


def smooth_svm(logits: Tensor, target: Tensor) -> Tensor:
    """Smooth top-1 SVM of margin 1 for two classes, mean over the rows."""
    right = logits.gather(1, target[:, None])[:, 0]
    u = logits.sum(1) - 2 * right
    smooth = F.softplus(1 + u)
    return torch.where(u.abs() < math.log(1000), smooth, F.relu(1 + u)).mean()


def instance_loss(model: Hdmil, h: Tensor, attention: Tensor, label: int, k: int, subtyping: bool) -> Tensor:
    k = min(k, h.shape[0])
    loss = h.new_zeros(())
    for c, classifier in enumerate(model.instance_classifiers):
        if c != label and not subtyping:
            continue
        top = torch.topk(attention[c], k).indices
        if c == label:
            bottom = torch.topk(-attention[c], k).indices
            rows, target = torch.cat([top, bottom]), torch.tensor([1] * k + [0] * k)
        else:
            rows, target = top, torch.tensor([0] * k)
        loss = loss + smooth_svm(classifier(h[rows]), target)
    return loss / len(model.instance_classifiers) if subtyping else loss


def hdmil_loss(model: Hdmil, x: Tensor, label: Tensor, k=32, subtyping=False, ratio=0.6, noise=None) -> Tensor:
    out = model.paths(x, noise)
    teacher = F.log_softmax(out["logits"], dim=-1)
    student = F.log_softmax(out["student_logits"], dim=-1)
    return (
        0.7 * F.cross_entropy(out["logits"], label)
        + 0.3 * instance_loss(model, out["h"], out["attention"], int(label), k, subtyping)
        + 0.5 * F.kl_div(student, teacher, reduction="sum", log_target=True)
        + 0.5 * F.mse_loss(out["student"], out["features"])
        + 2 * (out["rate"] - ratio) ** 2
    )
