"""Writes the files of test/fixtures/pytorch with PyTorch. Run in packages/data: python test/pytorch/make-fixtures.py

Hostile files are put together by hand, for PyTorch does not write them.
"""

import io
import json
import os
import pickle
import struct
import zipfile
from collections import OrderedDict
from pathlib import Path

import torch

OUT = Path("test/fixtures/pytorch")
MAGIC = 0x1950A86A20F9469CFC6C


def state():
    base = torch.arange(24, dtype=torch.float32).reshape(4, 6) / 8 - 1
    half = torch.tensor([0.5, -2.25, 65504.0, 6e-8, float("inf")])
    tied = torch.tensor([3.0, 1.5])
    return OrderedDict(
        [
            ("plain.weight", torch.tensor([[1.0, -2.5, 3.25], [0.1, 1e-30, -7.0]])),
            ("plain.bias", torch.nn.Parameter(torch.tensor([0.3, -0.4]))),
            ("half", half.to(torch.float16)),
            ("brain", torch.tensor([1.0, -3.140625, 2.0**100]).to(torch.bfloat16)),
            ("double", torch.tensor([[0.1], [2.0**-40]], dtype=torch.float64)),
            ("count", torch.tensor(123456789, dtype=torch.int64)),
            ("labels", torch.tensor([-1, 0, 2**31], dtype=torch.int64)),
            ("ints", torch.tensor([-5, 7], dtype=torch.int32)),
            ("shorts", torch.tensor([-300, 300], dtype=torch.int16)),
            ("chars", torch.tensor([-128, 127], dtype=torch.int8)),
            ("bytes", torch.tensor([0, 255], dtype=torch.uint8)),
            ("flags", torch.tensor([True, False, True])),
            ("transposed", base.t()),
            ("corner", base[1:3, 2:5]),
            ("every.second", base[::2, 1::2]),
            ("repeated", torch.tensor([4.5]).expand(2, 3)),
            ("tied.a", tied),
            ("tied.b", tied),
            ("empty", torch.zeros(0, 3)),
        ]
    )


def expected(tensors):
    def number(v):
        return v if abs(v) != float("inf") else ("Infinity" if v > 0 else "-Infinity")

    return {
        name: {
            "dtype": str(t.dtype).removeprefix("torch."),
            "shape": list(t.shape),
            "data": [number(v) for v in t.detach().to(torch.float32).flatten().tolist()],
        }
        for name, t in tensors.items()
    }


def legacy(value, path, **options):
    torch.save(value, path, _use_new_zipfile_serialization=False, **options)


def zip_of(path, entries, method=zipfile.ZIP_STORED):
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, content in entries:
            archive.writestr(zipfile.ZipInfo(name), content, compress_type=method)


def pickled(value):
    return pickle.dumps(value, protocol=2)


class Call:
    """Pickles as a call of a function."""

    def __init__(self, function, *args):
        self.call = (function, args)

    def __reduce__(self):
        return self.call


def header(magic=MAGIC, protocol=1001):
    facts = {"protocol_version": protocol, "little_endian": True, "type_sizes": {"short": 2, "int": 4, "long": 4}}
    return pickled(magic) + pickled(protocol) + pickled(facts)


def tensor_pickle(storage=b"FloatStorage", shape=(2,), stride=(1,), offset=0, count=2):
    """{"w": tensor} by hand, so that every part can be wrong."""

    def whole(i):
        return b"\x8a\x08" + struct.pack("<q", i)

    def numbers(values):
        return b"(" + b"".join(whole(v) for v in values) + b"t"

    identity = b"(X\x07\x00\x00\x00storagectorch\n" + storage + b"\nX\x01\x00\x00\x000X\x03\x00\x00\x00cpu" + whole(count)
    rebuilt = b"ctorch._utils\n_rebuild_tensor_v2\n(" + identity + b"tQ" + whole(offset) + numbers(shape) + numbers(stride)
    return b"\x80\x02}X\x01\x00\x00\x00w" + rebuilt + b"\x89ccollections\nOrderedDict\n)RtRs."


def good():
    tensors = state()
    torch.save(tensors, OUT / "zip.pth")
    legacy(tensors, OUT / "legacy.pth")
    for protocol in (3, 4, 5):
        torch.save(tensors, OUT / f"zip-protocol{protocol}.pth", pickle_protocol=protocol)
    torch.serialization.set_crc32_options(False)
    torch.save(tensors, OUT / "zip-no-checksums.pth")
    torch.serialization.set_crc32_options(True)
    (OUT / "values.json").write_text(json.dumps(expected(tensors), indent=1) + "\n")

    layer = torch.nn.Linear(3, 2)
    with torch.no_grad():
        layer.weight.copy_(torch.arange(6).reshape(2, 3) / 4)
        layer.bias.copy_(torch.tensor([1.0, -1.0]))
    optimiser = torch.optim.Adam(layer.parameters(), lr=1e-3)
    layer(torch.ones(1, 3)).sum().backward()
    optimiser.step()
    training = {"epoch": 7, "best": 0.875, "name": "tiny", "note": None, "big": 2**80, "model": layer.state_dict()}
    torch.save({**training, "optimizer": optimiser.state_dict()}, OUT / "training.pth")
    torch.save({"attention": layer.state_dict(), "head": {"fc": layer.state_dict()}}, OUT / "modules.pth")
    torch.save(torch.tensor([[1.0, 2.0]]), OUT / "tensor.pth")


def refused():
    zip_of(OUT / "call-zip.pth", [("x/data.pkl", pickled({"w": Call(os.system, "echo ran > ran.txt")})), ("x/version", "3\n")])
    (OUT / "call-legacy.pth").write_bytes(header() + pickled(Call(os.system, "echo ran > ran.txt")) + pickled([]))
    (OUT / "call-first.pkl").write_bytes(pickled(Call(eval, "1")))
    stacked = pickle.dumps({"w": Call(os.system, "true")}, protocol=4)  # STACK_GLOBAL in the place of GLOBAL
    zip_of(OUT / "call-protocol4.pth", [("x/data.pkl", stacked)])
    torch.save(torch.nn.Linear(2, 1), OUT / "whole-model.pth")
    torch.save({"w": torch.zeros(2, dtype=torch.complex64)}, OUT / "complex.pth")
    torch.save({"best": Call(complex, 1, 2), "w": torch.zeros(1)}, OUT / "extra-object.pth")
    (OUT / "wrong-magic.pth").write_bytes(header(magic=42) + pickled({}) + pickled([]))
    (OUT / "wrong-protocol.pth").write_bytes(header(protocol=1002) + pickled({}) + pickled([]))
    zip_of(OUT / "bomb.pth", [("x/data.pkl", pickled({})), ("x/data/0", bytes(8_000_000))], zipfile.ZIP_DEFLATED)
    zip_of(OUT / "traversal.pth", [("../../x/data.pkl", pickled({})), ("x/data.pkl", pickled({}))])
    zip_of(OUT / "no-pickle.pth", [("x/other", b"")])
    data = struct.pack("<2f", 1.5, -2.5)
    for name, options in {
        "by-hand": {},
        "unknown-storage": {"storage": b"QuantumStorage"},
        "beyond-storage": {"offset": 1},
        "huge-view": {"shape": (2**40, 2**40), "stride": (0, 0)},
        "wide-view": {"shape": (2**13, 2**13), "stride": (0, 0)},
        "negative-stride": {"stride": (-1,)},
        "wrong-count": {"count": 3},
        "huge-count": {"count": 2**60},
    }.items():
        zip_of(OUT / f"{name}.pth", [("x/data.pkl", tensor_pickle(**options)), ("x/data/0", data)])
    zip_of(OUT / "missing-storage.pth", [("x/data.pkl", tensor_pickle())])
    with io.BytesIO() as buffer:
        zip_of(buffer, [("x/data.pkl", tensor_pickle()), ("x/byteorder", "big"), ("x/data/0", data)])
        (OUT / "big-endian.pth").write_bytes(buffer.getvalue())


if __name__ == "__main__":
    OUT.mkdir(parents=True, exist_ok=True)
    good()
    refused()
