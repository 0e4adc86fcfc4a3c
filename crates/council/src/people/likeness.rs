//! People who may be one and the same, found by sorting.

use super::error::quoted;
use super::fold::fold_name;
use super::warnings::{About, Warnings};
use super::{Meaning, Person};

/// What people may share, with the place of each who has it.
#[derive(Default)]
pub(super) struct Shared {
    emails: Vec<(String, usize)>,
    phones: Vec<(String, usize)>,
}

impl Shared {
    /// Takes note of a contact of the person at this place.
    pub(super) fn add(&mut self, meaning: Meaning, cell: &str, person: usize) {
        match meaning {
            Meaning::Email => {
                let parts = cell.split([' ', ',', ';', '/']).filter(|part| part.contains('@'));
                self.emails.extend(parts.map(|part| (part.to_lowercase(), person)));
            }
            Meaning::Phone => {
                for part in cell.split(['/', ',', ';', '|']) {
                    let digits: String = part.chars().filter(char::is_ascii_digit).collect();
                    // Without the country's code.
                    let kept = &digits[digits.len().saturating_sub(9)..];
                    if kept.len() >= 6 {
                        self.phones.push((kept.to_owned(), person));
                    }
                }
            }
            _ => {}
        }
    }
}

/// Warns of likely duplicates, and notes who shares an address or a phone.
pub(super) fn compare(people: &[Person], shared: Shared, warnings: &mut Warnings) {
    let mut folded: Vec<(String, usize)> =
        people.iter().enumerate().map(|(at, person)| (fold_name(&person.name), at)).collect();
    folded.sort_unstable();
    // For each person, the first of the same name.
    let mut first_of = vec![0; people.len()];
    let mut likely = Vec::new();
    for group in folded.chunk_by(|a, b| a.0 == b.0) {
        for (_, at) in group {
            first_of[*at] = group[0].1;
            if *at != group[0].1 {
                likely.push((group[0].1, *at));
            }
        }
    }
    likely.sort_unstable_by_key(|(_, at)| *at);
    for (first, at) in likely {
        let (first, person) = (&people[first], &people[at]);
        warnings.add(About::Duplicate, Some(person.row), || {
            let same =
                if first.name == person.name { String::new() } else { format!(" ({})", quoted(&first.name)) };
            format!("{} may be the same person as in row {}{same}", quoted(&person.name), first.row)
        });
    }
    for (what, mut list) in [("e-mail address", shared.emails), ("phone", shared.phones)] {
        list.sort_unstable();
        list.dedup();
        let mut notes: Vec<&[(String, usize)]> = list
            .chunk_by(|a, b| a.0 == b.0)
            .filter(|group| group.iter().any(|(_, at)| first_of[*at] != first_of[group[0].1]))
            .collect();
        notes.sort_by_key(|group| group[1].1);
        for group in notes {
            warnings.add(About::Shared, Some(people[group[1].1].row), || {
                let rows: Vec<String> =
                    group.iter().take(5).map(|(_, at)| people[*at].row.to_string()).collect();
                let more =
                    if group.len() > 5 { format!(" and {} more", group.len() - 5) } else { String::new() };
                format!(
                    "rows {}{more} share the {what} {}, as a household may",
                    rows.join(", "),
                    quoted(&group[0].0)
                )
            });
        }
    }
}
