//! Parsing: one content in several formats, encodings, main text, broken and hostile files.

use check::{Outcome, Stop};
use retrieval::parse::{self, ParseError, encoding};
use retrieval::{Chunking, Document};
use std::io::{Cursor, Write};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

fn read(name: &str, bytes: impl AsRef<[u8]>) -> Result<Document, Stop> {
    Ok(parse::parse(name.as_ref(), bytes.as_ref())?)
}

/// A zip archive of named parts, deflated.
fn zip(parts: &[(&str, &str)]) -> Result<Vec<u8>, Stop> {
    let mut zip = ZipWriter::new(Cursor::new(vec![]));
    for (name, text) in parts {
        zip.start_file(*name, SimpleFileOptions::default())?;
        zip.write_all(text.as_bytes())?;
    }
    Ok(zip.finish()?.into_inner())
}

const MARKDOWN: &str = "# 茶 & Tea\n\nGreen tea\nis *not* `black`. 绿茶\n不发酵。\n\n## Kinds\n\n- green\n  - long jing\n- black\n\nLast line\\\nbroken.\n\n\
    | name | 价格 |\n|---|---|\n| green | 30 |\n| black |  |\n\n> Quoted.\n\n```rust\nfn brew() {\n    wait();\n}\n```\n\n1. first\n2. second\n\n### Deep\n\nEnd.";

const HTML: &str = "<!doctype html><html><head><title>Shop - 茶 &amp; Tea</title><style>p { }</style></head><body><nav><ul><li>Home</ul></nav>\
    <main><h1>茶 &amp; Tea</h1>\n<p>Green tea\n is <em>not</em> <code>black</code>. 绿茶\n不发酵。</p><script>if (a < b) { \"<p>\" }</script>\
    <h2>Kinds</h2><ul>\n<li>green\n<ul><li>long jing</li></ul></li>\n<li><p>black</p></li></ul><div>Last line<br>broken.</div>\
    <table><thead><tr><th>name</th><th>价格</th></tr></thead><tbody><tr><td>green</td><td><p>30</p></td></tr><tr><td>black<td></tr></table>\
    <blockquote><p>Quoted.</blockquote><pre><code>fn brew() {\n    wait();\n}\n</code></pre><ol><li>first<li>second</ol><h3>Deep</h3>End.</main>\
    <footer>Imprint</footer></body></html>";

fn docx() -> Result<Vec<u8>, Stop> {
    let styles = "<w:styles xmlns:w='w'><w:style w:styleId='H1'><w:name w:val='heading 1'/></w:style>\
        <w:style w:styleId='2'><w:name w:val='Untertitel'/><w:pPr><w:outlineLvl w:val='1'/></w:pPr></w:style>\
        <w:style w:styleId='My3'><w:name w:val='Mine'/><w:basedOn w:val='H3'/></w:style><w:style w:styleId='H3'><w:name w:val='heading 3'/></w:style>\
        <w:style w:styleId='Code'><w:name w:val='Source Code'/></w:style></w:styles>";
    let p = |style: &str, body: &str| {
        let properties = match style {
            "" => String::new(),
            "item" => "<w:pPr><w:numPr><w:ilvl w:val='0'/><w:numId w:val='4'/></w:numPr></w:pPr>".to_string(),
            style => format!("<w:pPr><w:pStyle w:val='{style}'/></w:pPr>"),
        };
        format!("<w:p>{properties}{body}</w:p>")
    };
    let t = |text: &str| format!("<w:r><w:t xml:space='preserve'>{text}</w:t></w:r>");
    let row = |cells: [&str; 2]| {
        let cells: String = cells.iter().map(|text| format!("<w:tc>{}</w:tc>", p("", &t(text)))).collect();
        format!("<w:tr>{cells}</w:tr>")
    };
    let body = [
        p("H1", &t("茶 &amp; Tea")),
        p(
            "",
            &(t("Green tea is ")
                + &t("not")
                + &t(" black. 绿茶不发酵。")
                + "<w:del><w:r><w:delText>gone</w:delText></w:r></w:del>"),
        ),
        p("2", &t("Kinds")),
        p("item", &t("green")),
        p("item", &t("long jing")),
        p("item", &t("black")),
        p("", &(t("Last line") + "<w:r><w:br/></w:r>" + &t("broken."))),
        format!("<w:tbl>{}{}{}</w:tbl>", row(["name", "价格"]), row(["green", "30"]), row(["black", ""])),
        p("", &t("Quoted.")),
        p("Code", &t("fn brew() {")),
        p("Code", &t("    wait();")),
        p("Code", &t("}")),
        p("item", &t("first")),
        p("item", &t("second")),
        p("My3", &t("Deep")),
        p("", &t("End.")),
    ];
    let document =
        format!("<?xml version='1.0'?><w:document xmlns:w='w'><w:body>{}</w:body></w:document>", body.concat());
    zip(&[("word/styles.xml", styles), ("word/document.xml", &document)])
}

/// Markdown, HTML and DOCX of one content: equal texts, blocks and chunks.
pub fn one_content_gives_one_text_in_every_format() -> Outcome {
    let markdown = read("a.md", MARKDOWN)?;
    let expected = "茶 & Tea\n\nGreen tea is not black. 绿茶不发酵。\n\nKinds\n\ngreen\nlong jing\nblack\n\nLast line\nbroken.\n\n\
        name | 价格\ngreen | 30\nblack\n\nQuoted.\n\nfn brew() {\n    wait();\n}\n\nfirst\nsecond\n\nDeep\n\nEnd.";
    check::equal(markdown.text.as_str(), expected, "Markdown")?;
    check::equal(markdown.title.as_deref(), Some("茶 & Tea"), "the title")?;
    let last = markdown.blocks.last().map(|block| markdown.heading_path(block));
    check::equal(last, Some(vec!["茶 & Tea", "Kinds", "Deep"]), "the last heading path")?;
    for (name, bytes) in [("a.html", HTML.as_bytes().to_vec()), ("a.docx", docx()?)] {
        let other = read(name, bytes)?;
        check::equal(other.text.as_str(), expected, name)?;
        check::equal(&other, &markdown, name)?;
        for chunking in ["recursive:20", "fixed:10/3", "sentences:1", "parent:40/10"] {
            let chunking: Chunking = chunking.parse()?;
            check::equal(chunking.cut(&other), chunking.cut(&markdown), &format!("{name} by {chunking}"))?;
        }
    }
    Ok(())
}

/// The same words in many encodings, with and without a mark.
pub fn encodings_are_detected() -> Outcome {
    let simplified = "检索增强生成是一种让语言模型先查找资料再回答问题的方法。它减少了凭空捏造的内容。";
    let traditional = "檢索增強生成是一種讓語言模型先查找資料再回答問題的方法。它減少了憑空捏造的內容。";
    let utf16 = |text: &str, big: bool| -> Vec<u8> {
        text.encode_utf16().flat_map(|unit| if big { unit.to_be_bytes() } else { unit.to_le_bytes() }).collect()
    };
    let english = "Retrieval finds the passages first; the model answers from them. Café, naïve.";
    let rows: [(&str, Vec<u8>, &str); 13] = [
        ("UTF-8", simplified.as_bytes().to_vec(), simplified),
        ("UTF-8 with a mark", ["\u{feff}", simplified].concat().into_bytes(), simplified),
        ("GB18030", encoding_rs::GB18030.encode(simplified).0.into_owned(), simplified),
        (
            "GB18030's four bytes",
            encoding_rs::GB18030.encode("㐀字，这是一个测试文件。").0.into_owned(),
            "㐀字，这是一个测试文件。",
        ),
        ("Big5", encoding_rs::BIG5.encode(traditional).0.into_owned(), traditional),
        ("UTF-16 with a mark", [vec![0xfe, 0xff], utf16(simplified, true)].concat(), simplified),
        ("UTF-16, little endian", utf16(english, false), english),
        ("UTF-16, big endian", utf16(english, true), english),
        ("UTF-16 without ASCII, little endian", utf16(simplified, false), simplified),
        ("UTF-16 without ASCII, big endian", utf16(simplified, true), simplified),
        ("UTF-16 without ASCII, traditional", utf16(traditional, false), traditional),
        ("UTF-16, short", utf16("绿茶不发酵。", true), "绿茶不发酵。"),
        ("windows-1252", encoding_rs::WINDOWS_1252.encode(english).0.into_owned(), english),
    ];
    for (name, bytes, expected) in rows {
        check::equal(encoding::decode(&bytes).as_deref(), Some(expected), name)?;
    }
    let page = encoding_rs::BIG5.encode("<meta charset=big5><p>茶</p>").0.into_owned();
    check::equal(read("a.html", page)?.text.as_str(), "茶", "a label")
}

/// Navigation, asides and scripts go; without a main element everything else stays.
pub fn main_text_of_a_page() -> Outcome {
    let long = "A text that says much. ".repeat(20).trim().to_string();
    let with_sidebar = format!("<div class='with sidebar'><p>{long}<div class=ads>Buy</div></div>");
    let rows: [(&str, &str); 14] = [
        ("<nav>N</nav><p>A<aside>B</aside><p>C<footer>F</footer>", "A\n\nC"),
        ("<body><div>X</div><article><h2>T</h2>Y</article></body>", "T\n\nY"),
        ("<main></main><p>Only outside", "Only outside"),
        // What calls itself no main text goes if it is links or little.
        ("<div class='top-nav'><a>Home</a> <a>Shop</a></div><p>A", "A"),
        (
            "<div id=cookieBar class='cookie bar'>We use cookies.</div><p>A<div class=sidebar><div>x</div>y</div><p>B",
            "A\n\nB",
        ),
        ("<div class=menu>Soup of the day</div><p>A", "Soup of the day\n\nA"),
        ("<div class=menu><a>Soup</a></div><p>A", "A"),
        (&with_sidebar, &long),
        ("<div class=navy>A</div>", "A"),
        ("<div class=footer>All there is", "All there is"),
        ("<div class=nav><a>Only links</a></div>", "Only links"),
        ("<table><tr><td><div class=nav>A</div><td>B</table>", "A | B"),
        ("<p>a&nbsp;b &#20013;&eacute; &lt;x&gt;</p>", "a b 中é <x>"),
        ("<textarea><p>no</textarea><p>yes<!-- no --><noscript>no</noscript>", "yes"),
    ];
    for (page, expected) in rows {
        check::equal(read("a.html", page)?.text.as_str(), expected, page)?;
    }
    check::equal(read("a.html", "<title>T &amp; U</title><p>x")?.title.as_deref(), Some("T & U"), "the title")
}

/// Missing ends, wrong nesting, nothing at all.
pub fn broken_html_is_read() -> Outcome {
    let rows = [
        ("", ""),
        ("<", "<"),
        ("<p>a<p>b</div></p></table><b>c", "a\n\nb\n\nc"),
        ("<ul><li>a<li>b</ul></ul></ul>c<li>d", "a\nb\n\nc\n\nd"),
        ("<table><tr><td>a<td>b<tr><td>c</table>d", "a | b\nc\n\nd"),
        ("<h1>a<h2>b", "a\n\nb"),
        ("<pre>a\n b", "a\n b"),
    ];
    for (page, expected) in rows {
        check::equal(read("a.html", page)?.text.as_str(), expected, page)?;
    }
    Ok(())
}

/// CSV and XLSX rows repeat the names of their columns.
pub fn tables_as_files() -> Outcome {
    let csv = read("a.csv", "name;价格\n\"green\n tea\";30\nblack;\n;\nextra;1;2\n")?;
    check::equal(csv.text.as_str(), "name: green tea; 价格: 30\nname: black\nname: extra; 价格: 1; 2", "CSV")?;
    let xlsx = zip(&[
        (
            "xl/workbook.xml",
            "<workbook xmlns:r='r'><sheets><sheet name='Tea' sheetId='1' r:id='rId7'/></sheets></workbook>",
        ),
        (
            "xl/_rels/workbook.xml.rels",
            "<Relationships><Relationship Id='rId7' Target='worksheets/sheet1.xml'/></Relationships>",
        ),
        ("xl/sharedStrings.xml", "<sst><si><t>name</t></si><si><r><t>gre</t></r><r><t>en</t></r></si></sst>"),
        (
            "xl/worksheets/sheet1.xml",
            "<worksheet><sheetData><row><c r='A1' t='s'><v>0</v></c><c r='C1' t='inlineStr'><is><t>price</t></is></c></row>\
             <row><c r='A2' t='s'><v>1</v></c><c r='C2'><v>30.5</v></c></row></sheetData></worksheet>",
        ),
    ])?;
    check::equal(read("a.xlsx", xlsx)?.text.as_str(), "Tea\n\nname: green; price: 30.5", "XLSX")?;
    let shown = zip(&[
        ("xl/workbook.xml", "<workbook><sheets><sheet name='S' r:id='a'/></sheets></workbook>"),
        ("xl/_rels/workbook.xml.rels", "<Relationships><Relationship Id='a' Target='s.xml'/></Relationships>"),
        (
            "xl/styles.xml",
            "<styleSheet><numFmts><numFmt numFmtId='164' formatCode='d/m/yyyy h:mm'/><numFmt numFmtId='165' \
             formatCode='0.00\"%-free\"'/></numFmts><cellStyleXfs><xf numFmtId='14'/></cellStyleXfs>\
             <cellXfs><xf numFmtId='0'/><xf numFmtId='14'/><xf numFmtId='10'/><xf numFmtId='164'/><xf numFmtId='165'/></cellXfs></styleSheet>",
        ),
        (
            "xl/s.xml",
            "<worksheet><row><c t='str'><v>h</v></c></row><row><c s='1'><v>45356</v></c><c s='2'><v>0.125</v></c>\
             <c s='3'><v>45356.604166667</v></c><c s='4'><v>2.5</v></c><c t='b'><v>1</v></c><c t='b'><v>0</v></c>\
             <c s='9'><v>7</v></c><c s='1' t='str'><v>45356</v></c></row></worksheet>",
        ),
    ])?;
    let expected = "S\n\nh: 2024-03-05; 12.5%; 2024-03-05 14:30; 2.5; TRUE; FALSE; 7; 45356";
    check::equal(read("shown.xlsx", shown)?.text.as_str(), expected, "what cells show")
}

/// The order is the spine's, references are relative and escaped.
pub fn books_in_reading_order() -> Outcome {
    let book = zip(&[
        (
            "META-INF/container.xml",
            "<container><rootfiles><rootfile full-path='OEBPS/book.opf'/></rootfiles></container>",
        ),
        (
            "OEBPS/book.opf",
            "<package xmlns:dc='d'><metadata><dc:title>茶经</dc:title></metadata><manifest><item id='b' href='text/b%20b.xhtml'/>\
             <item id='a' href='a.xhtml'/></manifest><spine><itemref idref='b'/><itemref idref='a'/></spine></package>",
        ),
        ("OEBPS/a.xhtml", "<html><head><title/></head><body><h1>Two</h1><p>second</p></body></html>"),
        ("OEBPS/text/b b.xhtml", "<html><head><script src='x'/></head><body><h1>One</h1><p>first</p></body></html>"),
    ])?;
    let document = read("a.epub", book)?;
    check::equal(document.text.as_str(), "One\n\nfirst\n\nTwo\n\nsecond", "the text")?;
    check::equal(document.title.as_deref(), Some("茶经"), "the title")
}

/// Each bad file gets its own refusal, quickly, and none a panic.
pub fn bad_files_are_refused_by_name() -> Outcome {
    let bomb = zip(&[("word/document.xml", &"<w:p/>".repeat((parse::UNPACKED_BYTES_MAX / 6 + 1) as usize))])?;
    check::that(bomb.len() < 4 << 20, || "the bomb is not small".into())?;
    let rows: [(&str, Vec<u8>, &str); 8] = [
        ("photo.jpg", vec![], "kb.unsupported"),
        ("noise.txt", (0..4096u32).map(|i| (i.wrapping_mul(2654435761) >> 13) as u8).collect(), "kb.not_text"),
        ("bomb.docx", bomb, "kb.too_large"),
        ("large.txt", vec![b'a'; parse::FILE_BYTES_MAX as usize + 1], "kb.too_large"),
        ("text.docx", b"not an archive".to_vec(), "kb.damaged"),
        ("other.docx", zip(&[("x", "y")])?, "kb.no_part"),
        ("locked.docx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1rest".to_vec(), "kb.encrypted"),
        ("cut.epub", zip(&[("META-INF/container.xml", "<container><rootfile full-path='a.opf'/>")])?, "kb.no_part"),
    ];
    for (name, bytes, code) in rows {
        let error: ParseError = match parse::parse(name.as_ref(), &bytes) {
            Err(error) => error,
            Ok(document) => {
                return check::fail(format!("{name} gave {:?}", &document.text[..document.text.len().min(80)]));
            }
        };
        check::equal(sys::Coded::code(&error), code, name)?;
        check::that(error.to_string().contains(name), || format!("{error} does not name {name}"))?;
    }
    Ok(())
}

/// What a file says once and means often stays small, or is refused: a few kilobytes never become gigabytes.
pub fn what_is_repeated_is_bounded() -> Outcome {
    let sheet = |strings: &str, rows: &str| {
        zip(&[
            ("xl/workbook.xml", "<workbook><sheets><sheet name='S' r:id='a'/></sheets></workbook>"),
            ("xl/_rels/workbook.xml.rels", "<Relationships><Relationship Id='a' Target='s.xml'/></Relationships>"),
            ("xl/sharedStrings.xml", strings),
            ("xl/s.xml", &format!("<worksheet>{rows}</worksheet>")),
        ])
    };
    // Cells in the last column of many rows do not bring the columns before them along.
    let last = "<row><c r='XFD1'><v>1</v></c></row>".repeat(20_000);
    let document = read("last.xlsx", sheet("<sst/>", &last)?)?;
    check::equal(document.blocks.len(), 20_000, "the heading, and a row for each but the first")?;
    // Columns that go back go on.
    let back =
        "<row><c r='C1'><v>c</v></c><c r='A1'><v>d</v></c></row><row><c r='C2'><v>1</v></c><c><v>2</v></c></row>";
    check::equal(read("back.xlsx", sheet("<sst/>", back)?)?.text.as_str(), "S\n\nc: 1; d: 2", "columns")?;
    // A long first row is no row of names.
    let long = "x".repeat(200_000);
    let csv = format!("{long},b\n") + &"1,2\n".repeat(20_000);
    check::that(read("long.csv", csv)?.text.len() < 200_000, || "a long name is repeated".into())?;
    // One long text that thousands of cells share: rows of one cell, one row of all, and the row of names.
    let strings = format!("<sst><si><t>{}</t></si></sst>", "x".repeat(1 << 20));
    let shared = "<c t='s'><v>0</v></c>";
    let (each, all) = (format!("<row>{shared}</row>").repeat(1000), shared.repeat(1000));
    for rows in [each, format!("<row><c><v>a</v></c></row><row>{all}</row>"), format!("<row>{all}</row>")] {
        let refused = parse::parse("shared.xlsx".as_ref(), &sheet(&strings, &rows)?).err();
        check::equal(refused.map(|error| sys::Coded::code(&error)), Some("kb.too_large"), &rows[..60])?;
    }
    // Many sheets that are one part, each with a row of names that is left out.
    let names = format!("<row>{}</row>", shared.repeat(40));
    let sheets = "<sheet name='S' r:id='a'/>".repeat(100);
    let many = zip(&[
        ("xl/workbook.xml", &*format!("<workbook><sheets>{sheets}</sheets></workbook>")),
        ("xl/_rels/workbook.xml.rels", "<Relationships><Relationship Id='a' Target='s.xml'/></Relationships>"),
        ("xl/sharedStrings.xml", &strings),
        ("xl/s.xml", &format!("<worksheet>{names}</worksheet>")),
    ])?;
    let refused = parse::parse("many.xlsx".as_ref(), &many).err();
    check::equal(refused.map(|error| sys::Coded::code(&error)), Some("kb.too_large"), "many sheets of one part")?;
    // A cell that ends again and again ends once.
    let ends = format!("<row/><row>{}<c><v>tea</v>{}</row>", "<a>".repeat(999), "</c>".repeat(1000));
    check::equal(read("ends.xlsx", sheet("<sst/>", &ends)?)?.text.as_str(), "S\n\ntea", "a cell's ends")?;
    // A chapter that a book names again and again is read once.
    let book = zip(&[
        ("META-INF/container.xml", "<container><rootfile full-path='b.opf'/></container>"),
        (
            "b.opf",
            &format!(
                "<package><manifest><item id='a' href='a.xhtml'/><item id='b' href='./a.xhtml'/></manifest><spine>{}</spine></package>",
                "<itemref idref='a'/><itemref idref='b'/>".repeat(1000)
            ),
        ),
        ("a.xhtml", "<p>tea</p>"),
    ])?;
    check::equal(read("again.epub", book)?.text.as_str(), "tea", "a chapter")
}
