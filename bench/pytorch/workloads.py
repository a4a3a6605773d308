"""One class a model: everything that belongs to one training step and to one inference.

Sizes are fixed: D_in = 384, hidden width 128, two classes, 8 FEAT tokens, 8 heads, MLP ratio 4, one bag a step.
`draw` is what the step would otherwise draw at random; the self-test passes the recorded draws of the golden files.
"""

import torch
import torch.nn.functional as F
from torch import Tensor

from abmil import Abmil
from asmil_paper import Anchor, AsmilPaper, anchor_loss
from asmil_release import AsmilRelease, ReleaseAnchor, release_anchor_loss
from camil import Camil, grid_neighbours
from transmil import TransMil

D_IN = 384
LEARNING_RATE = 1e-4


class Workload:
    """A model with its optimiser; `optimizer_options` go to Adam or AdamW (`fused=True` for PyTorch's fused update)."""

    model: torch.nn.Module
    optimizer: torch.optim.Optimizer

    def loss(self, x: Tensor, label: Tensor, draw=None) -> Tensor:
        """Bag x [N, D_in] and label [1] to the loss."""
        raise NotImplementedError

    def before_update(self) -> None:
        """Runs between backward and the optimiser's step."""

    def after_update(self) -> None:
        """Runs after the optimiser's step."""

    def step(self, x: Tensor, label: Tensor, draw=None) -> float:
        """One training step; returns the loss, as a training loop that keeps a log does."""
        loss = self.loss(x, label, draw)
        self.optimizer.zero_grad()
        loss.backward()
        self.before_update()
        self.optimizer.step()
        self.after_update()
        return loss.item()

    @torch.inference_mode()
    def infer(self, x: Tensor):
        """Logits and raw attention scores of one bag."""
        return self.model(x)


class AbmilWorkload(Workload):
    """Forward, cross entropy, backward, Adam."""

    def __init__(self, **optimizer_options):
        self.model = Abmil(D_IN)
        self.optimizer = torch.optim.Adam(
            self.model.parameters(), lr=LEARNING_RATE, weight_decay=1e-4, **optimizer_options
        )

    def loss(self, x: Tensor, label: Tensor, draw=None) -> Tensor:
        logits, _ = self.model(x)
        return F.cross_entropy(logits, label)


class AsmilPaperWorkload(Workload):
    """Forward of model and anchor, both losses (beta = 1), backward, Adam, moving average (m = 0.999)."""

    momentum = 0.999

    def __init__(self, **optimizer_options):
        self.model = AsmilPaper(D_IN)
        self.anchor = Anchor(self.model)
        self.optimizer = torch.optim.Adam(
            self.model.parameters(), lr=LEARNING_RATE, weight_decay=1e-4, **optimizer_options
        )

    def loss(self, x: Tensor, label: Tensor, draw: Tensor | None = None) -> Tensor:
        logits, scores, z = self.model(x, draw)
        with torch.no_grad():
            anchor_scores = self.anchor(z, len(x))
        return F.cross_entropy(logits, label) + anchor_loss(scores, anchor_scores)

    def after_update(self) -> None:
        self.anchor.follow(self.momentum)


class AsmilReleaseWorkload(Workload):
    """Forward of model and anchor network, both losses, backward, clipping at norm 5, AdamW; the anchor stays."""

    temp = 0.5
    lean_anchor = False

    def __init__(self, **optimizer_options):
        self.model = AsmilRelease(D_IN)
        self.anchor = ReleaseAnchor(D_IN, lean=self.lean_anchor)
        self.optimizer = torch.optim.AdamW(
            self.model.parameters(), lr=LEARNING_RATE, weight_decay=1e-5, **optimizer_options
        )

    def loss(self, x: Tensor, label: Tensor, draw: list[int] | None = None) -> Tensor:
        logits, _, scores = self.model(x, draw)
        with torch.no_grad():
            anchor_scores = self.anchor(x)
        return F.cross_entropy(logits, label) + release_anchor_loss(scores, anchor_scores, self.temp)

    def before_update(self) -> None:
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), max_norm=5.0)


class AsmilReleaseLeanWorkload(AsmilReleaseWorkload):
    """The same step with an anchor network that stops at its scores."""

    lean_anchor = True


class TransMilWorkload(Workload):
    """Forward, cross entropy, backward, Adam."""

    def __init__(self, **optimizer_options):
        self.model = TransMil(D_IN)
        self.optimizer = torch.optim.Adam(
            self.model.parameters(), lr=LEARNING_RATE, weight_decay=1e-4, **optimizer_options
        )

    def loss(self, x: Tensor, label: Tensor, draw=None) -> Tensor:
        return F.cross_entropy(self.model(x), label)


class CamilWorkload(Workload):
    """Forward, cross entropy, backward, Adam. The graph belongs to the bag, as the released program reads it from a file."""

    def __init__(self, **optimizer_options):
        self.model = Camil(D_IN)
        self.optimizer = torch.optim.Adam(
            self.model.parameters(), lr=LEARNING_RATE, weight_decay=1e-4, **optimizer_options
        )
        self.graphs: dict[int, tuple[Tensor, Tensor]] = {}

    def graph(self, n: int) -> tuple[Tensor, Tensor]:
        if n not in self.graphs:
            index = grid_neighbours(n)
            self.graphs[n] = index, torch.rand(index.shape) * 0.6 + 0.4
        return self.graphs[n]

    def loss(self, x: Tensor, label: Tensor, draw=None) -> Tensor:
        return F.cross_entropy(self.model(x, *self.graph(len(x)))[0], label)

    @torch.inference_mode()
    def infer(self, x: Tensor):
        return self.model(x, *self.graph(len(x)))


WORKLOADS: dict[str, type[Workload]] = {
    "abmil": AbmilWorkload,
    "asmil": AsmilPaperWorkload,
    "asmil-release": AsmilReleaseWorkload,
    "asmil-release-lean": AsmilReleaseLeanWorkload,
    "transmil": TransMilWorkload,
    "camil": CamilWorkload,
}
