"""Writes golden weights as PyTorch files with the names that the official programs save.

Run in packages/experiments: python test/mil/make-fixtures.py
"""

import json
from collections import OrderedDict
from pathlib import Path

import torch

GOLDENS = Path("../baselines/goldens")
CORE = Path("../core/goldens")
OUT = Path("test/fixtures/pytorch")


def tensor(stored):
    return torch.tensor([float(v) for v in stored["data"]], dtype=torch.float32).reshape(stored["shape"])


def weights(path, root=GOLDENS):
    params = json.loads((root / path).read_text())["params"]
    return OrderedDict((name, tensor(stored)) for name, stored in params.items())


def parallel_attention(state):
    """CLAM's released files: the attention was trained on several devices, and the SVM loss keeps its labels."""
    named = OrderedDict()
    for name, tensor in state.items():
        named[name.replace("attention_net.", "attention_net.module.", 1)] = tensor
    named["instance_loss_fn.labels"] = torch.tensor([0, 1])
    return named


def modules(state):
    """DTFD-MIL saves one dictionary a module."""
    keys = {"dimReduction": "dim_reduction", "attention": "attention", "classifier": "classifier", "attCls": "att_classifier"}
    out = {key: OrderedDict() for key in keys.values()}
    for name, tensor in state.items():
        module, rest = name.split(".", 1)
        out[keys[module]][rest] = tensor
    return out


def with_prototypes(path):
    """PSMIL's goldens hold the prototypes apart; its program keeps them as a buffer."""
    state = weights(path)
    state["fbank"] = tensor(json.loads((GOLDENS / path).read_text())["state_before"]["prototypes"])
    return state


# One file a model, beside those below.
ONE_EACH = {
    "abmil": "abmil/bench_c3.json",
    "abmil-original": "abmil/original_gated_sigmoid_y1.json",
    "acmil": "acmil/ga_eval_c2.json",
    "acmil-mha": "acmil/mha_eval_c3.json",
    "aem": "aem/abmil_eval_c2.json",
    "aem-mha": "aem/mha_train_c2.json",
    "camil": "camil/c3_n10_softmax.json",
    "demil": "demil/bench_mha_eval_c2_n7.json",
    "hdmil": "hdmil/dmin_eval_c3.json",
    "ibmil": "ibmil/stage2_train_c3.json",
    "mhim-mil": "mhim-mil/eval_attn_c2.json",
    "rgmil": "rgmil/binary_eval_n7.json",
    "transmil": "transmil/c3_n7_pad.json",
}


def save(value, name, legacy=False):
    torch.save(value, OUT / name, _use_new_zipfile_serialization=not legacy)


if __name__ == "__main__":
    OUT.mkdir(parents=True, exist_ok=True)
    save(weights("dsmil/official_c1_nonlinear.json"), "dsmil-c1.pth")
    save(weights("dsmil/official_c2_nonlinear_passing_v.json"), "dsmil-c2.pth", legacy=True)
    save({"epoch": 3, "state_dict": weights("dsmil/bench_c3.json")}, "dsmil-bench.pth")
    save(parallel_attention(weights("clam-sb/official_c2_svm.json")), "clam-sb.pt", legacy=True)
    save(weights("clam-sb/official_nongated_c2_ce.json"), "clam-sb-nongated.pt")
    save(modules(weights("dtfd-mil/eval_afs_c3.json")), "dtfd-mil.pth")
    for name, path in ONE_EACH.items():
        save(weights(path), f"{name}.pth", legacy=True)
    save(with_prototypes("psmil/bench_train_c2_n9.json"), "psmil.pth")
    save(weights("asmil-paper/eval_c2.json", CORE), "asmil.pth", legacy=True)
    save(weights("asmil-release/eval_c2.json", CORE), "asmil-release.pth", legacy=True)
