"""Writes the files of test/fixtures/hdf5 with h5py. Run in packages/data: python test/features/make-hdf5.py

Features are (8 i + j) / 8 for row i and column j, coordinates (256 i, 512 i), unless the name of the file says otherwise.
"""

import os
from pathlib import Path

import h5py
import ml_dtypes
import numpy as np

OUT = Path("test/fixtures/hdf5")
FEATURES = (np.arange(160) / 8).reshape(20, 8)
COORDS = np.arange(20)[:, None] * np.array([256, 512])


def write(name, libver="earliest"):
    return h5py.File(OUT / name, "w", libver=libver)


def bfloat16():
    kind = h5py.h5t.IEEE_F16LE.copy()
    kind.set_fields(15, 7, 8, 0, 7)
    kind.set_ebias(127)
    return kind


os.makedirs(OUT, exist_ok=True)

# Files that can be read.
with write("version-3-big-endian.h5", "latest") as f:
    f.create_dataset("features", data=FEATURES.astype(">f4"), chunks=(7, 3), compression="gzip", fletcher32=True)
    f.create_dataset("coords", data=COORDS.astype(">i8"))
    f.attrs["text"] = "größer"
    f.attrs["fixed"] = np.bytes_("plain")
    f["coords"].attrs["patch_size"] = np.float32(256)
    f["coords"].attrs["downsample"] = (2.0, 2.0)
    f["coords"].attrs["odd"] = np.float16(1)
    f["coords"].attrs["none"] = h5py.Empty("f4")
with write("float64.h5") as f:
    f["features"] = FEATURES
    f["coords"] = COORDS.astype("f8")
with write("one-chunk.h5") as f:
    f.create_dataset("features", data=FEATURES.astype("f2"), chunks=(20, 8), compression=9, shuffle=True)
with write("uint8-scaleoffset.h5") as f:
    f.create_dataset("features", data=np.arange(160, dtype="u1").reshape(20, 8), scaleoffset=0)
with write("vector.h5") as f:
    f["features"] = FEATURES[1].astype("f4")
with write("no-width.h5") as f:
    f["features"] = np.zeros(0, "f4")
    f["coords"] = np.zeros((0, 2), "i8")

# Files that are refused.
with write("bfloat16.h5") as f:
    space = h5py.h5s.create_simple((2, 8))
    h5py.h5d.create(f.id, b"features", bfloat16(), space)
with write("bytes.h5") as f:
    f["features"] = FEATURES.astype(ml_dtypes.bfloat16)
with write("lzf.h5") as f:
    f.create_dataset("features", data=FEATURES, compression="lzf")
with write("unpacks-without-end.h5") as f:
    f.create_dataset("features", (10**9, 1536), "f4", chunks=(1000, 1536), compression="gzip")
with write("huge-chunks.h5") as f:
    f.create_dataset("features", (20, 8), "f4", chunks=(2**24, 8), maxshape=(None, 8))
with write("never-written.h5") as f:
    f.create_dataset("features", (10**9, 1536), "f4")
with write("virtual.h5") as f:
    layout = h5py.VirtualLayout((20, 8), "f4")
    layout[:] = h5py.VirtualSource("float64.h5", "features", (20, 8))
    f.create_virtual_dataset("features", layout)
with write("link-out.h5") as f:
    f["features"] = h5py.ExternalLink("float64.h5", "/features")
with write("four-axes.h5") as f:
    f["features"] = FEATURES.reshape(5, 4, 4, 2)
with write("other-names.h5") as f:
    f["embedding"] = FEATURES
with write("fewer-coords.h5") as f:
    f["features"] = FEATURES
    f["coords"] = COORDS[:19]
with write("broken-coords.h5") as f:
    f["features"] = FEATURES
    f["coords"] = COORDS + np.array([0.5, 0])
