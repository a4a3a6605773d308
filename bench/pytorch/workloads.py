"""One class a model: everything that belongs to one training step and to one inference.

Sizes are fixed: D_in = 384, hidden width 128, two classes, 8 FEAT tokens, 8 heads, MLP ratio 4, one bag a step.
`draw` is what the step would otherwise draw at random; the self-test passes the recorded draws of the golden files.
"""

import torch
import torch.nn.functional as F
from torch import Tensor

from abmil import Abmil
from acmil import Acmil, acmil_losses
from aem import negative_entropy
from asmil_paper import Anchor, AsmilPaper, anchor_loss
from asmil_release import AsmilRelease, ReleaseAnchor, release_anchor_loss
from clam_sb import ClamSb
from classic import Demil, Psmil, Rgmil
from dsmil import Dsmil, dsmil_loss
from dtfd_mil import DtfdMil
from ibmil import Ibmil
from hdmil import Hdmil, hdmil_loss
from mhim_mil import Mhim, Teacher, consistency, most_attended
from camil import Camil, grid_neighbours
from pooling import Pooling
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


class AemWorkload(AbmilWorkload):
    """ABMIL's step with the negative entropy of the attention added, weight 0.1."""

    weight = 0.1

    def loss(self, x: Tensor, label: Tensor, draw=None) -> Tensor:
        logits, scores = self.model(x)
        return F.cross_entropy(logits, label) + self.weight * negative_entropy(scores)


class AcmilWorkload(Workload):
    """Forward with masked top tiles, the three losses, backward, Adam."""

    def __init__(self, **optimizer_options):
        self.model = Acmil(D_IN)
        self.optimizer = torch.optim.Adam(
            self.model.parameters(), lr=LEARNING_RATE, weight_decay=1e-4, **optimizer_options
        )

    def loss(self, x: Tensor, label: Tensor, draw: Tensor | None = None) -> Tensor:
        return sum(acmil_losses(*self.model(x, draw), label))


class MeanPoolingWorkload(Workload):
    """Forward, cross entropy, backward, Adam."""

    kind = "mean"

    def __init__(self, **optimizer_options):
        self.model = Pooling(self.kind, D_IN)
        self.optimizer = torch.optim.Adam(
            self.model.parameters(), lr=LEARNING_RATE, weight_decay=1e-4, **optimizer_options
        )

    def loss(self, x: Tensor, label: Tensor, draw=None) -> Tensor:
        return F.cross_entropy(self.model(x), label)


class MaxPoolingWorkload(MeanPoolingWorkload):
    kind = "max"


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


class ClamSbWorkload(Workload):
    """Forward with dropout, bag and instance losses (the latter with weight 0, as in the baseline), backward, Adam."""

    bag_weight = 1.0
    subtyping = False

    def __init__(self, **optimizer_options):
        self.model = ClamSb(D_IN)
        self.optimizer = torch.optim.Adam(
            self.model.parameters(), lr=LEARNING_RATE, weight_decay=1e-4, **optimizer_options
        )

    def loss(self, x: Tensor, label: Tensor, draw=None) -> Tensor:
        self.model.train()
        logits, scores, h = self.model(x)
        instance = self.model.instance_loss(scores, h, label, self.subtyping)
        return self.bag_weight * F.cross_entropy(logits, label) + (1 - self.bag_weight) * instance

    @torch.inference_mode()
    def infer(self, x: Tensor):
        self.model.eval()
        return self.model(x)


class ClassicWorkload(Workload):
    """Forward, cross entropy, backward, Adam."""

    network: type[torch.nn.Module]

    def __init__(self, **optimizer_options):
        self.model = self.network(D_IN)
        self.optimizer = torch.optim.Adam(
            self.model.parameters(), lr=LEARNING_RATE, weight_decay=1e-4, **optimizer_options
        )

    def loss(self, x: Tensor, label: Tensor, draw=None) -> Tensor:
        logits, _ = self.model(x)
        return F.cross_entropy(logits, label)


class DemilWorkload(ClassicWorkload):
    network = Demil


class RgmilWorkload(ClassicWorkload):
    network = Rgmil


class PsmilWorkload(ClassicWorkload):
    """The same, and the prototype of the bag's class moves."""

    network = Psmil

    def loss(self, x: Tensor, label: Tensor, draw=None) -> Tensor:
        logits, _ = self.model(x, int(label))
        return F.cross_entropy(logits, label)


class DsmilWorkload(Workload):
    """Forward, both cross entropies with half weight, backward, Adam."""

    def __init__(self, **optimizer_options):
        self.model = Dsmil(D_IN)
        self.optimizer = torch.optim.Adam(
            self.model.parameters(), lr=LEARNING_RATE, weight_decay=1e-4, **optimizer_options
        )

    def loss(self, x: Tensor, label: Tensor, draw=None) -> Tensor:
        instance_logits, logits, _ = self.model(x)
        ce_max, ce_bag = dsmil_loss(instance_logits, logits, label)
        return 0.5 * ce_max + 0.5 * ce_bag


class DtfdMilWorkload(Workload):
    """Forward of both tiers; for each a backward pass, clipping of every module at norm 5, and an Adam of its own."""

    max_norm = 5.0

    def __init__(self, **optimizer_options):
        self.set_model(DtfdMil(D_IN), LEARNING_RATE, 1e-4, **optimizer_options)

    def set_model(self, model: DtfdMil, lr: float, weight_decay: float, **optimizer_options) -> None:
        self.model = model
        first = [p for module in model.first_tier() for p in module.parameters()]
        options = {"lr": lr, "weight_decay": weight_decay, **optimizer_options}
        self.optimizers = [torch.optim.Adam(first, **options), torch.optim.Adam(model.attCls.parameters(), **options)]

    def losses(self, x: Tensor, label: Tensor, draw: Tensor | None = None) -> tuple[Tensor, Tensor]:
        logits, pseudo_logits, _ = self.model(x, draw)
        tier1 = F.cross_entropy(pseudo_logits, label.repeat(len(pseudo_logits)))
        return tier1, F.cross_entropy(logits, label)

    def step(self, x: Tensor, label: Tensor, draw: Tensor | None = None) -> float:
        losses = self.losses(x, label, draw)
        modules = [self.model.first_tier(), [self.model.attCls]]
        for loss, optimizer, own in zip(losses, self.optimizers, modules):
            optimizer.zero_grad()
            loss.backward()
            for module in own:
                torch.nn.utils.clip_grad_norm_(module.parameters(), max_norm=self.max_norm)
            optimizer.step()
        return sum(losses).item()


class IbmilWorkload(AbmilWorkload):
    """The second stage: forward, cross entropy, backward, Adam."""

    def __init__(self, **optimizer_options):
        self.model = Ibmil(D_IN)
        self.optimizer = torch.optim.Adam(
            self.model.parameters(), lr=LEARNING_RATE, weight_decay=1e-4, **optimizer_options
        )


class HdmilWorkload(Workload):
    """Both paths, all five losses, backward, Adam. A step without a selected tile is not taken."""

    def __init__(self, **optimizer_options):
        self.model = Hdmil(D_IN)
        self.optimizer = torch.optim.Adam(
            self.model.parameters(), lr=LEARNING_RATE, weight_decay=1e-4, **optimizer_options
        )

    def loss(self, x: Tensor, label: Tensor, draw=None) -> Tensor:
        return hdmil_loss(self.model, x, label, noise=draw)

    def step(self, x: Tensor, label: Tensor, draw=None) -> float:
        loss = self.loss(x, label, draw)
        if torch.isnan(loss):
            return loss.item()
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()
        return loss.item()


class MhimWorkload(Workload):
    """Teacher on all tiles, mask, student on the rest, both losses, backward, Adam, moving average (m = 0.9999)."""

    ratio, share, weight = 0.1, 0.5, 0.1

    def __init__(self, **optimizer_options):
        self.model = Mhim(D_IN)
        self.teacher = Teacher(self.model, momentum=0.9999)
        self.optimizer = torch.optim.Adam(
            self.model.parameters(), lr=LEARNING_RATE, weight_decay=1e-4, **optimizer_options
        )

    def loss(self, x: Tensor, label: Tensor, draw: Tensor | None = None) -> Tensor:
        with torch.no_grad():
            target, scores = self.teacher.model.encode(x)
            kept = most_attended(torch.softmax(scores[0], dim=-1), self.ratio, self.share, draw)
        feature, _ = self.model.encode(x, kept)
        ce = F.cross_entropy(self.model.predictor(feature), label)
        return ce + self.weight * consistency(target, feature)

    def after_update(self) -> None:
        self.teacher.follow(self.model)


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
    "max-pooling": MaxPoolingWorkload,
    "mean-pooling": MeanPoolingWorkload,
    "aem": AemWorkload,
    "acmil": AcmilWorkload,
    "asmil": AsmilPaperWorkload,
    "asmil-release": AsmilReleaseWorkload,
    "asmil-release-lean": AsmilReleaseLeanWorkload,
    "clam-sb": ClamSbWorkload,
    "demil": DemilWorkload,
    "dsmil": DsmilWorkload,
    "dtfd-mil": DtfdMilWorkload,
    "ibmil": IbmilWorkload,
    "hdmil": HdmilWorkload,
    "mhim-mil": MhimWorkload,
    "psmil": PsmilWorkload,
    "rgmil": RgmilWorkload,
    "transmil": TransMilWorkload,
    "camil": CamilWorkload,
}
