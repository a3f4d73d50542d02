//! What a cell of a workbook shows: dates, times, percentages and truth values, which are stored as plain numbers.
//!
//! The number format tells: those that Excel has built in by their numbers, others by their codes. Only the kind is taken from it, not
//! the look: a date is `2024-03-05` whatever order the sheet shows it in, so that the same day is the same text everywhere.
//!
//! Source: ECMA-376 part 1, 18.8.30 (number formats), 18.17.4.1 (dates as numbers).

use super::archive::Fault;
use super::xml::{self, Piece};
use std::collections::HashMap;

/// What the numbers of a cell stand for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Shown {
    /// Themselves.
    #[default]
    Number,
    /// Days since the end of 1899, or of 1903.
    Date,
    /// Hundredths.
    Percent,
}

/// The formats of a workbook, by the numbers that its cells name.
#[derive(Default)]
pub struct Formats {
    styles: Vec<Shown>,
    /// Whether days are counted from 1904 on.
    is_1904: bool,
}

impl Formats {
    /// Reads `xl/styles.xml` of a workbook that counts days from 1904 on, or from 1900.
    pub fn read(text: &str, is_1904: bool) -> Result<Formats, Fault> {
        let mut own: HashMap<u32, Shown> = HashMap::new();
        let mut styles = vec![];
        let mut is_cell = false;
        xml::read(text, |piece| match piece {
            Piece::Open("numFmt", attributes) => {
                let id = attributes.get("numFmtId").and_then(|id| id.parse().ok());
                own.extend(id.zip(attributes.get("formatCode").map(|code| of_code(&code))));
            }
            Piece::Open("cellXfs", _) => is_cell = true,
            Piece::Close("cellXfs") => is_cell = false,
            Piece::Open("xf", attributes) if is_cell => {
                let id: u32 = attributes.get("numFmtId").and_then(|id| id.parse().ok()).unwrap_or(0);
                styles.push(own.get(&id).copied().unwrap_or_else(|| built_in(id)));
            }
            _ => {}
        })?;
        Ok(Formats { styles, is_1904 })
    }

    /// What a cell shows that holds `value` and names `style`.
    pub fn show(&self, style: Option<usize>, value: &str) -> Option<String> {
        let shown = self.styles.get(style?)?;
        let number: f64 = value.trim().parse().ok().filter(|number: &f64| number.is_finite())?;
        match shown {
            Shown::Number => None,
            Shown::Percent => Some(format!("{}%", short(number * 100.0))),
            Shown::Date => date(number, self.is_1904),
        }
    }
}

fn built_in(id: u32) -> Shown {
    match id {
        9 | 10 => Shown::Percent,
        14..=22 | 27..=36 | 45..=47 | 50..=58 => Shown::Date,
        _ => Shown::Number,
    }
}

/// What a code such as `yyyy"年"m"月"` or `0.0%` shows; what stands in quotation marks, in brackets or after a backslash is no part of it.
fn of_code(code: &str) -> Shown {
    let (mut is_quoted, mut is_bracketed, mut is_escaped) = (false, false, false);
    let mut kind = Shown::Number;
    // The second part is for negative numbers.
    for c in code.split(';').next().unwrap_or("").chars() {
        match c {
            _ if is_escaped => is_escaped = false,
            '\\' | '_' | '*' => is_escaped = true,
            '"' => is_quoted = !is_quoted,
            '[' if !is_quoted => is_bracketed = true,
            ']' if !is_quoted => is_bracketed = false,
            _ if is_quoted || is_bracketed => {}
            '%' => return Shown::Percent,
            'y' | 'Y' | 'm' | 'M' | 'd' | 'D' | 'h' | 'H' => kind = Shown::Date,
            _ => {}
        }
    }
    kind
}

/// With at most ten digits after the point, and none that says nothing.
fn short(number: f64) -> String {
    let text = format!("{number:.10}");
    text.trim_end_matches('0').trim_end_matches('.').to_string()
}

/// The day, with the time if there is one, or the time alone; `None` for what Excel itself takes for no date.
fn date(serial: f64, is_1904: bool) -> Option<String> {
    const DAYS_MAX: f64 = 2_958_466.0;
    if !(0.0..DAYS_MAX).contains(&serial) {
        return None;
    }
    let seconds = (serial * 86_400.0).round() as i64;
    let (days, seconds) = (seconds / 86_400, seconds % 86_400);
    let (hours, minutes, rest) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    let time = if rest > 0 { format!("{hours:02}:{minutes:02}:{rest:02}") } else { format!("{hours:02}:{minutes:02}") };
    if days == 0 && !is_1904 {
        return Some(time);
    }
    // Days from 1 March of the year 0 on: 1899-12-30, 1904-01-01. Excel's 1900 has a 29 February, before which it is one day ahead.
    let origin = if is_1904 { 695_361 } else { 693_899 + i64::from(days < 60) };
    let (year, month, day) = civil(origin + days);
    let date = format!("{year:04}-{month:02}-{day:02}");
    Some(if seconds > 0 { format!("{date} {time}") } else { date })
}

/// Year, month and day of a day counted from 1 March of the year 0 (Hinnant, "chrono-compatible low-level date algorithms").
fn civil(days: i64) -> (i64, i64, i64) {
    let era = days.div_euclid(146_097);
    let of_era = days.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::{Shown, date, of_code};

    #[test]
    fn numbers_are_shown_as_the_sheet_means_them() {
        for (serial, is_1904, expected) in [
            (1.0, false, Some("1900-01-01")),
            (59.0, false, Some("1900-02-28")),
            (61.0, false, Some("1900-03-01")),
            (45356.0, false, Some("2024-03-05")),
            (45351.0, false, Some("2024-02-29")),
            (45356.604166667, false, Some("2024-03-05 14:30")),
            (0.5, false, Some("12:00")),
            (0.0, true, Some("1904-01-01")),
            (43894.0, true, Some("2024-03-05")),
            (-1.0, false, None),
            (1e9, false, None),
        ] {
            assert_eq!(date(serial, is_1904).as_deref(), expected, "{serial}");
        }
        for (code, shown) in [
            ("yyyy\"年\"m\"月\"", Shown::Date),
            ("[$-409]h:mm", Shown::Date),
            ("0.0%", Shown::Percent),
            ("#,##0 \"days\"", Shown::Number),
            ("[Red]0.00", Shown::Number),
            ("General", Shown::Number),
            ("0\\d", Shown::Number),
        ] {
            assert_eq!(of_code(code), shown, "{code}");
        }
    }
}
