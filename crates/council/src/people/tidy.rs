//! Cells to clean text.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// A cell as it is kept: in normal form C, white space of every kind as single spaces and none around it, and without the
/// characters that a text of the book may not hold. The second value says whether some of those were dropped.
pub(super) fn tidy(cell: &str) -> (String, bool) {
    // A spreadsheet writes ="0600" so that another one takes it for text.
    let cell = cell.trim();
    let cell = cell.strip_prefix("=\"").and_then(|rest| rest.strip_suffix('"')).unwrap_or(cell);
    let mut dropped = false;
    let mut kept = String::with_capacity(cell.len());
    let mut gap = false;
    for c in cell.chars() {
        if c.is_whitespace() {
            gap = true;
        } else if book::text::is_refused(c) {
            dropped = true;
        } else {
            if gap && !kept.is_empty() {
                kept.push(' ');
            }
            gap = false;
            kept.push(c);
        }
    }
    if !kept.is_ascii() {
        kept = kept.nfc().collect();
    }
    (kept, dropped)
}

/// What is odd in a name, if anything: the signs of a wrong encoding, and characters that no name has.
pub(super) fn oddity(name: &str) -> Option<String> {
    if is_garbled(name) {
        return Some("it looks garbled by a wrong encoding: save the list as CSV (UTF-8) anew".into());
    }
    let odd = name.chars().find(|c| !is_of_names(*c))?;
    Some(match odd {
        '\u{fffd}' => "a character was lost (\u{fffd})".into(),
        odd => format!("it holds {odd:?}, which is odd in a name"),
    })
}

fn is_of_names(c: char) -> bool {
    c.is_alphabetic()
        || is_combining_mark(c)
        || matches!(
            c,
            ' ' | '-' | '\'' | '’' | '‘' | '.' | ',' | '·' | '(' | ')' | '"' | '“' | '”' | '«' | '»'
        )
        || matches!(c, '\u{2010}' | '\u{2011}' | '/' | '\u{200c}' | '\u{200d}')
}

/// UTF-8 that was taken for Windows-1252: Ã or Â before a character that stands for a continuation byte.
fn is_garbled(name: &str) -> bool {
    let after = |c: char| {
        matches!(c, '\u{a0}'..='\u{bf}' | '€' | '‚' | 'ƒ' | '„' | '…' | '†' | '‡' | 'ˆ' | '‰' | '‹' | '\u{2018}'..='\u{201d}')
            || matches!(c, '•' | '–' | '—' | '˜' | '™' | '›')
    };
    name.chars().zip(name.chars().skip(1)).any(|(c, next)| matches!(c, 'Ã' | 'Â') && after(next))
}

/// The number in a cell, if it is one from 1 below 2^31.
pub(super) fn number(cell: &str) -> Option<u32> {
    let digits = cell.len() <= 20 && !cell.is_empty() && cell.bytes().all(|byte| byte.is_ascii_digit());
    let number = if digits { cell.parse::<u64>().ok()? } else { return None };
    u32::try_from(number).ok().filter(|number| (1..=super::MAX_NUMBER).contains(number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_tidied() {
        let kept = |cell| tidy(cell).0;
        assert_eq!(kept("  Jose\u{301}  \t Luis\u{a0}\r\nPérez "), "José Luis Pérez");
        assert_eq!(kept("=\"0600 11\""), "0600 11");
        assert_eq!(kept("an\u{303}o"), "año");
        assert_eq!(tidy("\u{feff}Ana\u{202e} \u{7}Gil\u{200b}"), ("Ana Gil".into(), true));
        assert_eq!(tidy("Ana \u{200b} Gil"), ("Ana Gil".into(), true));
        assert_eq!(tidy("\u{2028}Ana"), ("Ana".into(), false));
        assert_eq!(tidy(" "), (String::new(), false));
    }

    #[test]
    fn odd_names() {
        for good in [
            "Mª José Muñoz-Rojas O’Neill",
            "Núria Gal·la Puig i Vidal",
            "JOÃO ÂNGELO SÃO",
            "Xabier Etxeberria Agirre, hijo",
            "M.ª del Pilar (Piluca) Gil",
            "Zoë d'Œuvre",
            "Łukasz Šťastný",
        ] {
            assert_eq!(oddity(good), None, "{good}");
        }
        for odd in ["Mu?oz", "Mu\u{fffd}oz", "Ana 2", "a@b", "M—oz", "Ana_Gil"] {
            assert!(oddity(odd).is_some(), "{odd}");
        }
        for garbled in ["MarÃ\u{ad}a", "MuÃ±oz", "JosÃ©", "IÃ±igo", "Ã‰lise", "MÂª"] {
            assert!(oddity(garbled).unwrap().contains("garbled"), "{garbled}");
        }
    }

    #[test]
    fn numbers() {
        assert_eq!(number("007"), Some(7));
        assert_eq!(number("2147483647"), Some(2_147_483_647));
        for none in ["", "0", "-1", "1.5", "2147483648", "99999999999999999999999999", "١", "A-1", "+1"] {
            assert_eq!(number(none), None, "{none}");
        }
    }
}
