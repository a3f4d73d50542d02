//! Text of others for a terminal, which would obey some characters instead of showing them.

/// `text` with control characters and those that turn the direction of writing as escapes: shown, and without effect.
/// Ends of lines and tabs stay.
pub fn visible(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' | '\t' => shown.push(c),
            c if c.is_control() => shown.push_str(&format!("\\x{:02x}", c as u32)),
            '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {
                shown.push_str(&format!("\\u{:04x}", c as u32));
            }
            c => shown.push(c),
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::visible;

    #[test]
    fn what_a_terminal_obeys_is_shown_and_the_rest_stays() {
        let plain = "第 1 行：\tα = −1 \u{1f600}\n";
        assert_eq!(visible(plain), plain);
        assert_eq!(visible("\u{7}\u{1b}]0;x\r\u{9b}2J\u{7f}"), "\\x07\\x1b]0;x\\x0d\\x9b2J\\x7f");
        assert_eq!(visible("a\u{202e}b"), "a\\u202eb");
    }
}
