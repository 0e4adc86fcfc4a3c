//! What a count gives: who is elected, every stage, and a transcript to follow by hand.

use serde_json::{Map, Value, json};

use crate::profile::Profile;

/// The result of a count, with all its stages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// The method's name.
    pub method: &'static str,
    /// The seats to fill.
    pub seats: usize,
    /// The ballots in the profile.
    pub ballots: u64,
    /// Of these, the ones that the method could use; the others say nothing that it can count.
    pub valid: u64,
    /// The quota of the first stage, exact, where the method has one.
    pub quota: Option<String>,
    /// The elected so far, in order of election. Those elected together stand by votes, then in file order
    /// (`meek-stv`: in file order).
    pub elected: Vec<usize>,
    /// The first count, and one stage per transfer (`meek-stv`: per round). Methods that rank at once have one.
    pub stages: Vec<Stage>,
    /// Whether a lot must still be drawn.
    pub status: Status,
    /// For methods that rank all candidates: tiers of equals, best first. Else empty.
    pub ranking: Vec<Vec<usize>>,
    /// Further numbers of some methods.
    pub detail: Detail,
    pub(crate) lines: Vec<String>,
}

/// How a count ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Status {
    /// All seats are filled.
    Complete,
    /// The rule leaves a tie to a lot, which was not drawn or does not decide it. The stages so far stand.
    LotRequired {
        /// The tied, in file order.
        among: Vec<usize>,
        /// What is to be decided, e.g. `who is excluded`.
        purpose: String,
    },
}

/// One stage of a count. Numbers are exact decimal strings in votes, unless said otherwise.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Stage {
    /// What happened, in plain words.
    pub text: String,
    /// Each candidate's total at the end of the stage, by index; excluded ones have zero. Schulze: candidates
    /// beaten. Majority judgment: the majority grade, 1 being the best.
    pub totals: Vec<String>,
    /// Totals whose decimal expansion does not end (`totals` has the first nine places): candidate and `p/q`.
    pub exact: Vec<(usize, String)>,
    /// Votes that are with no candidate any more because their papers show no further preference, so far.
    pub non_transferable: Option<String>,
    /// Votes lost to the rule's rounding, so far.
    pub rounding: Option<String>,
    /// The quota of this stage, where it changes from stage to stage.
    pub quota: Option<String>,
    /// Who was elected at the end of this stage.
    pub elected: Vec<usize>,
    /// Who was excluded in this stage; Meek: at the end of it.
    pub excluded: Option<usize>,
}

/// Further numbers of some methods.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Detail {
    /// None.
    None,
    /// Schulze: `wins[a][b]` ballots rank a above b; `paths[a][b]` is the strength, in ballots won, of the weakest
    /// victory on the strongest path from a to b, 0 where there is none.
    Pairwise {
        /// Ballots that rank a above b.
        wins: Vec<Vec<u64>>,
        /// Strength of the strongest path from a to b.
        paths: Vec<Vec<u64>>,
    },
    /// Majority judgment: one gauge per candidate.
    Gauges(Vec<Gauge>),
}

/// A majority gauge (Balinski & Laraki): the majority grade, and how many graded better and worse than it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gauge {
    /// The majority grade, 1 being the best.
    pub grade: u8,
    /// Ballots with a better grade.
    pub better: u64,
    /// Ballots with a worse grade; blanks count as the worst.
    pub worse: u64,
    /// Ballots per grade, the best first; blanks count as the worst.
    pub tally: Vec<u64>,
}

impl Outcome {
    /// The whole count as plain text that a teller can follow with pen and paper, ending in a newline.
    pub fn transcript(&self) -> String {
        let mut text = self.lines.join("\n");
        text.push('\n');
        text
    }

    /// The shape that `count --json` prints: an object, `ok` first; see `docs/spec/counting.md`, section "JSON".
    /// `profile` is the one that was counted.
    pub fn to_json(&self, profile: &Profile) -> Value {
        let names = |list: &[usize]| -> Value { list.iter().map(|&c| profile.name(c)).collect() };
        let mut root = Map::new();
        root.insert("ok".into(), json!(true));
        root.insert("method".into(), json!(self.method));
        if let Some(title) = &profile.title {
            root.insert("title".into(), json!(title));
        }
        root.insert("seats".into(), json!(self.seats));
        root.insert("candidates".into(), json!(profile.candidates));
        root.insert("ballots".into(), json!(self.ballots));
        root.insert("valid".into(), json!(self.valid));
        if let Some(quota) = &self.quota {
            root.insert("quota".into(), json!(quota));
        }
        root.insert("elected".into(), names(&self.elected));
        if let Status::LotRequired { among, purpose } = &self.status {
            root.insert("lot_required".into(), names(among));
            root.insert("lot_purpose".into(), json!(purpose));
        }
        if !self.ranking.is_empty() {
            root.insert("ranking".into(), self.ranking.iter().map(|tier| names(tier)).collect());
        }
        root.insert(
            "stages".into(),
            self.stages.iter().zip(1..).map(|(s, n)| s.to_json(n, profile)).collect(),
        );
        match &self.detail {
            Detail::None => {}
            Detail::Pairwise { wins, paths } => {
                root.insert("pairwise".into(), json!(wins));
                root.insert("paths".into(), json!(paths));
            }
            Detail::Gauges(gauges) => {
                let gauges = gauges.iter().enumerate().map(|(candidate, gauge)| {
                    let shape = json!({"grade": gauge.grade, "better": gauge.better, "worse": gauge.worse,
                        "tally": gauge.tally});
                    (profile.name(candidate).to_owned(), shape)
                });
                root.insert("gauges".into(), Value::Object(gauges.collect()));
            }
        }
        Value::Object(root)
    }
}

impl Stage {
    fn to_json(&self, number: usize, profile: &Profile) -> Value {
        let named =
            |(candidate, number): (usize, &String)| (profile.name(candidate).to_owned(), json!(number));
        let mut stage = Map::new();
        stage.insert("stage".into(), json!(number));
        stage.insert("text".into(), json!(self.text));
        stage.insert("totals".into(), Value::Object(self.totals.iter().enumerate().map(named).collect()));
        if !self.exact.is_empty() {
            let exact = self.exact.iter().map(|(candidate, number)| named((*candidate, number)));
            stage.insert("exact".into(), Value::Object(exact.collect()));
        }
        for (key, amount) in [
            ("non_transferable", &self.non_transferable),
            ("rounding", &self.rounding),
            ("quota", &self.quota),
        ] {
            if let Some(amount) = amount {
                stage.insert(key.into(), json!(amount));
            }
        }
        let elected: Value = self.elected.iter().map(|&c| profile.name(c)).collect();
        stage.insert("elected".into(), elected);
        if let Some(excluded) = self.excluded {
            stage.insert("excluded".into(), json!(profile.name(excluded)));
        }
        Value::Object(stage)
    }
}
