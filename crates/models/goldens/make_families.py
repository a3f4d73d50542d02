"""Writes families/: tiny random checkpoints of each family as `transformers` saves them, and what it computes with them.

Each folder holds `config.json`, `model.safetensors` and `expected.safetensors`: token ids of two texts, their logits, and
64 greedy tokens after the first text; for `llama` also the loss of the first text and its gradients. `llama.gguf` is
the checkpoint `llama-q8` as llama.cpp's converter lays it out (pairs of heads as neighbours), its matrices in Q8_0 by the
`gguf` package, with a small tokenizer and a template; its expectation is that of the dequantised weights. `PROMPT` is
encoded by the `tokenizers` package and continued until the end of a turn.

`gpt2` is a published GPT-2 with its tokenizer as `transformers` writes both, in f32 under the prefix `transformer.`; `gpt2-bare`
has no prefix, half precision, and the masks that older files hold; `gpt2.gguf` is laid out as llama.cpp's converter does it, and in
`gpt2-head.gguf` the head has another type than the token embedding, as llama-quantize chooses.

    python make_families.py [decoders] [gpt2] [encoders] [pooling] [classifiers]

(transformers, sentence-transformers, torch, safetensors, gguf; made with transformers 5.24)
"""

import json
import shutil
import sys
import tempfile
from pathlib import Path

import gguf
import numpy as np
import torch
import transformers
from gguf.constants import GGMLQuantizationType as Type
from gguf.quants import dequantize, quantize
from safetensors.torch import save_file

HERE = Path(__file__).parent / "families"
LENGTHS = [7, 70]
COMMON = dict(
    vocab_size=61, hidden_size=32, intermediate_size=64, num_hidden_layers=2, num_attention_heads=4,
    num_key_value_heads=2, max_position_embeddings=160, bos_token_id=None, eos_token_id=None, pad_token_id=None,
)
PROMPT = "The end of the other"
TOKENS = list("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.,") + ["Ġ", "Ċ", "th", "the", "Ġthe", "<|im_start|>", "<|im_end|>"]
MERGES = [("t", "h"), ("th", "e"), ("Ġ", "the")]
TEMPLATE = "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}{{ eos_token }}\n{% endfor %}<|im_start|>assistant\n"
LLAMA_3 = dict(
    rope_type="llama3", rope_theta=500.0, factor=4.0, low_freq_factor=1.0, high_freq_factor=4.0,
    original_max_position_embeddings=32,
)
YARN = dict(rope_type="yarn", rope_theta=500.0, factor=4.0, original_max_position_embeddings=32)
YARN_OPTIONS = dict(beta_fast=8.0, beta_slow=0.5, truncate=False, mscale=0.9, mscale_all_dim=0.5)
FAMILIES = {
    "llama": ("Llama", dict(tie_word_embeddings=False)),
    "llama-3": ("Llama", dict(tie_word_embeddings=True, rope_parameters=LLAMA_3)),
    "llama-q8": ("Llama", dict(tie_word_embeddings=True)),
    "mistral": ("Mistral", dict(tie_word_embeddings=False, sliding_window=24)),
    "qwen2": ("Qwen2", dict(tie_word_embeddings=True)),
    "qwen3": ("Qwen3", dict(tie_word_embeddings=False, head_dim=16)),
    # Within the context dynamic frequencies are the plain ones.
    "llama-dynamic": ("Llama", dict(rope_parameters=dict(rope_type="dynamic", rope_theta=500.0, factor=4.0))),
    "llama-yarn": ("Llama", dict(rope_parameters=YARN)),
    "qwen3-yarn": ("Qwen3", dict(head_dim=16, rope_parameters=YARN | YARN_OPTIONS)),
    "llama-linear": ("Llama", dict(rope_parameters=dict(rope_type="linear", rope_theta=500.0, factor=4.0))),
}


def make(family, options, seed):
    torch.manual_seed(seed)
    config = getattr(transformers, f"{family}Config")(**COMMON | options)
    config._attn_implementation = "eager"
    model = getattr(transformers, f"{family}ForCausalLM")(config).eval()
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            # Larger than an initialisation, so that every part of the mathematics shows in the logits.
            parameter.copy_(torch.randn(parameter.shape) * 0.25 + (1.0 if "norm" in name else 0.0))
    return model


def expectation(model):
    generator = torch.Generator().manual_seed(7)
    out = {}
    for i, n in enumerate(LENGTHS):
        ids = torch.randint(0, COMMON["vocab_size"], (1, n), generator=generator)
        with torch.no_grad():
            out |= {f"ids/{i}": ids[0], f"logits/{i}": model(ids).logits[0]}
    ids = out["ids/0"][None]
    for _ in range(64):
        with torch.no_grad():
            ids = torch.cat([ids, model(ids).logits[:, -1:].argmax(-1)], dim=1)
    out["greedy"] = ids[0, LENGTHS[0]:]
    return out


def gradients(model, ids):
    loss = torch.nn.functional.cross_entropy(model(ids[None, :-1]).logits[0], ids[1:])
    loss.backward()
    return {"loss": loss.detach()[None]} | {f"grad/{name}": p.grad.clone() for name, p in model.named_parameters()}


def continuation(model):
    """Ids of the prompt, and the greedy tokens after it up to a special one."""
    from tokenizers import Tokenizer, models, pre_tokenizers

    tokenizer = Tokenizer(models.BPE({token: i for i, token in enumerate(TOKENS)}, MERGES))
    cuts = [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)]
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(cuts)
    prompt = tokenizer.encode(PROMPT).ids
    ids = torch.tensor([prompt])
    while ids.shape[1] < len(prompt) + 24 and ids[0, -1] < 60:
        with torch.no_grad():
            ids = torch.cat([ids, model(ids).logits[:, -1:].argmax(-1)], dim=1)
    answer = [int(i) for i in ids[0, len(prompt):] if i < 60]
    return {"prompt": torch.tensor(prompt), "answer": torch.tensor(answer)}


def gguf_name(name):
    for theirs, ours in [
        ("model.embed_tokens", "token_embd"), ("model.norm", "output_norm"), ("lm_head", "output"),
        ("model.layers", "blk"), ("input_layernorm", "attn_norm"), ("post_attention_layernorm", "ffn_norm"),
        ("self_attn.q_proj", "attn_q"), ("self_attn.k_proj", "attn_k"), ("self_attn.v_proj", "attn_v"),
        ("self_attn.o_proj", "attn_output"), ("mlp.gate_proj", "ffn_gate"), ("mlp.up_proj", "ffn_up"),
        ("mlp.down_proj", "ffn_down"),
    ]:
        name = name.replace(theirs, ours)
    return name


def permuted(weights, n_heads):
    """What convert_hf_to_gguf.py does to queries and keys."""
    n, d = weights.shape
    return weights.reshape(n_heads, 2, n // n_heads // 2, d).swapaxes(1, 2).reshape(n, d)


def write_gguf(model):
    """Writes the file, and puts the values that its blocks mean into the model."""
    config = model.config
    writer = gguf.GGUFWriter(HERE / "llama.gguf", "llama")
    writer.add_context_length(config.max_position_embeddings)
    writer.add_vocab_size(config.vocab_size)
    writer.add_embedding_length(config.hidden_size)
    writer.add_feed_forward_length(config.intermediate_size)
    writer.add_block_count(config.num_hidden_layers)
    writer.add_head_count(config.num_attention_heads)
    writer.add_head_count_kv(config.num_key_value_heads)
    writer.add_layer_norm_rms_eps(config.rms_norm_eps)
    writer.add_rope_freq_base(10000.0)
    writer.add_rope_dimension_count(config.hidden_size // config.num_attention_heads)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("smollm")
    writer.add_token_list(TOKENS)
    writer.add_token_types([3 if token.startswith("<|") else 1 for token in TOKENS])
    writer.add_token_merges([" ".join(pair) for pair in MERGES])
    writer.add_bos_token_id(59)
    writer.add_eos_token_id(60)
    writer.add_add_bos_token(False)
    writer.add_chat_template(TEMPLATE)
    for name, parameter in model.named_parameters():
        values = parameter.detach().numpy()
        if values.ndim == 2:
            raw = quantize(values, Type.Q8_0)
            parameter.data.copy_(torch.from_numpy(dequantize(raw, Type.Q8_0)))
            heads = {"q_proj": config.num_attention_heads, "k_proj": config.num_key_value_heads}
            for projection, n_heads in heads.items():
                if projection in name:
                    raw = permuted(raw, n_heads)
            writer.add_tensor(gguf_name(name), np.ascontiguousarray(raw), raw_dtype=Type.Q8_0)
        else:
            writer.add_tensor(gguf_name(name), values)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def main():
    HERE.mkdir(exist_ok=True)
    groups = {"decoders": write_decoders, "gpt2": write_gpt2, "encoders": write_encoders, "pooling": write_pooling, "classifiers": write_classifiers}
    for name in sys.argv[1:] or groups:
        groups[name]()


def write_decoders():
    for seed, (name, (family, options)) in enumerate(FAMILIES.items()):
        folder = HERE / name
        shutil.rmtree(folder, ignore_errors=True)
        model = make(family, options, seed)
        if name == "llama-q8":
            write_gguf(model)
        model.save_pretrained(folder)
        (folder / "generation_config.json").unlink(missing_ok=True)
        expected = expectation(model)
        if name == "llama":
            expected |= gradients(model, expected["ids/0"])
        if name == "llama-q8":
            expected |= continuation(model)
            shutil.rmtree(folder)
            folder = HERE
        save_file({key: value.contiguous() for key, value in expected.items()}, folder / "expected.safetensors")


GPT2_TOKENS = TOKENS[:-2] + ["in", "<|endoftext|>"]
GPT2_MERGES = MERGES + [("i", "n")]
GPT2_PROMPT = "The end, in the other"


def write_gpt2():
    from safetensors.torch import load_file

    for name in ("gpt2", "gpt2-bare"):
        shutil.rmtree(HERE / name, ignore_errors=True)
    torch.manual_seed(50)
    config = transformers.GPT2Config(
        vocab_size=61, n_positions=160, n_embd=32, n_layer=2, n_head=4, bos_token_id=60, eos_token_id=60,
    )
    config._attn_implementation = "eager"
    model = transformers.GPT2LMHeadModel(config).eval()
    with torch.no_grad():
        for key, parameter in model.named_parameters():
            parameter.copy_(torch.randn(parameter.shape) * 0.25 + (1.0 if ".ln_" in key and "weight" in key else 0.0))
    tokenizer = transformers.GPT2Tokenizer(vocab={t: i for i, t in enumerate(GPT2_TOKENS)}, merges=GPT2_MERGES)

    def write(folder):
        expected = expectation(model)
        prompt = tokenizer(GPT2_PROMPT).input_ids
        ids = torch.tensor([prompt])
        while ids.shape[1] < len(prompt) + 24 and ids[0, -1] != 60:
            with torch.no_grad():
                ids = torch.cat([ids, model(ids).logits[:, -1:].argmax(-1)], dim=1)
        answer = [int(i) for i in ids[0, len(prompt):] if i != 60]
        expected |= {"prompt": torch.tensor(prompt), "answer": torch.tensor(answer)}
        save_file({key: value.contiguous() for key, value in expected.items()}, folder)

    model.save_pretrained(HERE / "gpt2")
    tokenizer.save_pretrained(HERE / "gpt2")
    write(HERE / "gpt2/expected.safetensors")

    model.bfloat16().transformer.save_pretrained(HERE / "gpt2-bare")
    model.float()
    arrays = load_file(HERE / "gpt2-bare/model.safetensors")
    for i in range(config.n_layer):
        arrays |= {f"h.{i}.attn.bias": torch.ones(1, 1, 8, 8).tril()}
    save_file(arrays, HERE / "gpt2-bare/model.safetensors", {"format": "pt"})
    write(HERE / "gpt2-bare/expected.safetensors")

    write_gpt2_gguf(model, "gpt2", Type.Q8_0)
    write(HERE / "gpt2-gguf.expected.safetensors")
    write_gpt2_gguf(model, "gpt2-head", Type.Q5_0)
    write(HERE / "gpt2-head.expected.safetensors")


def write_gpt2_gguf(model, file, head_type):
    """Writes the file, its matrices in Q8_0 but for the head, and puts the values that its blocks mean into the model."""
    config = model.config
    writer = gguf.GGUFWriter(HERE / f"{file}.gguf", "gpt2")
    writer.add_block_count(config.n_layer)
    writer.add_context_length(config.n_positions)
    writer.add_embedding_length(config.n_embd)
    writer.add_feed_forward_length(4 * config.n_embd)
    writer.add_head_count(config.n_head)
    writer.add_layer_norm_eps(config.layer_norm_epsilon)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("gpt-2")
    writer.add_token_list(GPT2_TOKENS)
    writer.add_token_types([3 if token.startswith("<|") else 1 for token in GPT2_TOKENS])
    writer.add_token_merges([" ".join(pair) for pair in GPT2_MERGES])
    writer.add_bos_token_id(60)
    writer.add_eos_token_id(60)
    for name, parameter in model.transformer.named_parameters():
        for theirs, ours in [
            ("wte", "token_embd"), ("wpe", "position_embd"), ("ln_f", "output_norm"), ("h.", "blk."), ("ln_1", "attn_norm"),
            ("ln_2", "ffn_norm"), ("attn.c_attn", "attn_qkv"), ("attn.c_proj", "attn_output"), ("mlp.c_fc", "ffn_up"),
            ("mlp.c_proj", "ffn_down"),
        ]:
            name = name.replace(theirs, ours)
        values = parameter.detach().numpy()
        if values.ndim == 2 and name != "position_embd.weight":
            is_table = name == "token_embd.weight"
            raw = quantize(np.ascontiguousarray(values if is_table else values.T), Type.Q8_0)
            meant = torch.from_numpy(dequantize(raw, Type.Q8_0))
            parameter.data.copy_(meant if is_table else meant.T)
            writer.add_tensor(name, raw, raw_dtype=Type.Q8_0)
            if is_table:
                head = quantize(values, head_type)
                writer.add_tensor("output.weight", head, raw_dtype=head_type)
                if head_type != Type.Q8_0:
                    model.lm_head.weight = torch.nn.Parameter(torch.from_numpy(dequantize(head, head_type)))
        else:
            writer.add_tensor(name, values)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


ENCODERS = {"bert": "Bert", "roberta": "Roberta", "xlm-roberta": "XLMRoberta"}
READER = dict(
    vocab_size=61, hidden_size=32, intermediate_size=64, num_hidden_layers=2, num_attention_heads=4,
    max_position_embeddings=80, hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0,
)


def reader(name, task, seed, **options):
    """A random model of a family of encoders, `task` being the end of its class."""
    torch.manual_seed(seed)
    family = ENCODERS[name]
    options = options if name == "bert" else options | dict(type_vocab_size=1, pad_token_id=1)
    config = getattr(transformers, f"{family}Config")(**READER | options)
    config._attn_implementation = "eager"
    model = getattr(transformers, f"{family}{task}")(config).eval()
    with torch.no_grad():
        for key, parameter in model.named_parameters():
            parameter.copy_(torch.randn(parameter.shape) * 0.25 + (1.0 if "LayerNorm.weight" in key else 0.0))
    return model


def write_words(folder, post_processor=None):
    """A tokenizer in which the words w0 to w60 are the ids 0 to 60."""
    tokenizer = {
        "version": "1.0", "truncation": None, "padding": None, "added_tokens": [], "normalizer": None,
        "pre_tokenizer": {"type": "WhitespaceSplit"}, "post_processor": post_processor, "decoder": None,
        "model": {"type": "WordLevel", "vocab": {f"w{i}": i for i in range(61)}, "unk_token": "w0"},
    }
    (folder / "tokenizer.json").write_text(json.dumps(tokenizer) + "\n")


def write_encoders():
    """BERT with the mean, brought to length 1, as sentence-transformers lays it out; the others with hidden states alone."""
    for seed, name in [(100, "bert"), (101, "roberta"), (102, "xlm-roberta")]:
        folder = HERE / name
        shutil.rmtree(folder, ignore_errors=True)
        model = reader(name, "Model", seed)
        model.save_pretrained(folder)
        out = {}
        generator = torch.Generator().manual_seed(9)
        for i, n in enumerate(LENGTHS):
            ids = torch.randint(4, 61, (1, n), generator=generator)
            with torch.no_grad():
                hidden = model(ids, attention_mask=torch.ones_like(ids)).last_hidden_state[0]
            mean = torch.nn.functional.normalize(hidden.mean(0), dim=0)
            out |= {f"ids/{i}": ids[0], f"hidden/{i}": hidden, f"mean/{i}": mean}
        save_file({key: value.contiguous() for key, value in out.items()}, folder / "expected.safetensors")
        write_words(folder)
    # As versions before 6 write it.
    (HERE / "bert/1_Pooling").mkdir()
    (HERE / "bert/1_Pooling/config.json").write_text('{"pooling_mode_mean_tokens": true}\n')
    places = [("Transformer", ""), ("Pooling", "1_Pooling"), ("Normalize", "2_Normalize")]
    modules = [{"path": path, "type": f"sentence_transformers.models.{name}"} for name, path in places]
    (HERE / "bert/modules.json").write_text(json.dumps(modules) + "\n")


def write_pooling():
    """What sentence-transformers saves beside `bert` for each way of pooling, and the vectors that it gives of two texts."""
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Dense, Normalize, Pooling, Transformer

    torch.manual_seed(0)
    ways = {mode: [Pooling(32, pooling_mode=mode)] for mode in ("mean", "cls", "max", "lasttoken")}
    ways |= {
        "cls-normalised": [Pooling(32, pooling_mode="cls"), Normalize()],
        "cls-and-max": [Pooling(32, pooling_mode=("cls", "max"))],
        "dense": [Pooling(32, pooling_mode="mean"), Dense(32, 8), Normalize()],
    }
    texts = [" ".join(f"w{20 + i % 40}" for i in range(n)) for n in LENGTHS]
    shutil.rmtree(HERE / "pooling", ignore_errors=True)
    for way, modules in ways.items():
        with tempfile.TemporaryDirectory() as saved:
            for file in ("config.json", "model.safetensors", "tokenizer.json"):
                shutil.copy(HERE / "bert" / file, saved)
            said = dict(pad_token="w1", tokenizer_class="PreTrainedTokenizerFast", model_max_length=80)
            (Path(saved) / "tokenizer_config.json").write_text(json.dumps(said))
            model = SentenceTransformer(modules=[Transformer(saved), *modules], device="cpu")
            model.save(saved)
            vectors = model.encode(texts, convert_to_tensor=True)
            folder = HERE / "pooling" / way
            (folder / "1_Pooling").mkdir(parents=True)
            for file in ("modules.json", "1_Pooling/config.json", "config_sentence_transformers.json"):
                shutil.copy(Path(saved) / file, folder / file)
        save_file({"vectors": vectors.contiguous()}, folder / "expected.safetensors")


# A text, a pair, one of a single word, and a pair that is cut to 78 tokens, the longer text more. No word begins with the
# padding w1, which `transformers` would find in it.
PASSAGES = [
    ("w5 w6 w7 w8", None), ("w9 w20 w21", "w22 w23 w24 w25 w26"), ("w27", None),
    (" ".join(f"w{20 + i % 40}" for i in range(60)), " ".join(f"w{60 - i % 40}" for i in range(40))),
]
LABELS = {0: "contradiction", 1: "entailment", 2: "neutral"}


def around(name):
    """What BERT's tokenizers put around texts (w2 before, w3 after each), or RoBERTa's (two w3 between a pair, all of one kind)."""
    def token(id, kind=0):
        return {"SpecialToken": {"id": f"w{id}", "type_id": kind}}

    def text(id, kind=0):
        return {"Sequence": {"id": id, "type_id": kind}}

    if name == "bert":
        pair = [token(2), text("A"), token(3), text("B", 1), token(3, 1)]
    else:
        pair = [token(2), text("A"), token(3), token(3), text("B"), token(3)]
    special = {f"w{i}": {"id": f"w{i}", "ids": [i], "tokens": [f"w{i}"]} for i in (2, 3)}
    return {"type": "TemplateProcessing", "single": [token(2), text("A"), token(3)], "pair": pair, "special_tokens": special}


def write_classifiers():
    """Three labels, and one (a cross-encoder): logits of PASSAGES, scores, and gradients of all weights from random ones of logits.

    Scores are the logits' softmax, or the sigmoid of one; `predicted` is what `sentence_transformers.CrossEncoder` says of the pairs."""
    from sentence_transformers import CrossEncoder

    for seed, name in enumerate(ENCODERS):
        for task, options in [
            ("labels", dict(id2label=LABELS, label2id={label: i for i, label in LABELS.items()})),
            ("relevance", dict(num_labels=1)),
        ]:
            folder = HERE / f"{name}-{task}"
            shutil.rmtree(folder, ignore_errors=True)
            model = reader(name, "ForSequenceClassification", 110 + 2 * seed + (task == "labels"), **options)
            model.save_pretrained(folder)
            write_words(folder, around(name))
            said = dict(model_max_length=78, pad_token="w1", tokenizer_class="PreTrainedTokenizerFast")
            if name == "bert":
                # As BERT's own tokenizer has it; without, a cross-encoder would not be told where the pair begins.
                said["model_input_names"] = ["input_ids", "token_type_ids", "attention_mask"]
            (folder / "tokenizer_config.json").write_text(json.dumps(said) + "\n")
            tokenizer = transformers.PreTrainedTokenizerFast(
                tokenizer_file=str(folder / "tokenizer.json"), model_max_length=78, pad_token="w1",
            )
            out = {}
            generator = torch.Generator().manual_seed(11)
            for i, (text, pair) in enumerate(PASSAGES):
                encoded = tokenizer(text, pair, truncation="longest_first", return_tensors="pt", return_token_type_ids=True)
                ids, kinds = encoded.input_ids, encoded.token_type_ids
                logits = model(ids, attention_mask=torch.ones_like(ids), token_type_ids=kinds).logits[0]
                d_logits = torch.randn(logits.shape, generator=generator)
                logits.backward(d_logits)
                scores = logits.softmax(-1) if task == "labels" else logits.sigmoid()
                out |= {f"ids/{i}": ids[0], f"kinds/{i}": kinds[0], f"logits/{i}": logits, f"scores/{i}": scores, f"d_logits/{i}": d_logits}
            prefix = "bert." if name == "bert" else "roberta."
            out |= {f"grad/{key.removeprefix(prefix)}": p.grad for key, p in model.named_parameters()}
            if task == "relevance":
                pairs = [passage for passage in PASSAGES if passage[1]]
                with torch.no_grad():
                    scores = CrossEncoder(str(folder), device="cpu").predict(pairs)
                out |= {"predicted": torch.from_numpy(scores)}
            save_file({key: value.detach().contiguous() for key, value in out.items()}, folder / "expected.safetensors")


if __name__ == "__main__":
    main()
