"""Writes dequantised.safetensors: blocks of every quantised type and the values that the `gguf` package reads in them.

The blocks are those of `crates/formats/goldens/published/every_type.gguf`, stored as integers, one for each byte.

    python make_dequantised.py        (gguf, safetensors, torch; made with gguf 0.19)
"""

from pathlib import Path

import gguf
import numpy as np
import torch
from gguf.quants import dequantize
from safetensors.torch import save_file

FILE = Path(__file__).parents[2] / "formats/goldens/published/every_type.gguf"


def main():
    out = {}
    for tensor in gguf.GGUFReader(FILE).tensors:
        raw = np.ascontiguousarray(tensor.data).view(np.uint8).reshape(-1)
        values = dequantize(np.asarray(tensor.data), tensor.tensor_type)
        out[f"{tensor.name}/bytes"] = torch.from_numpy(raw.astype(np.int32))
        out[f"{tensor.name}/values"] = torch.from_numpy(np.ascontiguousarray(values, dtype=np.float32))
    save_file(out, Path(__file__).with_name("dequantised.safetensors"))


if __name__ == "__main__":
    main()
