//! Names as they compare: people and spreadsheets write one name in many ways.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Words between names, which some lists leave out.
const PARTICLES: [&str; 16] =
    ["de", "del", "la", "las", "los", "el", "da", "das", "do", "dos", "du", "des", "d", "y", "i", "e"];

/// How names are shortened, mostly in Spain.
const SHORTENED: [(&str, &str); 12] = [
    ("ma", "maria"),
    ("fco", "francisco"),
    ("fca", "francisca"),
    ("fdez", "fernandez"),
    ("glez", "gonzalez"),
    ("hdez", "hernandez"),
    ("mtnez", "martinez"),
    ("mtez", "martinez"),
    ("rguez", "rodriguez"),
    ("dguez", "dominguez"),
    ("gcia", "garcia"),
    ("jse", "jose"),
];

/// A name for comparison: two spellings of one name fold to the same text, whatever accents, case, hyphens, order of
/// words, particles (`de la`, `y`, `i`) and customary short forms (`Mª`, `Fdez.`) they are written with. Different people
/// may share it.
pub fn fold_name(name: &str) -> String {
    let mut words = words(name);
    for word in &mut words {
        if let Some((_, long)) = SHORTENED.iter().find(|(short, _)| word == short) {
            *word = (*long).into();
        }
    }
    if words.iter().any(|word| !PARTICLES.contains(&word.as_str())) {
        words.retain(|word| !PARTICLES.contains(&word.as_str()));
    }
    words.sort_unstable();
    words.join(" ")
}

/// The words of a text, in small letters and without accents. What is neither letter nor digit divides them, but for
/// apostrophes, the dot of the Catalan l·l and that of an abbreviation (`M.ª`).
pub(super) fn words(text: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut word = String::new();
    let mut last = ' ';
    for c in text.chars() {
        if matches!(c, 'ª' | 'º')
            && last == '.'
            && word.is_empty()
            && words.last().is_some_and(|word| word.len() < 3)
        {
            word = words.pop().unwrap_or_default();
        }
        last = c;
        if matches!(c, '\'' | '’' | '‘' | '´' | '`' | '·') {
            continue;
        }
        for c in std::iter::once(c).nfkd().filter(|c| !is_combining_mark(*c)) {
            match c {
                'ß' => word.push_str("ss"),
                'œ' | 'Œ' => word.push_str("oe"),
                'æ' | 'Æ' => word.push_str("ae"),
                'ø' | 'Ø' => word.push('o'),
                'ł' | 'Ł' => word.push('l'),
                c if c.is_alphanumeric() => word.extend(c.to_lowercase().filter(|c| !is_combining_mark(*c))),
                _ if word.is_empty() => {}
                _ => words.push(std::mem::take(&mut word)),
            }
        }
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn spellings_of_one_name() {
        for spellings in [
            &[
                "María José Muñoz García",
                "Mª José MUÑOZ GARCIA",
                "García Muñoz, M.ª José",
                "Ma. Jose Munoz-Garcia",
            ][..],
            &["João António da Conceição", "JOAO ANTONIO DA CONCEICAO", "Conceição, João António"],
            &["Jean-François Lefèvre d'Ormesson", "LEFEVRE D’ORMESSON Jean François"],
            &["Iñigo Etxeberria Agirre", "Etxeberria Agirre, In\u{303}igo"],
            &["Núria Gal·la Puig i Vidal", "Puig Vidal, Nuria Galla"],
            &["Fco. Javier Fdez. de la Cruz", "Francisco Javier Fernández Cruz"],
            &["Zoé Œuvrard", "zoe oeuvrard"],
            &["De la O", "DE LA O"],
        ] {
            for spelling in spellings {
                assert_eq!(fold_name(spelling), fold_name(spellings[0]), "{spelling}");
            }
        }
        assert_eq!(fold_name("Mª José"), "jose maria");
        assert_eq!(fold_name("Del Las"), "del las", "a name of particles alone stays");
        assert_eq!(fold_name(""), "");
        assert_ne!(fold_name("Ana Gil Pons"), fold_name("Ana Gil"));
        assert_ne!(fold_name("Mario Gil"), fold_name("María Gil"));
    }

    proptest! {
        #[test]
        fn neither_order_nor_case_nor_normal_form_matters(mut words in proptest::collection::vec("[A-Za-zñÑéÁüçõ]{1,8}", 1..5)) {
            let name = words.join(" ");
            words.reverse();
            let turned: String = words.join("  ").nfd().collect();
            prop_assert_eq!(fold_name(&name), fold_name(&turned));
            prop_assert_eq!(fold_name(&name), fold_name(&name.to_lowercase()));
            prop_assert_eq!(fold_name(&fold_name(&name)), fold_name(&name));
        }
    }
}
