//! PDF: the text of twelve layouts in its order, places on pages, and files that are broken, locked or bombs.

use check::{Outcome, Stop};
use retrieval::document::{Block, Kind};
use retrieval::parse::{self, ParseError};
use retrieval::{Chunking, Document};
use std::path::{Path, PathBuf};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("goldens/pdf")
}

fn read(name: &str) -> Result<(Document, String), Stop> {
    let bytes = std::fs::read(folder().join(format!("{name}.pdf")))?;
    let text = std::fs::read_to_string(folder().join(format!("{name}.txt"))).unwrap_or_default();
    Ok((parse::parse(Path::new(name).with_extension("pdf").as_path(), &bytes)?, text))
}

/// Without white space and the marks of lists and cells.
fn letters(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace() && !matches!(c, '•' | '|')).collect()
}

const LAYOUTS: [&str; 12] = [
    "plain",
    "two_columns",
    "three_columns",
    "table",
    "bullets",
    "justified",
    "shuffled",
    "letters",
    "turned",
    "chinese",
    "chinese_outlines",
    "chinese_named",
];

/// Every layout gives the text that was written, in the order of reading.
pub fn every_layout_is_read_in_its_order() -> Outcome {
    for name in LAYOUTS {
        let (document, text) = read(name)?;
        check::equal(letters(&document.text), letters(&text), name)?;
    }
    Ok(())
}

/// Paragraphs, words, headings, items and rows are those that were written.
pub fn structure_comes_back() -> Outcome {
    // What the true text has between blank lines is a block.
    for name in ["plain", "two_columns", "three_columns", "shuffled", "letters", "turned", "chinese", "chinese_named"] {
        let (document, text) = read(name)?;
        let found: Vec<&str> = document.blocks.iter().map(|block| &document.text[block.range.clone()]).collect();
        let expected: Vec<&str> = text.trim().split("\n\n").collect();
        check::equal(found, expected, name)?;
    }
    let kinds = |name: &str, kind: Kind| -> Result<usize, Stop> {
        Ok(read(name)?.0.blocks.iter().filter(|block| block.kind == kind).count())
    };
    check::equal(kinds("plain", Kind::Heading(1))?, 1, "headings")?;
    check::equal(kinds("bullets", Kind::Item)?, 8, "items")?;
    check::equal(kinds("table", Kind::Row)?, 15, "rows")?;
    check::equal(kinds("justified", Kind::Paragraph)?, 9, "paragraphs")?;
    let (table, _) = read("table")?;
    check::that(table.text.contains("Name | Place | Amount | Year"), || table.text.clone())
}

/// Every block and every chunk says where it stands, within the page and around its own text.
pub fn every_chunk_has_its_page_and_box() -> Outcome {
    for name in LAYOUTS {
        let (document, _) = read(name)?;
        // Of A4, or of A4 on its side.
        let [width, height] = if name == "turned" { [842.0, 596.0] } else { [596.0, 842.0] };
        for block in &document.blocks {
            let Some(place) = block.place else { return check::fail(format!("{name}: a block without a place")) };
            let [left, top, right, bottom] = place.bounds;
            let is_within =
                0.0 <= left && left < right && right <= width && 0.0 <= top && top < bottom && bottom <= height;
            check::that(is_within && place.page == 1, || format!("{name}: {place:?}"))?;
        }
        for chunk in (Chunking::Recursive { tokens: 60 }).cut(&document) {
            let Some(place) = chunk.place else { return check::fail(format!("{name}: a chunk without a place")) };
            let touches = |block: &&Block| block.range.start < chunk.range.end && block.range.end > chunk.range.start;
            for inner in document.blocks.iter().filter(touches).filter_map(|block| block.place) {
                check::equal(place.around(&inner), place, "the box of a chunk holds those of its blocks")?;
            }
        }
    }
    let (document, _) = read("two_columns")?;
    let [title, left, right] = [0, 1, 6].map(|i| document.blocks[i].place.map_or([0.0; 4], |place| place.bounds));
    check::that(title[1] < left[1] && left[2] < right[0], || format!("{title:?}, {left:?}, {right:?}"))?;
    // The baseline of the title stands 70 points below the top; text is about as high as its size.
    check::that((50.0..60.0).contains(&title[1]) && (68.0..78.0).contains(&title[3]), || format!("{title:?}"))
}

/// A password is asked for by name; a file whose owner forbids changes is read.
pub fn locked_files_are_named() -> Outcome {
    let bytes = std::fs::read(folder().join("needs_password.pdf"))?;
    match parse::parse("locked.pdf".as_ref(), &bytes) {
        Err(ParseError::Encrypted { path }) => check::equal(path.as_str(), "locked.pdf", "with a password")?,
        other => return check::fail(format!("with a password: {other:?}")),
    }
    let (document, _) = read("forbids_changes")?;
    let (plain, _) = read("plain")?;
    check::equal(document.text, plain.text, "without one")
}

/// Broken files are refused or read as far as they go, and never end the program.
pub fn broken_files_cost_themselves_alone() -> Outcome {
    let damaged = |bytes: &[u8], what: &str| -> Outcome {
        match parse::parse("a.pdf".as_ref(), bytes) {
            Err(ParseError::Damaged { .. }) => Ok(()),
            other => check::fail(format!("{what}: {other:?}")),
        }
    };
    damaged(b"", "nothing")?;
    damaged(b"%PDF-1.7\n", "a head alone")?;
    damaged(b"<html>no PDF</html>", "a page of the web")?;
    damaged(&[0; 4096], "zeros")?;
    for name in ["plain", "chinese", "letters"] {
        let whole = std::fs::read(folder().join(format!("{name}.pdf")))?;
        let mut state = 7u64;
        for round in 0..150 {
            let mut bytes = whole.clone();
            for _ in 0..=round % 20 {
                state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
                let at = (state >> 33) as usize % bytes.len();
                bytes[at] = (state >> 20) as u8;
            }
            if round % 3 == 0 {
                bytes.truncate((state >> 33) as usize % bytes.len());
            }
            // Whatever comes of it, ranges are those of the text.
            if let Ok(document) = parse::parse("a.pdf".as_ref(), &bytes) {
                let all = document.blocks.iter().all(|block| document.text.get(block.range.clone()).is_some());
                check::that(all, || format!("{name}, round {round}: a block outside its text"))?;
            }
        }
    }
    Ok(())
}

/// A few kilobytes that unpack to more than is read are refused before they fill the memory.
pub fn bombs_are_refused() -> Outcome {
    let zeros = vec![b' '; 1 << 20];
    let mut packer = flate2::write::ZlibEncoder::new(vec![], flate2::Compression::best());
    for _ in 0..300 {
        std::io::Write::write_all(&mut packer, &zeros)?;
    }
    let packed = packer.finish()?;
    let mut packer = flate2::write::ZlibEncoder::new(vec![], flate2::Compression::best());
    std::io::Write::write_all(&mut packer, &packed)?;
    let packed_twice = packer.finish()?;
    for (kind, filter, packed) in [
        ("/Type /ObjStm /N 1 /First 5", "/FlateDecode", &packed),
        ("", "/FlateDecode", &packed),
        ("", "[/FlateDecode /FlateDecode]", &packed_twice),
        ("", "[/FlateDecode /LZWDecode]", &packed_twice),
    ] {
        let mut file = b"%PDF-1.7\n1 0 obj << /Type /Catalog /Pages 2 0 R >> endobj\n2 0 obj << /Type /Pages /Kids [3 0 R] /Count 1 >> endobj\n3 0 obj << /Type /Page /Parent 2 0 R /MediaBox [0 0 200 200] /Contents 4 0 R >> endobj\n".to_vec();
        file.extend(format!("4 0 obj << {kind} /Filter {filter} /Length {} >> stream\n", packed.len()).bytes());
        file.extend(packed);
        file.extend(b"\nendstream endobj\ntrailer << /Root 1 0 R >>\n%%EOF\n");
        match parse::parse("a.pdf".as_ref(), &file) {
            Err(ParseError::TooLarge { .. }) => {}
            other => return check::fail(format!("a bomb in {kind:?} by {filter}: {other:?}")),
        }
    }
    Ok(())
}

/// A file of these objects, the first of which is the catalogue and the second the tree of pages.
fn file_of(objects: &[String]) -> Vec<u8> {
    let mut file = "%PDF-1.7\n".to_string();
    for (i, object) in objects.iter().enumerate() {
        file += &format!("{} 0 obj {object} endobj\n", i + 1);
    }
    (file + "trailer << /Root 1 0 R >>\n%%EOF\n").into_bytes()
}

fn stream(dict: &str, content: &str) -> String {
    format!("<< {dict} /Length {} >> stream\n{content}\nendstream", content.len())
}

/// What a small file shows again and again, or means by one code, is bounded for the whole document, which is refused and not cut.
pub fn what_is_shown_again_and_again_ends() -> Outcome {
    let is_refused = |objects: &[String], what: &str| -> Outcome {
        match parse::parse("a.pdf".as_ref(), &file_of(objects)) {
            Err(ParseError::TooLarge { .. }) => Ok(()),
            other => check::fail(format!("{what}: {:?}", other.map(|document| document.text.len()))),
        }
    };
    const PAGES: usize = 400;
    let page = |contents: usize, resources: &str| {
        format!(
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 200] /Contents {contents} 0 R /Resources << {resources} >> >>"
        )
    };
    let tree = |n: usize| {
        let kids: String = (0..n).map(|i| format!("{} 0 R ", i + 3)).collect();
        ["<< /Type /Catalog /Pages 2 0 R >>".to_string(), format!("<< /Type /Pages /Kids [{kids}] /Count {n} >>")]
    };
    // Many pages show one form, which draws the next one ten times, and so on.
    let mut objects = tree(PAGES).to_vec();
    let first = PAGES + 3;
    objects.extend((0..PAGES).map(|_| page(first, &format!("/XObject << /X {} 0 R >>", first + 1))));
    objects.push(stream("", "/X Do"));
    for level in 1..=8 {
        let next =
            format!("/Type /XObject /Subtype /Form /Resources << /XObject << /X {} 0 R >> >>", first + level + 1);
        objects.push(stream(&next, &"/X Do ".repeat(10)));
    }
    is_refused(&objects, "forms")?;
    // Fonts that are written where they are used, again and again.
    let mut objects = tree(1).to_vec();
    let fonts: String =
        (0..2000).map(|i| format!("/F{i} << /Type /Font /Subtype /Type1 /ToUnicode 5 0 R >> ")).collect();
    objects.push(page(4, &format!("/Font << {fonts} >>")));
    objects.push(stream("", &(0..2000).map(|i| format!("/F{i} 10 Tf ")).collect::<String>()));
    objects.push(stream("", &" ".repeat(1 << 20)));
    is_refused(&objects, "fonts")?;
    // A code that stands for a long text.
    let mut objects = tree(1).to_vec();
    objects.push(page(4, "/Font << /F << /Type /Font /Subtype /Type1 /BaseFont /Times /ToUnicode 5 0 R >> >>"));
    objects.push(stream("", &format!("BT /F 10 Tf 10 100 Td ({}) Tj ET", "A".repeat(20_000))));
    objects.push(stream("", &format!("1 beginbfchar <41> <{}> endbfchar", "0042".repeat(20_000))));
    let text = parse::parse("code.pdf".as_ref(), &file_of(&objects))?.text;
    let (n, all) = (text.matches('B').count(), text.len());
    check::that((20_000..=1_100_000).contains(&n), || format!("{n} of {all}"))
}

/// A form that stands on every page, and is large, is unpacked once: the fonts of the last page are read as those of the first.
pub fn a_letterhead_costs_what_it_is() -> Outcome {
    const PAGES: usize = 300;
    let kids: String = (0..PAGES).map(|i| format!("{} 0 R ", i + 3)).collect();
    let mut objects = vec![
        "<< /Type /Catalog /Pages 2 0 R >>".to_string(),
        format!("<< /Type /Pages /Kids [{kids}] /Count {PAGES} >>"),
    ];
    let after = PAGES + 3;
    let resources = format!(
        "/XObject << /X {after} 0 R >> /Font << /F << /Type /Font /Subtype /Type1 /BaseFont /Times /ToUnicode {} 0 R >> \
         /G << /Type /Font /Subtype /Type1 /BaseFont /Times >> >>",
        after + 2
    );
    let page = format!(
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 200] /Contents {} 0 R /Resources << {resources} >> >>",
        after + 1
    );
    objects.extend(std::iter::repeat_n(page, PAGES));
    objects.push(stream("/Type /XObject /Subtype /Form", &" ".repeat(1 << 20)));
    objects.push(stream("", "/X Do BT /F 10 Tf 10 100 Td (A) Tj /G 10 Tf (A) Tj ET"));
    objects.push(stream("", "1 beginbfchar <41> <0042> endbfchar"));
    let text = parse::parse("letters.pdf".as_ref(), &file_of(&objects))?.text;
    check::equal(text.matches("BA").count(), PAGES, "pages read by their own fonts")
}
