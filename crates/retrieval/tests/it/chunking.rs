//! Chunks: exact ranges, budgets, delimiters, contexts.

use check::Outcome;
use retrieval::{Chunking, Document, document, parse, sentences, tokens};
use unicode_normalization::UnicodeNormalization;

const TEXT: &str = "# 茶\n\n茶是一种饮料。绿茶不发酵，红茶全发酵！“真的吗？”他问。\n\n## Making it\n\nBoil water (95 °C). Wait 3.5 minutes. \
    Prof. Li says: use 2 g per 100 ml.\n\n- green\n- black\n- 乌龙\n\n```\nfn brew() {\n    wait();\n}\n```\n\n# Milk\n\nNone, says e.g. the purist. \
    Averyveryverylongwordwithoutanyspaces_and_more_of_it_until_no_budget_can_hold_it_whole ends here.";

fn documents() -> Vec<Document> {
    let mut documents =
        vec![Document::plain(""), Document::plain("  \n\n "), Document::plain("x"), Document::plain(TEXT)];
    documents
        .extend(["a.md", "a.html", "a.rs", "a.csv"].map(|name| parse::parse(name.as_ref(), TEXT.as_bytes()).unwrap()));
    documents
}

/// Every chunking of every document: ranges slice, hold no white space at their ends, ascend, keep within the budget, lose nothing.
pub fn chunks_are_exact_ranges_within_their_budgets() -> Outcome {
    for document in documents() {
        let whole = document.text.split_whitespace().collect::<String>();
        for budget in [1, 2, 3, 7, 20, 1000] {
            for chunking in [
                Chunking::Fixed { tokens: budget, overlap: 0 },
                Chunking::Fixed { tokens: budget, overlap: budget / 2 },
                Chunking::Recursive { tokens: budget },
                Chunking::ParentChild { parent: 2 * budget, child: budget },
                Chunking::Sentences { window: 1 },
            ] {
                let chunks = chunking.cut(&document);
                let texts: Vec<&str> = chunks.iter().map(|chunk| &document.text[chunk.range.clone()]).collect();
                for (chunk, text) in chunks.iter().zip(&texts) {
                    check::that(!text.trim().is_empty() && text.trim_end() == *text, || {
                        format!("{chunking}: {text:?}")
                    })?;
                    let fits = matches!(chunking, Chunking::Sentences { .. }) || tokens::count(text) <= budget;
                    check::that(fits, || format!("{chunking}: {text:?} has {} tokens", tokens::count(text)))?;
                    check::that(
                        chunk.context.start <= chunk.range.start && chunk.range.end <= chunk.context.end,
                        || format!("{chunking}: {chunk:?} leaves its context"),
                    )?;
                }
                let ascends = chunks.windows(2).all(|pair| pair[0].range.start < pair[1].range.start);
                check::that(ascends, || format!("{chunking}: {texts:?}"))?;
                let has_overlap = matches!(chunking, Chunking::Fixed { overlap, .. } if overlap > 0);
                if !has_overlap {
                    let joined: String = texts.concat().split_whitespace().collect();
                    check::equal(&joined, &whole, &format!("{chunking} of {:?}", document.title))?;
                }
            }
        }
    }
    Ok(())
}

/// Cuts at each delimiter and nowhere else, whatever surrounds it.
pub fn delimiters_are_honoured_exactly() -> Outcome {
    let rows: [(&str, &[&str], &[&str]); 7] = [
        ("a\n\nb.\nc###d", &["###"], &["a\n\nb.\nc", "d"]),
        ("###a######b###", &["###"], &["a", "b"]),
        ("a##b###c", &["##", "###"], &["a", "b", "c"]),
        ("问：甲；答：乙。问：丙", &["问："], &["甲；答：乙。", "丙"]),
        ("a.b*c", &[".", "*"], &["a", "b", "c"]),
        ("a\n---\nb", &["\n---\n"], &["a", "b"]),
        ("no delimiter. At all.", &["|"], &["no delimiter. At all."]),
    ];
    for (text, delimiters, expected) in rows {
        let document = Document::plain(text);
        let chunking = Chunking::Delimited { delimiters: delimiters.iter().map(|d| d.to_string()).collect() };
        let found: Vec<&str> = chunking.cut(&document).iter().map(|c| &document.text[c.range.clone()]).collect();
        check::equal(found.as_slice(), expected, text)?;
    }
    Ok(())
}

/// A sentence's context is its neighbours, a child's its parent.
pub fn contexts_hold_their_chunks() -> Outcome {
    let document = Document::plain("One. Two. Three. Four.");
    let contexts = |chunking: Chunking| {
        let chunks = chunking.cut(&document);
        chunks.into_iter().map(|c| [c.range, c.context].map(|r| document.text[r].to_string())).collect::<Vec<_>>()
    };
    let windows = contexts(Chunking::Sentences { window: 1 });
    check::equal(&windows[0], &["One.".into(), "One. Two.".into()], "at the beginning")?;
    check::equal(&windows[2], &["Three.".into(), "Two. Three. Four.".into()], "in the middle")?;
    let children = contexts(Chunking::ParentChild { parent: 4, child: 2 });
    check::equal(&children[1], &["Two.".into(), "One. Two.".into()], "a child")?;
    check::equal(&children[3], &["Four.".into(), "Three. Four.".into()], "a child of the second parent")
}

/// `Display` and `FromStr` agree; nonsense is refused.
pub fn names_are_read_as_they_are_written() -> Outcome {
    for name in ["recursive:256", "fixed:512", "fixed:512/64", "sentences:2", "parent:1024/256", "delimiter:---|\\n\\n"]
    {
        check::equal(name.parse::<Chunking>()?.to_string().as_str(), name, "the name")?;
    }
    for name in ["", "recursive", "recursive:0", "fixed:10/10", "parent:10/20", "delimiter:", "magic:3", "recursive:x"]
    {
        check::that(name.parse::<Chunking>().is_err(), || format!("{name} was accepted"))?;
    }
    Ok(())
}

/// Heading paths, and headings never at the end of a chunk that has room for more.
pub fn headings_stay_with_what_they_head() -> Outcome {
    let document = parse::parse("a.md".as_ref(), TEXT.as_bytes())?;
    let chunks = Chunking::Recursive { tokens: 45 }.cut(&document);
    for (chunk, starts, headings) in [(0, "茶", vec![]), (1, "Making it", vec!["茶"])] {
        let text = &document.text[chunks[chunk].range.clone()];
        check::that(text.starts_with(starts), || format!("chunk {chunk} is {text:?}"))?;
        check::equal(chunks[chunk].headings.iter().map(String::as_str).collect::<Vec<_>>(), headings, text)?;
    }
    let ends_in_heading = chunks.iter().any(|c| document.text[c.range.clone()].ends_with("Making it"));
    check::that(!ends_in_heading, || format!("{chunks:?}"))
}

/// Chinese and English rules.
pub fn sentences_end_where_people_end_them() -> Outcome {
    let rows: [(&str, &[&str]); 9] = [
        ("It is 3.5 m. Next.", &["It is 3.5 m.", "Next."]),
        ("See Fig. 3 and Smith et al. 2020. Done", &["See Fig. 3 and Smith et al. 2020.", "Done"]),
        ("J. R. Smith came. \"Really?\" he asked.", &["J. R. Smith came.", "\"Really?\" he asked."]),
        ("Use e.g. Rust vs. C. OK!", &["Use e.g. Rust vs. C. OK!"]),
        ("他走了。她说：“好！”然后……没了", &["他走了。", "她说：“好！”", "然后……", "没了"]),
        ("版本3.5发布了。See v1.2.", &["版本3.5发布了。", "See v1.2."]),
        ("line one\nline two", &["line one", "line two"]),
        ("Wait... what? Yes.", &["Wait... what?", "Yes."]),
        ("真的?!是的。", &["真的?!", "是的。"]),
    ];
    for (text, expected) in rows {
        let found: Vec<&str> = sentences::split(text, 0..text.len()).into_iter().map(|r| &text[r]).collect();
        check::equal(found.as_slice(), expected, text)?;
    }
    Ok(())
}

/// A text comes out as if all of it were normalised, whatever it is made of.
pub fn a_text_is_normalised_when_it_must_be() -> Outcome {
    const PARTS: [&str; 48] = [
        "word",
        "A",
        "sixteen",
        "eightlet",
        "nineletts",
        " ",
        " ",
        "\n",
        "\t",
        "\u{b}",
        "\u{c}",
        "\r\n",
        "7",
        "42",
        "365",
        "2026",
        "@",
        "[",
        "`",
        "{",
        "/",
        ":",
        "\u{7f}",
        "\0",
        "é",
        "e\u{301}",
        "\u{301}",
        "ß",
        "\u{3000}",
        "\u{2003}",
        "\u{2001}",
        "茶",
        "检索增强",
        "々",
        "が",
        "か\u{3099}",
        "가",
        "Ａ",
        "，",
        "Ω\u{2126}",
        "“",
        "…",
        "、",
        "〇",
        "〡",
        "１",
        "\u{2028}",
        "\u{302a}",
    ];
    for seed in 0..400u64 {
        let random = |i: u64| (kernels::rng::uniform([seed, 2], i) * PARTS.len() as f32) as usize;
        // Runs of one part cross the blocks that are looked at together.
        let text: String = (0..2 * seed).map(|i| PARTS[random(i)].repeat(1 + random(i + 9999) / 8)).collect();
        let expected: String = text.replace("\r\n", "\n").replace('\0', "").nfc().collect();
        check::equal(document::normalise(&text), expected, &text)?;
    }
    Ok(())
}
