//! Which cosignatures make a checkpoint final (C2SP tlog-policy): witnesses and mirrors, groups of them, one quorum.
//!
//! ```text
//! witness ateneo ateneo.example+1d3f…+BA… https://ateneo.example
//! mirror  biblioteca …
//! group   dos 2 ateneo biblioteca sindicato
//! quorum  dos
//! ```
//!
//! `mirror` is ours: a cosigner that says it also stores and serves the data. `quorum none` asks for nobody.

use std::fmt;

use crate::key::{Algorithm, Vkey};

/// A policy has at most so many lines.
pub const LINES_LIMIT: usize = 256;

/// A policy names at most so many witnesses and mirrors: with the clerk's line and those of cosigners beside the policy a
/// checkpoint stays below the 100 signature lines that other programs read.
pub const COSIGNERS_LIMIT: usize = 64;

/// What a cosigner says of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// It saw the checkpoint, consistent with all it saw before.
    Witness,
    /// It also stores what the checkpoint covers.
    Mirror,
}

/// A witness or mirror of the policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cosigner {
    /// Its name within the policy.
    pub name: String,
    /// What it says of itself.
    pub role: Role,
    /// Its key, of type 0x04.
    pub vkey: Vkey,
    /// Where it answers.
    pub url: Option<String>,
}

/// So many of these.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Group {
    name: String,
    needed: usize,
    word: String,
    members: Vec<usize>,
}

/// A member of a group: a cosigner or an earlier group.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Item {
    Cosigner(Box<Cosigner>),
    Group(Group),
}

/// A policy in form. Groups name only what stands above them, so there are no circles.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Policy {
    items: Vec<Item>,
    quorum: Option<usize>,
}

/// Why lines are no policy: the line, from 1, and a half sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyError {
    /// The line, from 1; 0 for the whole.
    pub line: usize,
    /// What is wrong.
    pub reason: String,
}

impl fmt::Display for PolicyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => f.write_str(&self.reason),
            line => write!(f, "line {line} of the policy: {}", self.reason),
        }
    }
}

impl Policy {
    /// The policy of a council that starts alone: nobody is asked.
    pub fn none() -> Policy {
        Policy::default()
    }

    /// Reads lines, without comments and empty ones.
    pub fn parse<'a>(lines: impl IntoIterator<Item = &'a str>) -> Result<Policy, PolicyError> {
        let mut policy = Policy::none();
        let mut quorum = None;
        for (at, line) in lines.into_iter().enumerate() {
            let refuse = |reason: String| PolicyError { line: at + 1, reason };
            if at == LINES_LIMIT {
                return Err(refuse(format!("a policy has at most {LINES_LIMIT} lines")));
            }
            if quorum.is_some() {
                return Err(refuse("the quorum is the last line".into()));
            }
            let words: Vec<&str> = line.split(' ').collect();
            let is_word =
                |word: &&str| !word.is_empty() && !word.chars().any(|c| c.is_whitespace() || c.is_control());
            if !words.iter().all(is_word) {
                return Err(refuse("its words are not separated by one space each".into()));
            }
            match words.as_slice() {
                [role @ ("witness" | "mirror"), name, vkey, url @ ..] if url.len() <= 1 => {
                    policy.is_new_name(name).map_err(refuse)?;
                    if policy.cosigners().count() == COSIGNERS_LIMIT {
                        return Err(refuse(format!("a policy names at most {COSIGNERS_LIMIT} cosigners")));
                    }
                    let vkey =
                        Vkey::parse(vkey).map_err(|reason| refuse(format!("the key of {name}: {reason}")))?;
                    if vkey.algorithm != Algorithm::Timestamped {
                        return Err(refuse(format!("the key of {name} is no cosigner's (0x04)")));
                    }
                    if policy
                        .cosigners()
                        .any(|other| other.vkey.key == vkey.key || other.vkey.name == vkey.name)
                    {
                        return Err(refuse(format!("the key of {name} stands under two names")));
                    }
                    let role = if *role == "mirror" { Role::Mirror } else { Role::Witness };
                    let url = url.first().map(|url| (*url).to_owned());
                    policy.items.push(Item::Cosigner(Box::new(Cosigner {
                        name: (*name).into(),
                        role,
                        vkey,
                        url,
                    })));
                }
                ["group", name, needed, members @ ..] if !members.is_empty() => {
                    policy.is_new_name(name).map_err(refuse)?;
                    let mut found = Vec::with_capacity(members.len());
                    for member in members {
                        let member_at = policy.place(member).ok_or_else(|| {
                            refuse(format!(
                                "{member} is neither a witness, a mirror nor a group above this line"
                            ))
                        })?;
                        if found.contains(&member_at) || policy.is_grouped(member_at) {
                            return Err(refuse(format!("{member} is in a group already, and counts once")));
                        }
                        found.push(member_at);
                    }
                    let count = match *needed {
                        "any" => 1,
                        "all" => found.len(),
                        number => number
                            .parse()
                            .ok()
                            .filter(|count| (1..=found.len()).contains(count) && count.to_string() == number)
                            .ok_or_else(|| {
                                refuse(format!("`{number}` is not `any`, `all` or how many of them"))
                            })?,
                    };
                    policy.items.push(Item::Group(Group {
                        name: (*name).into(),
                        needed: count,
                        word: (*needed).into(),
                        members: found,
                    }));
                }
                ["quorum", "none"] => quorum = Some(None),
                ["quorum", name] => {
                    let place = policy.place(name).ok_or_else(|| {
                        refuse(format!("{name} is neither a witness, a mirror nor a group above this line"))
                    })?;
                    quorum = Some(Some(place));
                }
                _ => {
                    return Err(refuse(
                        "it is none of `witness NAME VKEY [URL]`, `mirror NAME VKEY [URL]`, `group NAME K MEMBER…`, `quorum NAME`"
                            .into(),
                    ));
                }
            }
        }
        match quorum {
            Some(quorum) => policy.quorum = quorum,
            None if policy.items.is_empty() => {}
            None => {
                return Err(PolicyError { line: 0, reason: "the policy does not end with a quorum".into() });
            }
        }
        Ok(policy)
    }

    /// The lines, as they are read. None where nobody is named.
    pub fn lines(&self) -> Vec<String> {
        if self.items.is_empty() {
            return Vec::new();
        }
        let mut lines: Vec<String> = self.items.iter().map(|item| self.line(item)).collect();
        lines.push(format!("quorum {}", self.quorum.map_or("none", |at| self.items[at].name())));
        lines
    }

    fn line(&self, item: &Item) -> String {
        match item {
            Item::Cosigner(cosigner) => {
                let role = if cosigner.role == Role::Mirror { "mirror" } else { "witness" };
                let url = cosigner.url.as_ref().map(|url| format!(" {url}")).unwrap_or_default();
                format!("{role} {} {}{url}", cosigner.name, cosigner.vkey)
            }
            Item::Group(group) => {
                let members: Vec<&str> = group.members.iter().map(|at| self.items[*at].name()).collect();
                format!("group {} {} {}", group.name, group.word, members.join(" "))
            }
        }
    }

    /// The witnesses and mirrors.
    pub fn cosigners(&self) -> impl Iterator<Item = &Cosigner> {
        self.items.iter().filter_map(|item| match item {
            Item::Cosigner(cosigner) => Some(&**cosigner),
            Item::Group(_) => None,
        })
    }

    /// Whether cosignatures under these key names (of vkeys) make a checkpoint final. Where nobody is asked for, every
    /// checkpoint of the clerk is.
    pub fn is_met(&self, names: &[&str]) -> bool {
        let Some(quorum) = self.quorum else { return true };
        let mut met = Vec::with_capacity(self.items.len());
        for item in &self.items {
            met.push(match item {
                Item::Cosigner(cosigner) => names.contains(&cosigner.vkey.name.as_str()),
                Item::Group(group) => group.members.iter().filter(|at| met[**at]).count() >= group.needed,
            });
        }
        met[quorum]
    }

    /// Whether anybody is asked for.
    pub fn asks(&self) -> bool {
        self.quorum.is_some()
    }

    fn place(&self, name: &str) -> Option<usize> {
        self.items.iter().position(|item| item.name() == name)
    }

    /// Whether this item is a member of a group: it counts in one way only (C2SP tlog-policy, *Defining a witness group*).
    fn is_grouped(&self, at: usize) -> bool {
        self.items.iter().any(|item| matches!(item, Item::Group(group) if group.members.contains(&at)))
    }

    fn is_new_name(&self, name: &str) -> Result<(), String> {
        if name.is_empty() || name == "none" || self.place(name).is_some() {
            return Err(format!("the name `{name}` is empty, reserved or taken"));
        }
        Ok(())
    }
}

impl Item {
    fn name(&self) -> &str {
        match self {
            Item::Cosigner(cosigner) => &cosigner.name,
            Item::Group(group) => &group.name,
        }
    }
}
