"""Long texts, vocabularies and the ids that the peers' own encoders give, for token_ids.py: `DATA SMOLLM2 OUT`.

OUT gets `TEXT.txt` (1 MB of the Chinese classics, and of Python), and for each vocabulary a file that sanjie reads and
`VOCABULARY.TEXT.ids`. GPT-2 (from cs336-bpe-fixtures) and Qwen 2 (from qwen-tiktoken) by tiktoken, Llama 2 by sentencepiece (both
from the vocabularies of llamacpp-vocab), BERT and SmolLM2 (from its GGUF file) by tokenizers, put together as their published files are.
"""

import base64
import gzip
import json
import pathlib
import shutil
import sys
import unicodedata

import gguf
import sentencepiece
import tiktoken
import tokenizers
import transformers
from sentencepiece import sentencepiece_model_pb2 as proto
from transformers.convert_slow_tokenizer import bytes_to_unicode

data, smollm2, out = map(pathlib.Path, sys.argv[1:])
N_BYTES = 1_000_000

sources = sorted(pathlib.Path(transformers.__file__).parent.glob("models/*/modeling_*.py"))
texts = {
    "classics": gzip.open(data / "chinese-classics/红楼梦.txt.gz").read()[:N_BYTES].decode("utf-8", "ignore"),
    "code": "".join(path.read_text() for path in sources)[:N_BYTES],
}
for name, text in texts.items():
    (out / f"{name}.txt").write_text(text, newline="")


def write(vocabulary, encode):
    for name, text in texts.items():
        (out / f"{vocabulary}.{name}.ids").write_text(" ".join(map(str, encode(text))))


character = bytes_to_unicode()


def spelled(entry):
    return "".join(character[byte] for byte in entry)


def write_gguf(name, pre, tokens, merges):
    writer = gguf.GGUFWriter(out / f"{name}.gguf", "gpt2")
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre(pre)
    writer.add_token_list(tokens)
    writer.add_token_merges(merges)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.close()


GPT2 = r"'(?:[sdmt]|ll|ve|re)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"
QWEN2 = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"

vocab = json.loads((data / "cs336-bpe-fixtures/gpt2_vocab.json").read_text())
merges = [line for line in (data / "cs336-bpe-fixtures/gpt2_merges.txt").read_text().splitlines() if line.count(" ") == 1]
byte = {c: b for b, c in character.items()}
ranks = {bytes(byte[c] for c in token): id for token, id in vocab.items() if token != "<|endoftext|>"}
write_gguf("gpt-2", "gpt-2", sorted(vocab, key=vocab.get), merges)
write("gpt-2", tiktoken.Encoding("gpt2", pat_str=GPT2, mergeable_ranks=ranks, special_tokens={}).encode_ordinary)

lines = gzip.open(data / "qwen-tiktoken/qwen.tiktoken.gz").read().split(b"\n")
ranks = {base64.b64decode(line.split()[0]): int(line.split()[1]) for line in lines if line}
qwen2 = tiktoken.Encoding("qwen2", pat_str=QWEN2, mergeable_ranks=ranks, special_tokens={})


def parts(entry):
    """The two entries that one was made of."""
    found = [bytes([b]) for b in entry]
    while len(found) > 2:
        pairs = [(ranks.get(a + b, len(ranks)), i) for i, (a, b) in enumerate(zip(found, found[1:]))]
        _, i = min(pairs)
        found[i : i + 2] = [found[i] + found[i + 1]]
    return found


entries = sorted(ranks, key=ranks.get)
joined = [" ".join(map(spelled, parts(entry))) for entry in entries if len(entry) > 1]
write_gguf("qwen2", "qwen2", [spelled(entry) for entry in entries], joined)
write("qwen2", lambda text: qwen2.encode_ordinary(unicodedata.normalize("NFC", text)))

reader = gguf.GGUFReader(data / "llamacpp-vocab/ggml-vocab-llama-spm.gguf")
shutil.copyfile(data / "llamacpp-vocab/ggml-vocab-llama-spm.gguf", out / "llama-spm.gguf")
field = {key: reader.fields[f"tokenizer.ggml.{key}"].contents() for key in ("tokens", "scores", "token_type")}
model = proto.ModelProto()
for token, score, kind in zip(field["tokens"], field["scores"], field["token_type"]):
    model.pieces.add(piece=token, score=score, type=kind)
model.trainer_spec.model_type = proto.TrainerSpec.BPE
model.trainer_spec.byte_fallback = True
model.normalizer_spec.name = "identity"
model.normalizer_spec.remove_extra_whitespaces = False
write("llama-spm", sentencepiece.SentencePieceProcessor(model_proto=model.SerializeToString()).encode)

reader = gguf.GGUFReader(data / "llamacpp-vocab/ggml-vocab-bert-bge.gguf")
shutil.copyfile(data / "llamacpp-vocab/ggml-vocab-bert-bge.gguf", out / "bert-bge.gguf")
tokens = reader.fields["tokenizer.ggml.tokens"].contents()
named = [t[1:] if t[0] == "▁" else t if t[0] == "[" and t[-1] == "]" else "##" + t for t in tokens]
bert = tokenizers.BertWordPieceTokenizer({token: i for i, token in enumerate(named)}, lowercase=True)
write("bert-bge", lambda text: bert.encode(text, add_special_tokens=False).ids)

reader = gguf.GGUFReader(smollm2)
(out / "smollm2.gguf").symlink_to(smollm2)
tokens, merges = (reader.fields[f"tokenizer.ggml.{key}"].contents() for key in ("tokens", "merges"))
merges = [tuple(merge.split(" ")) for merge in merges]
smollm = tokenizers.Tokenizer(tokenizers.models.BPE({token: i for i, token in enumerate(tokens)}, merges))
split = tokenizers.pre_tokenizers
smollm.pre_tokenizer = split.Sequence([split.Digits(individual_digits=True), split.ByteLevel(add_prefix_space=False)])
write("smollm2", lambda text: smollm.encode(text, add_special_tokens=False).ids)
