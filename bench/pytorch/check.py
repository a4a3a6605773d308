"""Self-test: the timed models against the golden files (logits, scores, losses, gradients, whole training runs).

    python3 bench/pytorch/check.py [--goldens DIR]

DIR holds a folder of each model (abmil/, asmil-paper/, …); left out, the goldens of the packages are taken.
Cases of functions that are not timed here (other anchors, ablations) are named and skipped.
Exit code 0: all agree; 1: a difference, or nothing to compare; 2: wrong command line.
"""

import argparse
import fnmatch
import json
import math
import sys
from pathlib import Path

import require_torch  # noqa: F401
import torch
from abmil import Abmil
from acmil import Acmil, acmil_losses
from aem import negative_entropy
from asmil_paper import Anchor, AsmilPaper, anchor_loss
from asmil_release import AsmilRelease, ReleaseAnchor, release_anchor_loss
from clam_sb import ClamSb
from dsmil import Dsmil, dsmil_loss
from dtfd_mil import DtfdMil
from classic import Classic, Demil, Psmil, Rgmil
from ibmil import Ibmil
from hdmil import Hdmil, hdmil_loss
from mhim_mil import Mhim, Teacher
from camil import Camil
from torch import Tensor
from torch.nn import functional as F
from transmil import TransMil
from workloads import AsmilPaperWorkload, AsmilReleaseWorkload, DtfdMilWorkload, MhimWorkload

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = {
    "abmil": ROOT / "packages/baselines/goldens/abmil",
    "aem": ROOT / "packages/baselines/goldens/aem",
    "clam-sb": ROOT / "packages/baselines/goldens/clam-sb",
    "dsmil": ROOT / "packages/baselines/goldens/dsmil",
    "acmil": ROOT / "packages/baselines/goldens/acmil",
    "asmil-paper": ROOT / "packages/core/goldens/asmil-paper",
    "asmil-release": ROOT / "packages/core/goldens/asmil-release",
    "dtfd-mil": ROOT / "packages/baselines/goldens/dtfd-mil",
    "demil": ROOT / "packages/baselines/goldens/demil",
    "hdmil": ROOT / "packages/baselines/goldens/hdmil",
    "mhim-mil": ROOT / "packages/baselines/goldens/mhim-mil",
    "psmil": ROOT / "packages/baselines/goldens/psmil",
    "rgmil": ROOT / "packages/baselines/goldens/rgmil",
    "ibmil": ROOT / "packages/baselines/goldens/ibmil",
    "transmil": ROOT / "packages/baselines/goldens/transmil",
    "camil": ROOT / "packages/baselines/goldens/camil",
}


def tensor(value: dict) -> Tensor:
    return torch.tensor(value["data"], dtype=torch.float32).reshape(value["shape"])


class Comparison:
    """Collects differences; a pair agrees where |got - want| <= bound * max(1, |want|)."""

    def __init__(self, golden: dict):
        self.bound = golden["tolerance_hint"]
        self.overrides = golden.get("tolerance_overrides", {})
        self.compared = 0
        self.worst = 0.0  # in units of the bound
        self.failures: list[str] = []

    def close(self, name: str, got, want) -> None:
        got = got.detach().float() if isinstance(got, Tensor) else torch.tensor(float(got))
        want = tensor(want) if isinstance(want, dict) else torch.tensor(float(want))
        if got.shape != want.shape:
            self.failures.append(f"{name}: shape {list(got.shape)}, golden {list(want.shape)}")
            return
        matches = [v for pattern, v in self.overrides.items() if fnmatch.fnmatch(name, pattern)]
        bound = max([self.bound, *matches])
        difference = ((got - want).abs() / want.abs().clamp(min=1)).max().item() / bound
        self.compared += got.numel()
        self.worst = max(self.worst, difference)
        if not difference <= 1:  # also catches NaN
            self.failures.append(f"{name}: {difference:.3g} times the bound {bound:g}")

    def grads(self, module: torch.nn.Module, want: dict) -> None:
        """Every golden gradient is met, and no other parameter has one."""
        for name, p in module.named_parameters():
            if name in want:
                self.close(f"grad {name}", torch.zeros_like(p) if p.grad is None else p.grad, want[name])
            elif p.grad is not None and p.grad.any():
                self.failures.append(f"grad {name}: present, absent in the golden")
        for name in want.keys() - dict(module.named_parameters()).keys():
            self.failures.append(f"grad {name}: the model has no such parameter")

    def params(self, module: torch.nn.Module, want: dict, prefix: str = "") -> None:
        for name, p in module.named_parameters():
            self.close(prefix + name, p, want[name])


def load(module: torch.nn.Module, params: dict, prefix: str = "", partial: bool = False) -> None:
    """Copies the golden's parameters in. `partial`: the golden leaves out what does not reach the output."""
    # The released network creates this layer norm and never uses it, so the timed one lacks it.
    state = {k: tensor(v) for k, v in params.items() if not k.startswith("dimreduction.bn.")}
    if prefix:
        state = {k.removeprefix(prefix): v for k, v in state.items() if k.startswith(prefix)}
    else:
        state = {k: v for k, v in state.items() if not k.startswith("anchor.")}
    result = module.load_state_dict(state, strict=not partial)
    assert not result.unexpected_keys, result.unexpected_keys


def bag(golden: dict) -> tuple[Tensor, Tensor]:
    return tensor(golden["inputs"]["x"]), torch.tensor([golden["inputs"]["label"]])


def set_cosine_lr(optimizer: torch.optim.Optimizer, lr: float, t: float) -> None:
    """t: the part of the whole training that is done, 0 to 1."""
    for group in optimizer.param_groups:
        group["lr"] = lr * 0.5 * (1 + math.cos(math.pi * t))


def check_abmil(golden: dict, c: Comparison) -> str | None:
    config, out = golden["config"], golden["outputs"]
    if not config["gated"] or config["reduction_bias"] or config["loss"] != "ce":
        return "not the gated baseline form"
    model = Abmil(config["D_in"], config["hidden"], config["D_attn"], config["C"])
    load(model, golden["params"])
    x, label = bag(golden)
    logits, scores = model(x)
    loss = F.cross_entropy(logits, label)
    loss.backward()
    c.close("logits", logits, out["logits"])
    c.close("attention_raw", scores, out["attention_raw"])
    c.close("loss", loss, out["loss"])
    c.grads(model, golden["grads"])
    return None


def check_aem(golden: dict, c: Comparison) -> str | None:
    config, out = golden["config"], golden["outputs"]
    if config["arch"] != "abmil":
        return "not on ABMIL"
    model = Abmil(config["D_in"], config["D_inner"], config["D_attn"], config["C"])
    load(model, golden["params"])
    x, label = bag(golden)
    logits, scores = model(x)
    ce, negative = F.cross_entropy(logits, label), negative_entropy(scores, config["top_k"])
    loss = ce + config["lambda"] * negative
    loss.backward()
    c.close("logits", logits[0], out["logits"])
    c.close("attention_raw", scores[None], out["attention_raw"])
    c.close("ce", ce, out["loss_terms"]["ce_bag"])
    c.close("negative entropy", negative, out["loss_terms"]["negative_entropy"])
    c.close("loss", loss, out["loss"])
    c.grads(model, golden["grads"])
    return None


def check_clam(golden: dict, c: Comparison) -> str | None:
    config, out = golden["config"], golden["outputs"]
    if not config["gate"] or config["instance_loss"] != "ce" or config["dropout"] > 0:
        return "not the baseline form, or with recorded dropout"
    k = config.get("configured_k_sample", config["k_sample"])
    model = ClamSb(config["D_in"], config["hidden"], config["D_attn"], config["C"], 0.0, k)
    load(model, golden["params"])
    x, label = bag(golden)
    logits, scores, h = model(x)
    ce, instance = F.cross_entropy(logits, label), model.instance_loss(scores, h, label, config["subtyping"])
    loss = config["bag_weight"] * ce + (1 - config["bag_weight"]) * instance
    loss.backward()
    c.close("logits", logits, out["logits"])
    c.close("attention_raw", scores, out["attention_raw"])
    c.close("embedded", h, out["embedded"])
    c.close("bag_ce", ce, out["loss_terms"]["bag_ce"])
    c.close("instance", instance, out["loss_terms"]["instance"])
    c.close("loss", loss, out["loss"])
    c.grads(model, golden["grads"])
    return None


def check_dsmil(golden: dict, c: Comparison) -> str | None:
    config, out = golden["config"], golden["outputs"]
    if config["variant"] != "bench" or config["nonlinear"] or config["passing_v"] or config["diversity_tokens"] > 1:
        return "not the baseline form"
    model = Dsmil(config["D_in"], config["D_q"], config["C"])
    load(model, golden["params"])
    x, label = bag(golden)
    instance_logits, logits, scores = model(x)
    ce_max, ce_bag = dsmil_loss(instance_logits, logits, label)
    loss = 0.5 * ce_max + 0.5 * ce_bag
    loss.backward()
    c.close("instance_logits", instance_logits, out["instance_logits"])
    c.close("logits", logits, out["logits"])
    c.close("attention_raw", scores.T, out["attention_raw"])
    c.close("max", ce_max, out["loss_terms"]["max"])
    c.close("bag", ce_bag, out["loss_terms"]["bag"])
    c.close("loss", loss, out["loss"])


def check_acmil(golden: dict, c: Comparison) -> str | None:
    config, out = golden["config"], golden["outputs"]
    if config["variant"] != "ga":
        return "not the gated variant"
    names = ("D_in", "D_inner", "D_attn", "C", "n_token", "n_masked_patch", "mask_drop")
    model = Acmil(*(config[k] for k in names)).train(config["train"])
    load(model, golden["params"])
    x, label = bag(golden)
    uniform = golden["randomness"].get("uniform")
    logits, branch_logits, scores = model(x, uniform and tensor(uniform[0]))
    terms = acmil_losses(logits, branch_logits, scores, label)
    sum(terms).backward()
    c.close("logits", logits[0], out["logits"])
    c.close("branch_logits", branch_logits, out["branch_logits"])
    c.close("attention_raw", scores, out["attention_raw"])
    for name, term in zip(("bag_ce", "branch_ce", "diversity"), terms):
        c.close(name, term, out["loss_terms"][name])
    c.close("loss", sum(terms), out["loss"])
    c.grads(model, golden["grads"])
    return None


def paper_model(config: dict) -> AsmilPaper:
    sizes = (config[k] for k in ("D_in", "hidden", "n_feat", "heads", "mlp_ratio", "C"))
    return AsmilPaper(*sizes)


def kept_tokens(mask: list[int], fallback: int | None = None) -> Tensor:
    kept = [i for i, keep in enumerate(mask) if keep]
    return torch.tensor(kept or [fallback])


def check_paper(golden: dict, c: Comparison) -> str | None:
    config, out, draws = golden["config"], golden["outputs"], golden["randomness"]
    timed = {"anchor": "nsf", "anchor_temp": 1.0, "anchor_scope": "attention", "as_tokens": "all",
             "online": "softmax", "beta": 1.0, "ema_every": "batch"}  # fmt: skip
    other = [f"{k}={config[k]}" for k, v in timed.items() if k in config and config[k] != v]
    if other:
        return ", ".join(other)
    model = paper_model(config)
    load(model, golden["params"])
    anchor = Anchor(model)
    if "trace" in out:
        check_paper_sequence(golden, model, anchor, c)
        return None
    load(anchor, golden["params"], prefix="anchor.")
    x, label = bag(golden)
    mask = draws.get("keep_mask")
    model.train(mask is not None)
    logits, scores, z = model(x, None if mask is None else kept_tokens(mask, draws.get("fallback_token")))
    with torch.no_grad():
        anchor_scores = anchor(z, len(x))
    ce, stability = F.cross_entropy(logits, label), anchor_loss(scores, anchor_scores)
    (ce + stability).backward()
    c.close("logits", logits, out["logits"])
    c.close("attention_raw", scores, out["attention_raw"])
    c.close("anchor_raw", anchor_scores, out["anchor_raw"])
    c.close("ce", ce, out["loss_terms"]["ce"])
    c.close("as", stability, out["loss_terms"]["as"])
    c.close("loss", ce + stability, out["loss"])
    c.grads(model, golden["grads"])
    return None


def check_paper_sequence(golden: dict, model: AsmilPaper, anchor: Anchor, c: Comparison) -> None:
    """The timed step itself, several in a row: Adam and the moving average included."""
    config, inputs, out = golden["config"], golden["inputs"], golden["outputs"]
    work = AsmilPaperWorkload.__new__(AsmilPaperWorkload)
    work.model, work.anchor, work.momentum = model.train(), anchor, config["ema_m"]
    work.optimizer = torch.optim.Adam(model.parameters(), lr=config["lr"], weight_decay=config["weight_decay"])
    for i, want in enumerate(out["trace"]):
        set_cosine_lr(work.optimizer, config["lr"], i / len(out["trace"]))
        b = i % len(inputs["x"])
        kept = kept_tokens(golden["randomness"]["keep_mask"][i])
        loss = work.step(tensor(inputs["x"][b]), torch.tensor([inputs["label"][b]]), kept)
        c.close(f"loss of step {i}", loss, want["loss"])
    c.params(model, out["final_params"])
    c.params(anchor, out["final_anchor"], "anchor ")


def check_release(golden: dict, c: Comparison) -> str | None:
    config, out, draws = golden["config"], golden["outputs"], golden["randomness"]
    d_in, hidden, n_feat, heads = (config[k] for k in ("D_in", "hidden", "n_feat", "heads"))
    # The goldens were made with the dropout rate at 0.
    model = AsmilRelease(d_in, hidden, n_feat, heads, config["C"], config["n_drop"], dropout=0.0)
    anchors = [ReleaseAnchor(d_in, hidden, n_feat, heads, dropout=0.0, lean=lean) for lean in (False, True)]
    load(model, golden["params"])
    for anchor in anchors:
        load(anchor, golden["params"], prefix="anchor.", partial=True)
    if "final_params" in out:
        check_release_sequence(golden, model, anchors[0], c)
        return None
    model.train(config["mode"] == "train")
    x, label = bag(golden)
    logits, branch_logits, scores = model(x, draws.get("token_permutation"))
    with torch.no_grad():
        anchor_scores = [anchor(x) for anchor in anchors]
    ce, stability = F.cross_entropy(logits, label), release_anchor_loss(scores, anchor_scores[0], config["temp"])
    (ce + stability).backward()
    c.close("logits", logits, out["logits"])
    c.close("branch logits", branch_logits, out["token_logits_unused_in_loss"])
    c.close("attention_raw", scores, out["attention_raw"])
    for s in anchor_scores:
        c.close("anchor_raw", s, out["anchor_raw"])
    c.close("ce", ce, out["loss_terms"]["ce"])
    c.close("as", stability, out["loss_terms"]["as_mean_cross_entropy"])
    c.close("loss", ce + stability, out["loss"])
    c.grads(model, golden["grads"])
    return None


def check_release_sequence(golden: dict, model: AsmilRelease, anchor: ReleaseAnchor, c: Comparison) -> None:
    """The timed step itself, several in a row: clipping and AdamW included."""
    config, inputs, out = golden["config"], golden["inputs"], golden["outputs"]
    before = [p.clone() for p in anchor.parameters()]
    work = AsmilReleaseWorkload.__new__(AsmilReleaseWorkload)
    work.model, work.anchor, work.temp = model.train(), anchor, config["temp"]
    work.optimizer = torch.optim.AdamW(model.parameters(), lr=config["lr"], weight_decay=config["wd"])
    orders = golden["randomness"]["token_permutation_per_step"]
    for i, order in enumerate(orders):
        set_cosine_lr(work.optimizer, config["lr"], i / len(orders))
        b = i % len(inputs["x"])
        x, label = tensor(inputs["x"][b]), torch.tensor([inputs["label"][b]])
        ce = F.cross_entropy(model(x, order)[0], label)
        c.close(f"ce of step {i}", ce, out["ce_per_step"][i])
        work.step(x, label, order)
    c.params(model, out["final_params"])
    if not all(torch.equal(a, b) for a, b in zip(before, anchor.parameters())):
        c.failures.append("anchor: changed, must stay as it is")


def check_dtfd_mil(golden: dict, c: Comparison) -> str | None:
    config, out, steps = golden["config"], golden["outputs"], golden.get("optimiser_steps")
    if config["distill"] != "MaxMinS":
        return f"distill={config['distill']}"
    names = ("D_in", "hidden", "att_dim", "n_class", "num_groups", "instances_per_group")
    model = DtfdMil(*(config[k] for k in names))
    load(model, golden["params"])
    x, label = bag(golden)
    order = torch.tensor(golden["randomness"]["permutation"])
    logits, pseudo_logits, scores = model(x, order)
    c.close("logits", logits[0], out["logits"])
    c.close("pseudo_logits", pseudo_logits, out["pseudo_logits"])
    c.close("attention_raw", scores[0], out["attention_raw"])
    if steps is None:
        return None
    work = DtfdMilWorkload.__new__(DtfdMilWorkload)
    work.max_norm = config["grad_clip"]
    work.set_model(model, steps["lr"], steps["weight_decay"])
    losses = work.losses(x, label, order)
    sum(losses).backward()
    for name, loss in zip(("tier1", "tier2"), losses):
        c.close(name, loss, out["loss_terms"][name])
    c.grads(model, golden["grads"])
    for i, permutation in enumerate(steps["permutations"]):
        want = sum(steps["losses"][i].values())
        c.close(f"loss of step {i}", work.step(x, label, torch.tensor(permutation)), want)
    c.params(model, steps["params_after"])


def check_classic(golden: dict, c: Comparison, model: Classic, given: tuple = ()) -> None:
    """Logits, scores, loss and gradients of a model for the classic benchmarks; `given` are further inputs."""
    load(model, golden["params"])
    model.train(golden["config"]["mode"] == "train")
    x, label = bag(golden)
    logits, scores = model(x, *given)
    loss = F.cross_entropy(logits, label)
    loss.backward()
    out = golden["outputs"]
    c.close("logits", logits[0], out["logits"])
    c.close("attention_raw", scores[0], out["attention_raw"])
    if "loss" in out:
        c.close("loss", loss, out["loss"])
        c.grads(model, golden["grads"])


def check_demil(golden: dict, c: Comparison) -> str | None:
    config = golden["config"]
    if config["variant"] != "benchmark-adaptation":
        return config["variant"]
    check_classic(golden, c, Demil(config["in_features"], config["hidden"], config["classes"]))
    return None


def check_psmil(golden: dict, c: Comparison) -> str | None:
    config = golden["config"]
    if config["variant"] != "release-benchmark":
        return config["variant"]
    sizes = (config["in_features"], config["hidden"], config["classes"])
    model = Psmil(*sizes, config["momentum"], released=True)
    model.first = config["first_call"]
    before = golden.get("state_before", {}).get("prototypes")
    if before is not None:
        model.prototypes.copy_(tensor(before))
    check_classic({**golden, "params": {**golden["params"], "prototypes": as_golden(model.prototypes)}}, c, model,
                  (golden["inputs"]["label"],))  # fmt: skip
    c.close("prototypes_after", model.prototypes, golden["outputs"]["prototypes_after"])
    return None


def as_golden(value: Tensor) -> dict:
    return {"shape": list(value.shape), "data": value.flatten().tolist()}


def check_rgmil(golden: dict, c: Comparison) -> str | None:
    config = golden["config"]
    if config["variant"] != "binary":
        return config["variant"]
    check_classic(golden, c, Rgmil(config["in_features"], config["hidden"]))
    return None


def check_ibmil(golden: dict, c: Comparison) -> str | None:
    config, out = golden["config"], golden["outputs"]
    if config.get("stage") != 2 or config["variant"] != "acmil":
        return "not the second stage of the gated form"
    names = ("D_in", "hidden", "att_dim", "joint_dim", "n_class", "num_confounders", "merge", "confounder_learnable")
    model = Ibmil(*(config[k] for k in names))
    load(model, golden["params"])
    x, label = bag(golden)
    logits, scores = model(x)
    loss = F.cross_entropy(logits, label)
    loss.backward()
    c.close("logits", logits[0], out["logits"])
    c.close("attention_raw", scores[0], out["attention_raw"])
    c.close("loss", loss, out["loss"])
    c.grads(model, golden["grads"])
    return None


def check_hdmil(golden: dict, c: Comparison) -> str | None:
    config, out = golden["config"], golden["outputs"]
    if not config["stage"].startswith("DMIN"):
        return config["stage"]
    sizes = (config["D_in"], config["L"], config["D_attn"], config["C"], config["degree"])
    model = Hdmil(*sizes, dropout=0.0, tau=config.get("tau", 0.7))
    load(model, golden["params"])
    model.train(config["train"])
    x, label = bag(golden)
    if not config["train"]:
        logits, scores = model(x)
        c.close("logits", logits[0], out["logits"])
        c.close("attention_raw", scores.T, out["attention_raw"])
        return None
    draws = golden["randomness"]
    noise = (tensor(draws["exp2"]).log() - tensor(draws["exp1"]).log())[0]
    paths = model.paths(x, noise)
    c.close("logits", paths["logits"][0], out["logits"])
    c.close("select_logits", paths["student_logits"][0], out["select_logits"])
    loss = hdmil_loss(model, x, label, config["k_sample"], config["subtyping"], config["mask_ratio"], noise)
    loss.backward()
    c.close("loss", loss, out["loss"])
    c.grads(model, golden["grads"])
    return None


def check_mhim(golden: dict, c: Comparison) -> str | None:
    """The timed step itself: losses and gradients, Adam, the moving average."""
    config, draws = golden["config"], golden["randomness"]
    if "after_step" not in golden or config["mask_ratio"] or config["mask_ratio_l"]:
        return "not a step with the high mask alone"
    work = MhimWorkload.__new__(MhimWorkload)
    work.model = Mhim(config["D_in"], config["hidden"], config["att_dim"], config["n_class"], config["dropout"])
    load(work.model, golden["params"])
    work.teacher = Teacher(work.model, config["mm"])
    load(work.teacher.model, golden["teacher_params"])
    work.ratio, work.share, work.weight = config["mask_ratio_h"], config["mask_ratio_hr"], config["cl_alpha"]
    work.optimizer = torch.optim.Adam(
        work.model.parameters(), lr=config["lr"], weight_decay=config["weight_decay"]
    )
    x, label = bag(golden)
    order = torch.tensor(draws["permutations"][0]["perm"])
    c.close("loss", work.step(x, label, order), golden["outputs"]["loss"])
    c.grads(work.model, golden["grads"])
    c.params(work.model, golden["after_step"]["student"])
    c.params(work.teacher.model, golden["after_step"]["teacher"], "teacher ")


def check_transmil(golden: dict, c: Comparison) -> str | None:
    config, out = golden["config"], golden["outputs"]
    if config["beta"] != 0:
        return "with an anchor term"
    model = TransMil(config["D_feat"], config["D_inner"], config["n_class"]).eval()
    load(model, golden["params"])
    x, label = bag(golden)
    logits = model(x)
    loss = F.cross_entropy(logits, label)
    loss.backward()
    c.close("logits", logits, out["logits"])
    c.close("loss", loss, out["loss"])
    for name, p in model.named_parameters():
        c.close(f"norm of grad {name}", p.grad.norm(), golden["grad_norms"][name])
        if name in golden["grads"]:
            c.close(f"grad {name}", p.grad, golden["grads"][name])
    return None


def check_camil(golden: dict, c: Comparison) -> str | None:
    config, inputs, out = golden["config"], golden["inputs"], golden["outputs"]
    if "label" not in inputs or config.get("variant") == "torchmil":
        return "the graph alone, or another variant"
    sizes = {"heads": "heads", "landmarks": "num_landmarks", "query": "d_qk", "pool": "d_pool"}
    options = {ours: config[theirs] for ours, theirs in sizes.items()}
    kernel = config["residual_conv_kernel"]
    model = Camil(config["dim"], config["dim"], config["outputs"], kernel=kernel, project=False, **options)
    load(model, golden["params"])
    x, label = bag(golden)
    logits, scores = model(x, tensor(inputs["neighbor_index"]).long(), tensor(inputs["neighbor_weight"]))
    if config["head"] == "sigmoid":
        loss = F.binary_cross_entropy_with_logits(logits.flatten(), label.float())
    else:
        loss = F.cross_entropy(logits, label)
    loss.backward()
    c.close("logits", logits[0], out["logits"])
    c.close("attention_raw", scores, out["attention_raw"])
    c.close("loss", loss, out["loss"])
    c.grads(model, golden["grads"])
    return None


CHECKS = {
    "abmil": check_abmil,
    "acmil": check_acmil,
    "aem": check_aem,
    "asmil-paper": check_paper,
    "asmil-release": check_release,
    "clam-sb": check_clam,
    "demil": check_demil,
    "dsmil": check_dsmil,
    "dtfd-mil": check_dtfd_mil,
    "ibmil": check_ibmil,
    "hdmil": check_hdmil,
    "mhim-mil": check_mhim,
    "psmil": check_psmil,
    "rgmil": check_rgmil,
    "transmil": check_transmil,
    "camil": check_camil,
}


def main() -> int:
    parser = argparse.ArgumentParser(description="Compare the timed PyTorch models with the golden files.")
    parser.add_argument("--goldens", type=Path, help="folder that holds a folder of each model")
    args = parser.parse_args()
    torch.manual_seed(0)
    passed = failed = skipped = 0
    for name, check in CHECKS.items():
        folder = args.goldens / name if args.goldens else FOLDERS[name]
        files = sorted(folder.glob("*.json"))
        if not files:
            print(f"no golden files in {folder}: give their parent folder with --goldens DIR", file=sys.stderr)
            return 1
        for file in files:
            golden = json.loads(file.read_text())
            c = Comparison(golden)
            reason = check(golden, c)
            if reason is not None:
                skipped += 1
                print(f"skip {name}/{file.stem}: {reason}")
            elif c.failures or c.compared == 0:
                failed += 1
                print(f"FAIL {name}/{file.stem}: " + ("; ".join(c.failures) or "nothing was compared"))
            else:
                passed += 1
                print(f"ok   {name}/{file.stem}: {c.compared} numbers, worst at {c.worst:.2g} of the bound {c.bound:g}")
    print(f"{passed} passed, {failed} failed, {skipped} skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
