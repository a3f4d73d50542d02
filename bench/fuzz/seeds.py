"""What fuzzing begins with: small files of every kind, made from the project's own, and words that readers know.

`write(reader, folder)` fills the folder; nothing of it is kept in the repository.
"""

import io
import json
import pathlib
import struct
import zipfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
# As the targets part an input; see fuzz/src/lib.rs.
BORDER = b"\n--part--\n"
# Larger seeds are changed too slowly to find anything.
BYTES_MAX = 60 << 10

WORD = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
DOCX = {
    "word/document.xml": f"""<w:document {WORD}><w:body><w:p><w:pPr><w:pStyle w:val="H1"/></w:pPr><w:r><w:t>Tea 茶</w:t></w:r></w:p>
<w:p><w:pPr><w:numPr><w:ilvl w:val="0"/><w:numId w:val="1"/></w:numPr></w:pPr><w:r><w:t xml:space="preserve">one </w:t><w:tab/><w:br/><w:t>&amp;&#x8336;</w:t></w:r></w:p>
<w:tbl><w:tr><w:tc><w:p><w:r><w:t>a</w:t></w:r></w:p></w:tc><w:tc><w:p/></w:tc></w:tr></w:tbl></w:body></w:document>""",
    "word/styles.xml": f"""<w:styles {WORD}><w:style w:styleId="H1"><w:name w:val="heading 1"/><w:basedOn w:val="N"/><w:pPr><w:outlineLvl w:val="0"/></w:pPr></w:style></w:styles>""",
    "docProps/core.xml": "<cp:coreProperties><dc:title>Of tea</dc:title></cp:coreProperties>",
}
XLSX = {
    "xl/workbook.xml": '<workbook><sheets><sheet name="Tea" sheetId="1" r:id="rId1"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": '<Relationships><Relationship Id="rId1" Target="worksheets/sheet1.xml"/></Relationships>',
    "xl/worksheets/sheet1.xml": '<worksheet><sheetData><row r="1"><c r="A1" t="s"><v>0</v></c><c r="C1" t="inlineStr"><is><t>x</t></is></c></row><row r="3"><c r="B3"><v>1.5</v></c></row></sheetData></worksheet>',
    "xl/sharedStrings.xml": "<sst><si><t>kind</t></si><si><r><t>a</t></r><r><t>b</t></r></si></sst>",
}
EPUB = {
    "META-INF/container.xml": '<container><rootfiles><rootfile full-path="content.opf"/></rootfiles></container>',
    "content.opf": '<package><metadata><dc:title>茶经</dc:title></metadata><manifest><item id="a" href="one.xhtml"/><item id="b" href="two.xhtml"/></manifest><spine><itemref idref="b"/><itemref idref="a"/></spine></package>',
    "one.xhtml": "<html><body><h1>One</h1><p>first</p></body></html>",
    "two.xhtml": "<html><body><h2>Two</h2><p>second <b>part</b></p></body></html>",
}
HTML = """<!doctype html><html><head><title>Tea</title><meta charset="utf-8"><script>x</script></head><body><nav>no</nav><main><h1>茶</h1>
<p>One <a href="#">link</a>.</p><ul><li>a<ul><li>b</ul></ul><pre>  code</pre><table><tr><th>k<td>v</table><br>&amp;&#33590;</main></body></html>"""
MARKDOWN = """---\ntitle: Tea\n---\n# 茶\n\nGreen *tea*[^1] is [not](#x) black.\n\n- one\n  - two\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n```rust\nfn x() {}\n```\n\n> quoted\n\n[^1]: note\n"""
CSV = 'name;price\n"a;""b""";1,5\n\n茶;"two\nlines"\n'

# Words that a change by chance would seldom make.
WORDS = {
    "pdf": ["obj", "endobj", "stream", "endstream", "xref", "trailer", "/Type", "/Pages", "/Kids", "/Contents", "/Font", "/ToUnicode", "/Encoding", "/Filter", "/FlateDecode", "/ASCII85Decode", "/LZWDecode", "/Length", "/Encrypt", "/ObjStm", "BT", "ET", "Tf", "Tj", "TJ", "Tm", "beginbfchar", "beginbfrange", "begincodespacerange", "endcmap"],
    "html": ["<p>", "</p>", "<table>", "<tr>", "<td>", "<li>", "<ul>", "<main>", "<article>", "<script>", "<style>", "<template>", "<svg>", "<math>", "<select>", "<br>", "<!--", "-->", "<![CDATA[", "&amp;", "&#x", "<meta charset="],
    "markdown": ["```", "~~~", "- [ ] ", "| --- |", "[^1]: ", "![", "](", "<div>", "***", "    ", "1. ", "> ", "---", "$$"],
    "template": ["{% for m in messages %}", "{% endfor %}", "{% if ", "{% endif %}", "{% set x = ", "{% macro f(x) %}", "{% endmacro %}", "{% include 'x' %}", "{{ ", " }}", "loop.index0", "namespace(", "raise_exception(", "strftime_now(", "|tojson", "|trim", ".split(", ".replace(", ".strip()", "range(", "|length", "messages", "[::-1]", "{% generation %}", "{% break %}", "*", "~"],
    "tokenizer": ['"model"', '"type":"BPE"', '"type":"WordPiece"', '"type":"Unigram"', '"merges"', '"vocab"', '"added_tokens"', '"normalizer"', '"pre_tokenizer"', '"post_processor"', '"decoder"', '"ByteLevel"', '"Sequence"', '"Split"', '"Regex"', '"Precompiled"', '"Metaspace"', '"TemplateProcessing"', "null", "true"],
    "config": ['"model_type"', '"hidden_size"', '"num_hidden_layers"', '"num_attention_heads"', '"num_key_value_heads"', '"head_dim"', '"vocab_size"', '"max_position_embeddings"', '"rope_scaling"', '"rope_theta"', '"sliding_window"', '"tie_word_embeddings"', "18446744073709551615", "-1", "1e308", "4294967296"],
    "gguf": ["GGUF", "general.architecture", "general.alignment", "llama.block_count", "llama.embedding_length", "llama.attention.head_count", "tokenizer.ggml.model", "tokenizer.ggml.tokens", "tokenizer.ggml.merges", "tokenizer.ggml.scores", "tokenizer.chat_template", "token_embd.weight"],
    "safetensors": ['"dtype":"F32"', '"BF16"', '"shape":[', '"data_offsets":[', '"__metadata__"'],
    "docx": ["<w:p>", "<w:r>", "<w:t>", "<w:tbl>", "<w:tr>", "<w:tc>", "w:val=", "<w:basedOn ", "&#x", "<![CDATA["],
    "xlsx": ["<row r=", "<c r=", 't="s"', 't="inlineStr"', "<v>", "XFD1048576", "A4294967295", "<si>"],
    "epub": ["<item id=", "href=", "idref=", "full-path=", "../", "%2e%2e/"],
    "csv": ['"', ";", "\\x09", "\\x0d\\x0a", ",", "|"],
    "code": ["/*", "*/", "//", "#", '\\"\\"\\"', "\\x0a\\x0a", "fn ", "def "],
    "encoding": ["\\xef\\xbb\\xbf", "\\xff\\xfe", "\\xfe\\xff", "\\x81\\x30\\x81\\x30", "\\x87\\x40"],
}


def zipped(parts):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(name, text)
    return out.getvalue()


def parted(parts):
    return BORDER.join(part.encode() for part in parts.values())


def safetensors(arrays):
    header, data = {"__metadata__": {"format": "pt"}}, b""
    for name, (dtype, shape, content) in arrays.items():
        header[name] = {"dtype": dtype, "shape": shape, "data_offsets": [len(data), len(data) + len(content)]}
        data += content
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + data


def files(pattern):
    return [path.read_bytes() for path in sorted(ROOT.glob(pattern)) if path.stat().st_size <= BYTES_MAX]


def seeds(reader):
    texts = [path.read_text("utf-8") for path in sorted(ROOT.glob("docs/**/*.md")) if path.stat().st_size < 8192]
    match reader:
        case "safetensors":
            small = {"a": ("F32", [2, 1], bytes(8)), "b": ("BF16", [3], bytes(6)), "c": ("I64", [], bytes(8)), "d": ("BOOL", [0], b"")}
            return [safetensors(small), safetensors({})] + files("crates/*/goldens/**/*.safetensors")
        case "gguf":
            return files("crates/*/goldens/**/*.gguf")
        case "config":
            configs = sorted(ROOT.glob("crates/*/goldens/**/config.json"))
            more = [path.parent for path in configs]
            parts = [[(folder / name) for name in ("config.json", "generation_config.json", "tokenizer_config.json")] for folder in more]
            return [BORDER.join(path.read_bytes() if path.exists() else b"{}" for path in row) for row in parts]
        case "tokenizer":
            return files("crates/*/goldens/**/tokenizer*.json")
        case "template":
            return [source.encode() for source in templates() + HOSTILE_TEMPLATES]
        case "pdf":
            return files("crates/retrieval/goldens/pdf/*.pdf")
        case "docx":
            return [parted(DOCX), zipped(DOCX)]
        case "xlsx":
            return [parted(XLSX), zipped(XLSX)]
        case "epub":
            return [parted(EPUB), zipped(EPUB)]
        case "html":
            return [HTML.encode(), HTML.encode("utf-16"), HTML.replace("utf-8", "gb18030").encode("gb18030")]
        case "markdown":
            return [MARKDOWN.encode()] + [text.encode() for text in texts[:20]]
        case "csv":
            return [CSV.encode(), CSV.replace(";", ",").encode(), CSV.replace(";", "\t").encode("gb18030")]
        case "code":
            return files("curriculum/*/labs/*/solution.*")
        case "encoding":
            text = "绿茶不发酵。\nGreen tea, 80 °C\n"
            return [text.encode(name) for name in ("utf-8", "utf-8-sig", "utf-16", "utf-16-be", "gb18030")] + ["綠茶不發酵。".encode("big5")]
    raise SystemExit(f"no seeds for {reader}")


# Values that are small in memory and endless to compare, that nest, or that are made before they are paid for.
HOSTILE_TEMPLATES = [
    "{% set ns = namespace(l=[1]) %}{% for i in range(99999) %}{% set ns.l = [ns.l] %}{% endfor %}x",
    "{% set ns = namespace(a=[1], b=[1]) %}{% for i in range(40) %}{% set ns.a = [ns.a, ns.a] %}{% set ns.b = [ns.b, ns.b] %}{% endfor %}{{ ns.a == ns.b }}",
    "{% macro f(a, n) %}{% if n %}{{ f([0] | batch(3, a) | list, n - 1) }}{% endif %}{% endmacro %}{{ f([1], 40) }}",
    "{{ '{:>10000000000}'.format(1) }}{{ '{:.1000000000f}'.format(1.0) }}",
    "{% set s = 'x' * 60000000 %}{% for i in range(5000) %}{% set l = s.split('x') %}{% endfor %}",
]


def templates():
    """Every string of the goldens that looks like a template."""
    found = []

    def walk(value):
        if isinstance(value, str) and "{%" in value:
            found.append(value)
        elif isinstance(value, dict | list):
            for inner in value.values() if isinstance(value, dict) else value:
                walk(inner)

    walk(json.loads((ROOT / "crates/text/goldens/templates.json").read_text("utf-8")))
    return sorted(set(found), key=len)


def write(reader, folder):
    """The seeds of a reader into `folder`, and its words into the file beside it; that file."""
    folder.mkdir(parents=True, exist_ok=True)
    found = seeds(reader)
    if not found:
        raise SystemExit(f"there is nothing to make seeds of {reader} from")
    for i, seed in enumerate(found):
        (folder / f"seed-{i:03}").write_bytes(seed)
    words = folder.parent / f"{reader}.dict"
    quoted = (word if "\\x" in word or '\\"' in word else word.replace("\\", "\\\\").replace('"', '\\"') for word in WORDS[reader])
    words.write_text("".join(f'"{word}"\n' for word in quoted).encode("ascii", "ignore").decode(), "ascii")
    return words
