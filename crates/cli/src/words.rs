//! A secret as 24 words with a check (BIP-39), to be written on paper and typed back from it.

use std::fmt;

use bip39::Mnemonic;
use clap::ValueEnum;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;
use zeroize::Zeroizing;

/// How many words are 32 bytes and their check.
pub const COUNT: usize = 24;
/// As many letters tell every word of a list from the others, accents aside.
const TELLING: usize = 4;

/// A list of 2048 words. Nothing is derived from the words as such: the same secret has words in every language.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Language {
    /// Spanish
    Es,
    /// Portuguese
    Pt,
    /// English
    En,
    /// French
    Fr,
}

impl Language {
    const ALL: [Language; 4] = [Language::Es, Language::Pt, Language::En, Language::Fr];

    fn list(self) -> bip39::Language {
        match self {
            Language::Es => bip39::Language::Spanish,
            Language::Pt => bip39::Language::Portuguese,
            Language::En => bip39::Language::English,
            Language::Fr => bip39::Language::French,
        }
    }

    /// The word of the list that is meant: written in full, or by its first letters, four or more.
    fn find(self, typed: &str) -> Option<&'static str> {
        let mut begun = None;
        for word in self.list().word_list() {
            let mut letters = word.chars().filter(|c| !is_combining_mark(*c));
            if typed.chars().all(|c| letters.next() == Some(c)) {
                if letters.next().is_none() {
                    return Some(word);
                }
                begun = Some(*word);
            }
        }
        // Four letters begin one word only, which a test makes sure of.
        begun.filter(|_| typed.chars().count() >= TELLING)
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Language::Es => "Spanish",
            Language::Pt => "Portuguese",
            Language::En => "English",
            Language::Fr => "French",
        })
    }
}

/// Why words are no secret. It names positions, never words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WordsError {
    /// There are so many words, not 24.
    Count(usize),
    /// The words at these positions, from 1, are not in the list that fits best.
    Unknown(Vec<usize>, Language),
    /// The number before a word is not that of its place.
    Order {
        /// The word's place.
        place: usize,
        /// The number before it.
        number: usize,
    },
    /// Every word is in the list, and they do not belong together.
    Check(Language),
    /// The words fit two lists, and both checks hold.
    Languages(Language, Language),
}

impl fmt::Display for WordsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            WordsError::Count(0) => write!(f, "there are no words: type the {COUNT} of the page"),
            WordsError::Count(1) => write!(f, "there is 1 word, and a key has {COUNT}"),
            WordsError::Count(count) => write!(f, "there are {count} words, and a key has {COUNT}"),
            WordsError::Unknown(places, language) if places.len() == COUNT => {
                write!(f, "not one of the words is in the {language} list: are they a key's words?")
            }
            WordsError::Unknown(places, language) => {
                let (word, is) = if places.len() == 1 { ("word", "is") } else { ("words", "are") };
                let places: Vec<String> = places.iter().map(usize::to_string).collect();
                write!(
                    f,
                    "{word} {} {is} not in the {language} list: compare with the page",
                    places.join(", ")
                )
            }
            WordsError::Order { place, number } => {
                write!(
                    f,
                    "word {place} has the number {number}: type the words in the order of their numbers"
                )
            }
            WordsError::Check(language) => write!(
                f,
                "the check does not fit: a word is wrong or two are swapped (all of them are in the {language} list)"
            ),
            WordsError::Languages(one, other) => {
                write!(f, "the words may be {one} or {other}: say which with --lang")
            }
        }
    }
}

/// The words of a seed, in order.
pub fn write(seed: &[u8; 32], language: Language) -> Zeroizing<Vec<String>> {
    // 32 bytes are of the right length for the one error that there is.
    let mnemonic = Mnemonic::from_entropy_in(language.list(), seed);
    Zeroizing::new(mnemonic.iter().flat_map(Mnemonic::words).map(|word| word.nfc().collect()).collect())
}

/// The seed of these words, and the language that they are in. Case, accents, punctuation, line ends and letters after the
/// fourth may be missing or different; numbers before the words may stand there and must then be right.
pub fn read(text: &str, language: Option<Language>) -> Result<(Zeroizing<[u8; 32]>, Language), WordsError> {
    let folded = fold(text);
    let typed = split(&folded)?;
    if typed.len() != COUNT {
        return Err(WordsError::Count(typed.len()));
    }
    let languages = match language {
        Some(language) => vec![language],
        None => Language::ALL.to_vec(),
    };
    let mut found: Option<(Zeroizing<[u8; 32]>, Language)> = None;
    let mut wrong: Option<WordsError> = None;
    for language in languages {
        match read_in(&typed, language) {
            Ok(seed) => {
                if let Some((_, other)) = found {
                    return Err(WordsError::Languages(other, language));
                }
                found = Some((seed, language));
            }
            Err(error) => {
                if wrong.as_ref().is_none_or(|wrong| badness(&error) < badness(wrong)) {
                    wrong = Some(error);
                }
            }
        }
    }
    found.ok_or(wrong.unwrap_or(WordsError::Count(0)))
}

/// How many words do not fit.
fn badness(error: &WordsError) -> usize {
    match error {
        WordsError::Unknown(places, _) => places.len(),
        _ => 0,
    }
}

fn read_in(typed: &[&str], language: Language) -> Result<Zeroizing<[u8; 32]>, WordsError> {
    // No word is longer than 16 bytes, so that the text need not grow.
    let mut text = Zeroizing::new(String::with_capacity(COUNT * 17));
    let mut unknown = Vec::new();
    for (at, typed) in typed.iter().enumerate() {
        match language.find(typed) {
            Some(word) => {
                text.push_str(word);
                text.push(' ');
            }
            None => unknown.push(at + 1),
        }
    }
    if !unknown.is_empty() {
        return Err(WordsError::Unknown(unknown, language));
    }
    let mnemonic =
        Mnemonic::parse_in_normalized(language.list(), &text).map_err(|_| WordsError::Check(language))?;
    let entropy = Zeroizing::new(mnemonic.to_entropy_array().0);
    let mut seed = Zeroizing::new([0; 32]);
    seed.copy_from_slice(&entropy[..32]);
    Ok(seed)
}

/// Small letters without accents.
fn fold(text: &str) -> Zeroizing<String> {
    // What our alphabets' letters decompose to without their marks is never longer than they are.
    let mut folded = Zeroizing::new(String::with_capacity(text.len()));
    folded.extend(text.nfkd().filter(|c| !is_combining_mark(*c)).flat_map(char::to_lowercase));
    folded
}

/// The words: runs of letters. A number says which word comes next.
fn split(folded: &str) -> Result<Vec<&str>, WordsError> {
    let mut words = Vec::new();
    for run in folded.split(|c: char| !c.is_alphanumeric()).filter(|run| !run.is_empty()) {
        let word = run.trim_start_matches(|c: char| c.is_ascii_digit());
        let digits = &run[..run.len() - word.len()];
        if !digits.is_empty() {
            let number = digits.parse().unwrap_or(usize::MAX);
            let place = words.len() + 1;
            if number != place {
                return Err(WordsError::Order { place, number });
            }
        }
        if !word.is_empty() {
            words.push(word);
        }
    }
    Ok(words)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    const SEED: [u8; 32] = [
        0x9f, 0x6a, 0x28, 0x78, 0xb2, 0x52, 0x07, 0x99, 0xa4, 0x4e, 0xf1, 0x8b, 0xc7, 0xdf, 0x39, 0x4e, 0x70,
        0x61, 0xa2, 0x24, 0xd2, 0xc3, 0x3c, 0xd0, 0x15, 0xb1, 0x57, 0xd7, 0x46, 0x86, 0x98, 0x63,
    ];

    /// Seeds that use every word of a list.
    fn seeds() -> impl Iterator<Item = [u8; 32]> {
        (0..=255_u8).map(|i| std::array::from_fn(|at| (i ^ SEED[at]).wrapping_mul(31).wrapping_add(at as u8)))
    }

    fn reads(text: &str) -> ([u8; 32], Language) {
        let (seed, language) = read(text, None).unwrap();
        (*seed, language)
    }

    /// Those of BIP-39 for 32 bytes, in English, and each other list's first word.
    #[test]
    fn vectors() {
        let zeros = format!("{}art", "abandon ".repeat(23));
        assert_eq!(write(&[0; 32], Language::En).join(" "), zeros);
        assert_eq!(write(&[0xff; 32], Language::En).join(" "), format!("{}vote", "zoo ".repeat(23)));
        assert_eq!(
            write(&SEED, Language::En).join(" "),
            "panda eyebrow bullet gorilla call smoke muffin taste mesh discover soft ostrich alcohol speed nation flash devote \
             level hobby quick inner drive ghost inside"
        );
        assert_eq!(write(&[0; 32], Language::Es)[0], "ábaco");
        assert_eq!(write(&[0; 32], Language::Fr)[0], "abaisser");
        assert_eq!(write(&[0; 32], Language::Pt)[0], "abacate");
        assert_eq!(reads(&zeros), ([0; 32], Language::En));
    }

    #[test]
    fn every_language_there_and_back() {
        for language in Language::ALL {
            let mut used = BTreeSet::new();
            for (at, seed) in seeds().enumerate() {
                let words = write(&seed, language);
                assert_eq!(words.len(), COUNT);
                used.extend(words.iter().cloned());
                assert_eq!(*read(&words.join("\n"), Some(language)).unwrap().0, seed);
                if at % 16 == 0 {
                    assert_eq!(reads(&words.join(" ")), (seed, language));
                }
            }
            assert!(used.len() > 1500, "{language}: {}", used.len());
        }
    }

    /// What [`Language::find`] relies on.
    #[test]
    fn four_letters_tell() {
        for language in Language::ALL {
            let folded: Vec<String> =
                language.list().word_list().iter().map(|word| fold(word).to_string()).collect();
            let begun: BTreeSet<String> =
                folded.iter().map(|word| word.chars().take(TELLING).collect()).collect();
            assert_eq!(begun.len(), 2048, "{language}");
            assert!(language.list().word_list().iter().all(|word| word.len() <= 16));
            for word in &folded {
                let found = language.find(word).unwrap();
                assert_eq!(fold(found).as_str(), word);
            }
        }
        assert_eq!(Language::En.find("act"), Some("act"), "a whole word before one that it begins");
        assert_eq!(Language::En.find("acti"), Some("action"));
        assert_eq!(Language::En.find("aba"), None, "three letters are too few");
        assert_eq!(Language::En.find("abandom"), None);
        assert_eq!(Language::En.find(""), None);
    }

    #[test]
    fn typed_as_people_type() {
        let words = write(&SEED, Language::Es);
        let plain = words.join(" ");
        let prefixes: Vec<String> = words.iter().map(|word| fold(word).chars().take(4).collect()).collect();
        let numbered: Vec<String> =
            words.iter().enumerate().map(|(at, word)| format!("{}. {word}", at + 1)).collect();
        let close: Vec<String> =
            words.iter().enumerate().map(|(at, word)| format!("{:02}.{word}", at + 1)).collect();
        for text in [
            plain.to_uppercase(),
            plain.nfd().collect(),
            fold(&plain).to_string(),
            prefixes.join(" "),
            numbered.join("   "),
            close.join(","),
            format!("\u{feff}\r\n {}\t\r\n\r\n", words.join(",  \r\n")),
        ] {
            assert_eq!(reads(&text), (SEED, Language::Es), "{text}");
        }
    }

    #[test]
    fn what_is_wrong_is_named_by_its_place() {
        let words = write(&SEED, Language::Pt);
        let said = |words: &[String]| read(&words.join(" "), None).unwrap_err();
        assert_eq!(said(&[]), WordsError::Count(0));
        assert_eq!(said(&words[..23]), WordsError::Count(23));
        assert_eq!(read("...\n", None).unwrap_err(), WordsError::Count(0));

        let mut wrong = words.to_vec();
        wrong[6] = "secretísimo".into();
        assert_eq!(said(&wrong), WordsError::Unknown(vec![7], Language::Pt));
        wrong[22] = "x".into();
        let error = said(&wrong);
        assert_eq!(error, WordsError::Unknown(vec![7, 23], Language::Pt));
        assert_eq!(error.to_string(), "words 7, 23 are not in the Portuguese list: compare with the page");
        assert!(!said(&vec!["secretísimo".to_owned(); 24]).to_string().contains("secret"));
        assert_eq!(
            read(&words.join(" "), Some(Language::En)).err().map(|error| badness(&error) > 20),
            Some(true)
        );

        let mut swapped = words.to_vec();
        swapped.swap(3, 4);
        assert_eq!(said(&swapped), WordsError::Check(Language::Pt));
        assert!(
            said(&swapped)
                .to_string()
                .starts_with("the check does not fit: a word is wrong or two are swapped")
        );
        let numbered: Vec<String> = words
            .iter()
            .enumerate()
            .map(|(at, word)| format!("{} {word}", if at == 4 { 6 } else { at + 1 }))
            .collect();
        assert_eq!(said(&numbered), WordsError::Order { place: 5, number: 6 });
        let error = read(&format!("99999999999999999999999{}", words[0]), None).unwrap_err();
        assert!(matches!(error, WordsError::Order { place: 1, .. }));
    }

    /// The check has eight bits: of the words that could stand in one place, about one in 256 fits.
    #[test]
    fn the_check_finds_most_wrong_words() {
        let words = write(&SEED, Language::En);
        let others = Language::En.list().word_list();
        let fitting = others.iter().filter(|other| {
            let mut words = words.to_vec();
            words[10] = (**other).into();
            read(&words.join(" "), Some(Language::En)).is_ok()
        });
        let count = fitting.count();
        assert!((1..=24).contains(&count), "{count}");
    }
}
