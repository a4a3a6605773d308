"""Writes golden weights as PyTorch files with the names that the official programs save.

Run in packages/experiments: python test/mil/make-fixtures.py
"""

import json
from collections import OrderedDict
from pathlib import Path

import torch

GOLDENS = Path("../baselines/goldens")
OUT = Path("test/fixtures/pytorch")


def weights(path):
    params = json.loads((GOLDENS / path).read_text())["params"]
    return OrderedDict(
        (name, torch.tensor(t["data"], dtype=torch.float32).reshape(t["shape"])) for name, t in params.items()
    )


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
