//! What the methods share that rank all candidates at once: filling seats from the top.

use crate::lot::Lot;
use crate::outcome::Status;
use crate::profile::Profile;

/// Groups candidates of equal score, the largest score first; within a group, file order.
pub(crate) fn tiers_by_score<T: Ord>(scores: &[T]) -> Vec<Vec<usize>> {
    let mut order: Vec<usize> = (0..scores.len()).collect();
    order.sort_by(|&a, &b| scores[b].cmp(&scores[a]));
    let mut tiers: Vec<Vec<usize>> = Vec::new();
    for candidate in order {
        match tiers.last_mut() {
            Some(tier) if scores[tier[0]] == scores[candidate] => tier.push(candidate),
            _ => tiers.push(vec![candidate]),
        }
    }
    tiers
}

/// Implements TakeSeats: whole tiers from the top while they fit; the tier that does not fit needs a lot.
/// Returns who is elected, how it ended, and sentences for the transcript.
pub(crate) fn take_seats(
    profile: &Profile,
    tiers: &[Vec<usize>],
    seats: usize,
    lot: &Lot,
) -> (Vec<usize>, Status, Vec<String>) {
    let (mut elected, mut lines) = (Vec::new(), Vec::new());
    for tier in tiers {
        let open = seats - elected.len();
        if open == 0 {
            break;
        }
        if tier.len() <= open {
            lines.push(format!("Elected: {}.", profile.names(tier)));
            elected.extend(tier);
            continue;
        }
        let names = profile.names(tier);
        let purpose = if open == 1 {
            "who takes the last seat".to_owned()
        } else {
            format!("who takes the last {open} seats")
        };
        match lot.best(tier, open) {
            Some(drawn) => {
                lines
                    .push(format!("{names} are tied; the lot decides {purpose}: {}.", profile.names(&drawn)));
                elected.extend(drawn);
            }
            None => {
                lines.push(format!("{names} are tied; a lot must be drawn: {purpose}."));
                return (elected, Status::LotRequired { among: tier.clone(), purpose }, lines);
            }
        }
    }
    (elected, Status::Complete, lines)
}
