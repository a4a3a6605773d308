"""Imports PyTorch, or ends the program with one line that says how to get it."""

import sys
import warnings

# PyTorch warns when NumPy is absent; nothing here uses it.
warnings.filterwarnings("ignore", message="Failed to initialize NumPy")

try:
    import torch  # noqa: F401
except ImportError as error:
    sys.exit(f"PyTorch does not load in {sys.executable} ({error}): pip install -r bench/pytorch/requirements.txt")
