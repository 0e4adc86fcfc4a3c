//! The same for the files of plain ballots: `count` and the standard library only.

/// What a target does with an input.
pub type Target = fn(&[u8]);

/// The targets by name, and the names of files that choose the format.
pub const ALL: &[(&str, Target)] = &[("blt", blt), ("formats", formats)];

fn read(name: &str, input: &[u8]) {
    match count::formats::parse(name, input) {
        // What is read can be looked at.
        Ok(profile) => drop(format!("{profile:?}").len()),
        Err(error) => {
            let text = error.to_string();
            assert!(!text.is_empty());
        }
    }
}

/// A `.blt` file.
pub fn blt(input: &[u8]) {
    read("ballots.blt", input);
}

/// Every other format; the first byte chooses.
pub fn formats(input: &[u8]) {
    let Some((first, rest)) = input.split_first() else { return };
    let extensions: Vec<&str> = count::formats::extensions().collect();
    let extension = extensions[usize::from(*first) % extensions.len()];
    read(&format!("ballots.{extension}"), rest);
}
