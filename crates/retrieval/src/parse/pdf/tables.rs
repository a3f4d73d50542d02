//! What PDF files leave out because every reader has it: characters of glyph names and of the standard encoding, widths of the
//! standard fonts.
//!
//! Source: ISO 32000-1, annex D; the Adobe Glyph List (the names of the Latin, Greek and Cyrillic code pages and of typography);
//! Adobe's metrics of the fourteen standard fonts, ASCII alone.

use std::collections::HashMap;
use std::sync::LazyLock;

/// `AE Æ`, a line each; a space is written `U+20`.
const NAMES: &str = include_str!("glyph_names.txt");

static BY_NAME: LazyLock<HashMap<&str, &str>> = LazyLock::new(|| {
    let lines = NAMES.lines().filter_map(|line| line.split_once(' '));
    lines.map(|(name, text)| (name, if text == "U+20" { " " } else { text })).collect()
});

/// The text of a glyph by its name: `A`, `eacute`, `uni4E2D`, `u1F600`, `f_i`, `a.alt`.
pub fn text_of(name: &str) -> Option<String> {
    let name = name.split_once('.').map_or(name, |(name, _)| name);
    if let Some(text) = BY_NAME.get(name) {
        return Some(text.to_string());
    }
    if name.len() == 1 {
        return Some(name.to_string());
    }
    if name.contains('_') {
        return name.split('_').map(text_of).collect();
    }
    let character = |digits: &str| u32::from_str_radix(digits, 16).ok().and_then(char::from_u32);
    if let Some(digits) = name.strip_prefix("uni").filter(|digits| digits.len() % 4 == 0 && digits.is_ascii()) {
        return (0..digits.len()).step_by(4).map(|at| character(&digits[at..at + 4])).collect();
    }
    name.strip_prefix('u').filter(|digits| (4..=6).contains(&digits.len())).and_then(character).map(String::from)
}

/// Where the standard encoding differs from ASCII.
const STANDARD: [(u8, &str); 47] = [
    (39, "’"),
    (96, "‘"),
    (164, "⁄"),
    (166, "ƒ"),
    (168, "¤"),
    (169, "'"),
    (170, "“"),
    (172, "‹"),
    (173, "›"),
    (174, "fi"),
    (175, "fl"),
    (177, "–"),
    (178, "†"),
    (179, "‡"),
    (180, "·"),
    (183, "•"),
    (184, "‚"),
    (185, "„"),
    (186, "”"),
    (188, "…"),
    (189, "‰"),
    (193, "`"),
    (194, "´"),
    (195, "ˆ"),
    (196, "˜"),
    (197, "¯"),
    (198, "˘"),
    (199, "˙"),
    (200, "¨"),
    (202, "˚"),
    (203, "¸"),
    (205, "˝"),
    (206, "˛"),
    (207, "ˇ"),
    (208, "—"),
    (225, "Æ"),
    (227, "ª"),
    (232, "Ł"),
    (233, "Ø"),
    (234, "Œ"),
    (235, "º"),
    (241, "æ"),
    (245, "ı"),
    (248, "ł"),
    (249, "ø"),
    (250, "œ"),
    (251, "ß"),
];

/// The text of a code in the standard encoding.
pub fn standard(code: u8) -> Option<&'static str> {
    const ASCII: &str =
        " !\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstuvwxyz{|}~";
    if let Some((_, text)) = STANDARD.iter().find(|(known, _)| *known == code) {
        return Some(text);
    }
    let at = usize::from(code.checked_sub(32)?);
    ASCII.get(at..at + 1)
}

/// The width of a code of ASCII in a standard font, in thousandths of its size; `None` for other fonts and codes.
pub fn standard_width(font: &str, code: u8) -> Option<f32> {
    let is_bold = font.contains("Bold");
    let table = match font {
        font if font.starts_with("Courier") => return Some(600.0),
        font if font.starts_with("Helvetica") || font.starts_with("Arial") => {
            if is_bold {
                &HELVETICA_BOLD
            } else {
                &HELVETICA
            }
        }
        font if font.starts_with("Times") => match (is_bold, font.contains("Italic")) {
            (true, _) => &TIMES_BOLD,
            (false, true) => &TIMES_ITALIC,
            (false, false) => &TIMES,
        },
        _ => return None,
    };
    table.get(usize::from(code.checked_sub(32)?)).map(|width| f32::from(*width))
}

/// Helvetica.
const HELVETICA: [u16; 95] = [
    278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556, 556, 556, 556, 556, 556,
    556, 556, 556, 278, 278, 584, 584, 584, 556, 1015, 667, 667, 722, 722, 667, 611, 778, 722, 278, 500, 667, 556, 833,
    722, 778, 667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 278, 278, 278, 469, 556, 333, 556, 556, 500, 556,
    556, 278, 556, 556, 222, 222, 500, 222, 833, 556, 556, 556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334,
    260, 334, 584,
];
/// Helvetica-Bold.
const HELVETICA_BOLD: [u16; 95] = [
    278, 333, 474, 556, 556, 889, 722, 238, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556, 556, 556, 556, 556, 556,
    556, 556, 556, 333, 333, 584, 584, 584, 611, 975, 722, 722, 722, 722, 667, 611, 778, 722, 278, 556, 722, 611, 833,
    722, 778, 667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 333, 278, 333, 584, 556, 333, 556, 611, 556, 611,
    556, 333, 611, 611, 278, 278, 556, 278, 889, 611, 611, 611, 611, 389, 556, 333, 611, 556, 778, 556, 556, 500, 389,
    280, 389, 584,
];
/// Times-Roman.
const TIMES: [u16; 95] = [
    250, 333, 408, 500, 500, 833, 778, 180, 333, 333, 500, 564, 250, 333, 250, 278, 500, 500, 500, 500, 500, 500, 500,
    500, 500, 500, 278, 278, 564, 564, 564, 444, 921, 722, 667, 667, 722, 611, 556, 722, 722, 333, 389, 722, 611, 889,
    722, 722, 556, 722, 667, 556, 611, 722, 722, 944, 722, 722, 611, 333, 278, 333, 469, 500, 333, 444, 500, 444, 500,
    444, 333, 500, 500, 278, 278, 500, 278, 778, 500, 500, 500, 500, 333, 389, 278, 500, 500, 722, 500, 500, 444, 480,
    200, 480, 541,
];
/// Times-Bold.
const TIMES_BOLD: [u16; 95] = [
    250, 333, 555, 500, 500, 1000, 833, 278, 333, 333, 500, 570, 250, 333, 250, 278, 500, 500, 500, 500, 500, 500, 500,
    500, 500, 500, 333, 333, 570, 570, 570, 500, 930, 722, 667, 722, 722, 667, 611, 778, 778, 389, 500, 778, 667, 944,
    722, 778, 611, 778, 722, 556, 667, 722, 722, 1000, 722, 722, 667, 333, 278, 333, 581, 500, 333, 500, 556, 444, 556,
    444, 333, 500, 556, 278, 333, 556, 278, 833, 556, 500, 556, 556, 444, 389, 333, 556, 500, 722, 500, 500, 444, 394,
    220, 394, 520,
];
/// Times-Italic.
const TIMES_ITALIC: [u16; 95] = [
    250, 333, 420, 500, 500, 833, 778, 214, 333, 333, 500, 675, 250, 333, 250, 278, 500, 500, 500, 500, 500, 500, 500,
    500, 500, 500, 333, 333, 675, 675, 675, 500, 920, 611, 611, 667, 722, 611, 611, 722, 722, 333, 444, 667, 556, 833,
    667, 722, 611, 722, 611, 500, 556, 722, 611, 833, 611, 556, 556, 389, 278, 389, 422, 500, 333, 500, 500, 444, 500,
    444, 278, 500, 500, 278, 278, 444, 278, 722, 500, 500, 500, 500, 389, 389, 278, 500, 444, 667, 444, 444, 389, 400,
    275, 400, 541,
];
