# zh: 读一个模型文件，六步。每一步是一个函数；前面的函数后面会用到。
# en: Reading a checkpoint in six steps. Each is a function, and later ones use earlier ones.
# zh: 返回的都要是 float32 数组。字节和位以 int32 数组给出，每个数是一个字节（0 到 255）。
# en: Always return a float32 array. Bytes come as int32 arrays, one number for each byte (0 to 255).
import json
import math

import numpy as np

# zh: 许多模型的 config.json 里，rms_norm_eps 和 rope_theta 就是这两个数。最后一步用它们。
# en: rms_norm_eps and rope_theta of many a config.json. The last step uses them.
EPS, BASE = 1e-5, 10000


def bf16(bits):
    # zh: bits 是 int32 [n]，每个数是一个 bf16 的 16 位（0 到 65535）-> float32 [n]。
    # en: bits is int32 [n], each number the 16 bits of a bf16 (0 to 65535) -> float32 [n].
    # zh: .view(np.float32) 把同样的位当成浮点数来看；.astype(np.float32) 是换算。
    # en: .view(np.float32) looks at the same bits as floating-point numbers; .astype(np.float32) converts.
    raise NotImplementedError


def read_array(file, which):
    # zh: file 是 int32 [n]，一个 safetensors 文件的全部字节；返回名叫 w0、w1 或 w2 的矩阵，数字由 which 给出。
    # en: file is int32 [n], all bytes of a safetensors file; return the matrix called w0, w1 or w2, by the number which.
    # zh: 类型只有 F32 和 BF16。字节可以这样变成 Python 的 bytes：file.astype(np.uint8).tobytes()
    # en: Types are F32 and BF16 alone. The bytes as Python's own: file.astype(np.uint8).tobytes()
    raise NotImplementedError


def q4_0(blocks):
    # zh: blocks 是 int32 [b, 18]，一行是一块的字节：先是两个字节的 f16 缩放，再是 16 个字节，各装两个数 -> [b, 32]。
    # en: blocks is int32 [b, 18], a row the bytes of a block: an f16 scale of two, then 16 with two numbers each -> [b, 32].
    # zh: uint8 的 .view("<f2") 把每两个字节当成一个小端的 f16 来看；切片要先 .copy()。
    # en: .view("<f2") of uint8 looks at two bytes as one little-endian f16; a slice needs .copy() first.
    raise NotImplementedError


def rms_norm(x, gain, eps):
    # zh: x [n, d]，gain [d]，eps 是只有一个数的数组 -> [n, d]。
    # en: x [n, d], gain [d], eps an array of one number -> [n, d].
    raise NotImplementedError


def rotary(x, positions, base):
    # zh: x [n, hd]，hd 是偶数；positions 是 int32 [n]；base 是整数 -> [n, hd]。第 i 个数和第 i + hd / 2 个数一起转。
    # en: x [n, hd] with an even hd; positions int32 [n]; base an integer -> [n, hd]. Number i turns with number i + hd / 2.
    raise NotImplementedError


def softmax(scores):
    weights = np.exp(scores - scores.max(axis=1, keepdims=True))
    return weights / weights.sum(axis=1, keepdims=True)


def logits(ids, embed, norms, w_q, w_k, w_v, w_o, w_gate, w_up, w_down, n_heads, n_kv_heads):
    # zh: ids 是 int32 [n]，embed [v, d]，norms [3, d]，矩阵都是 [出, 入] -> [n, v]。上面的 softmax 可以直接用。
    # en: ids int32 [n], embed [v, d], norms [3, d], matrices [out, in] -> [n, v]. The softmax above is there to be used.
    raise NotImplementedError


def logits_transformers(ids, embed, norms, w_q, w_k, w_v, w_o, w_gate, w_up, w_down, n_heads, n_kv_heads):
    # zh: 选做：同一件事，交给 transformers 的 LlamaForCausalLM。transformers 和 torch 要在函数里面 import，别处不许用。
    # en: Optional: the same by LlamaForCausalLM of transformers. Import it and torch inside this function, their only place.
    raise NotImplementedError
