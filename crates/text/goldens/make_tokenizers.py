"""Makes tokenizers.json: what Hugging Face's tokenizers does with our files, for crates/text/tests/it/tokenizers.rs.

The files tokenizer_bytes.json, tokenizer_characters.json and tokenizer_bpe.json are ours, written by that test when it
runs with UPDATE_GOLDENS=1. Needs the package `tokenizers`; its version is written into the result.
"""

import json
import pathlib
import random

import tokenizers

FOLDER = pathlib.Path(__file__).parent
KINDS = ["bytes", "characters", "bpe"]

# Of characters that the character tokenizer knows (see TRAINING in the test).
KNOWN = [
    "",
    " ",
    "the cat",
    "The cat's mat, the cats' mats.",
    "三阶是一个程序。",
    "三阶 learns 12345 words\n\n\nand rests.",
    "<|end|>",
    "the cat<|end|><|user|>三阶<|end|>",
    "<|end|>\n <|end|> <|endoftext|><|end",
    "<|<|end|>|>",
    " the  cat   sat\n  on\n\n the mat \n",
]
# For tokenizers over bytes: anything.
ANYTHING = [
    "Hello, World! It's 2026; they'll've gone, I'D say.",
    "你好，世界！今天天气怎么样？我们去公园玩吧。",
    "混合 mixed 文本text和123数字4五六",
    "日本語のテキスト、カタカナとひらがな。한국어 텍스트",
    "emoji 🌦👩‍👩‍👧‍👦🏳️‍🌈 e\u0301 é ﬁ Å",
    "tabs\tand\r\nwindows\rlines\n\n\n  \n end",
    "control \x00\x01\x1b[31m\x7f\x85\u2028\u2029\ufeff\u200b\ufdd0",
    "العربية עברית हिन्दी ไทย",
    "x" * 300,
    "三" * 300,
    " " * 50 + "a" + "\n" * 50,
    "fn main() {\n    println!(\"{}\", 1_000 + 0x1F); // 注释\n}\n",
    "ＦＵＬＬ width，。！？（）「」",
    "𠀀𠮷𡃁 rare Han 〇㐀",
    "<|end|>你好<|user|>🌦<|end|>",
    "a<|END|>b<| end |>",
    "'s 't 're 've 'll 'S 'T can't CAN'T ''' '",
    "½ ² ٣ ௧ Ⅳ ①",
]
LONG = [("the cat sat on the mat.\n", 20000), ("三阶是一个程序。\n\n", 9000), ("no line ever ends; ", 12000), ("一二三", 60000)]


def fnv(ids):
    value = 0xCBF29CE484222325
    for number in ids:
        value = ((value ^ number) * 0x100000001B3) % 2**64
    return f"{value:016x}"


def main():
    golden = {"made_with": f"tokenizers {tokenizers.__version__}"}
    for kind in KINDS:
        path = FOLDER / f"tokenizer_{kind}.json"
        parsing = tokenizers.Tokenizer.from_file(str(path))
        plain = tokenizers.Tokenizer.from_file(str(path))
        plain.encode_special_tokens = True
        cases = []
        for text in KNOWN + (ANYTHING if kind != "characters" else []):
            encoding = parsing.encode(text, add_special_tokens=False)
            cases.append(
                {
                    "text": text,
                    "ids": encoding.ids,
                    "offsets": encoding.offsets,
                    "plain": plain.encode(text, add_special_tokens=False).ids,
                    "decoded": parsing.decode(encoding.ids, skip_special_tokens=False),
                }
            )
        long = []
        for text, times in LONG:
            if kind != "characters" or text.startswith("the"):
                ids = parsing.encode(text * times, add_special_tokens=False).ids
                long.append({"text": text, "times": times, "n": len(ids), "fnv": fnv(ids)})
        chance = random.Random(7)
        broken = []
        for n in [1, 2, 3, 5, 8, 40, 200]:
            ids = [chance.randrange(parsing.get_vocab_size()) for _ in range(n)]
            broken.append({"ids": ids, "decoded": parsing.decode(ids, skip_special_tokens=False)})
        golden[kind] = {"cases": cases, "long": long, "broken": broken}
    (FOLDER / "tokenizers.json").write_text(json.dumps(golden, ensure_ascii=True) + "\n")


main()
