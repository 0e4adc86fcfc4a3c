//! Checking a shuffle without batches: every point and every equation on its own.

use super::verify::{Part, parts};
use super::{Generators, MixInput, Shuffle, ranges};
use crate::election::Election;
use crate::group::{Group, Scalar};
use crate::parallel;
use crate::refusal::Refusal;
use crate::sigma::Ciphertext;

/// Checks the same as [`super::verify()`], every point's membership and every equation on its own, in the order and with
/// the words that the batch confirms a refusal with. The verdict is exact.
///
/// # Errors
/// The first item that fails.
///
/// Implements VerifyShuffleOneByOne: CheckShuffleProof of the Belenios specification (table 5), after our tests of points.
pub fn verify_one_by_one<G: Group>(
    election: &Election<G>,
    generators: &mut Generators<G>,
    input: &MixInput<G>,
    shuffle: &Shuffle<G>,
) -> Result<(), Refusal> {
    for part in parts(election, input, shuffle)? {
        generators.extend(part.input.len());
        let received = part.received();
        part.check_identities(&received)?;
        let inside = parallel::map(&received, G::in_subgroup);
        if let Some(index) = inside.iter().position(|inside| !inside) {
            return Err(part.outside(index));
        }
        equations(&part, generators)?;
    }
    Ok(())
}

/// Every equation on its own.
pub(super) fn equations<G: Group>(part: &Part<'_, G>, generators: &Generators<G>) -> Result<(), Refusal> {
    let (proof, t, s, n) = (part.proof, &part.proof.t, &part.proof.s, part.input.len());
    let (key, h) = (part.election.point(), generators.known(n));
    let statement = part.statement();
    let u = statement.challenges(&proof.c);
    let challenge = G::Scalar::from_digest(&statement.digest(t, &proof.c, &proof.c_hat));
    let minus = -challenge;
    let points = |elements: &[G::Element]| elements.iter().map(G::point).collect::<Vec<_>>();
    let (c, c_hat, t_hat) = (points(&proof.c), points(&proof.c_hat), points(&t.t_hat));
    let product = |points: &[G::Point]| points.iter().fold(G::identity(), |a, b| G::mul(&a, b));
    let holds = |received: &G::Element, computed: G::Point, what: &str| {
        if G::point(received) == computed { Ok(()) } else { Err(part.refuse(what)) }
    };

    let c_bar = G::div(&product(&c), &product(h));
    let computed = G::vartime_exp_g_and(&s.s1, &c_bar, &minus);
    holds(&t.t1, computed, "equation t1 fails: the commitments' product is not one to a permutation")?;

    let product_u = u.iter().fold(G::Scalar::ONE, |product, u| product * *u);
    let end = G::div(c_hat.last().unwrap_or(generators.h()), &G::exp(generators.h(), &product_u));
    let computed = G::vartime_exp_g_and(&s.s2, &end, &minus);
    holds(
        &t.t2,
        computed,
        "equation t2 fails: the commitment chain does not end in the challenges' product",
    )?;

    let c_tilde = multi_exp::<G>(&c, &u);
    let computed = G::vartime_exp_g_and(&s.s3, &c_tilde, &minus);
    let computed = G::mul(&computed, &multi_exp::<G>(h, &s.s_prime));
    holds(&t.t3, computed, "equation t3 fails: the permuted challenges are not those committed to")?;

    let side = |before: Vec<G::Point>, after: Vec<G::Point>, base: &G::Point| {
        let before = multi_exp::<G>(&before, &u);
        let after = multi_exp::<G>(&after, &s.s_prime);
        G::mul(&after, &G::vartime_exp_two(&before, &minus, base, &-s.s4))
    };
    let beta = |e: &Ciphertext<G>| G::point(&e.beta);
    let computed = side(part.input.iter().map(beta).collect(), part.output.iter().map(beta).collect(), key);
    holds(&t.t41, computed, "equation t4,1 fails: the betas are not the input's, re-encrypted")?;
    let alpha = |e: &Ciphertext<G>| G::point(&e.alpha);
    let computed = side(
        part.input.iter().map(alpha).collect(),
        part.output.iter().map(alpha).collect(),
        &G::generator(),
    );
    holds(&t.t42, computed, "equation t4,2 fails: the alphas are not the input's, re-encrypted")?;

    let links: Vec<usize> = (0..n).collect();
    let broken = parallel::map(&links, |i| {
        let previous = i.checked_sub(1).map_or(*generators.h(), |before| c_hat[before]);
        let computed = G::vartime_exp_two(&c_hat[*i], &minus, &previous, &s.s_prime[*i]);
        G::mul(&computed, &G::exp_g(&s.s_hat[*i])) != t_hat[*i]
    });
    match broken.iter().position(|broken| *broken) {
        Some(i) => Err(part.refuse(format!("commitment chain broken at position {}", i + 1))),
        None => Ok(()),
    }
}

/// `∏ bases_i^xs_i`, on several cores.
fn multi_exp<G: Group>(bases: &[G::Point], xs: &[G::Scalar]) -> G::Point {
    let pieces = parallel::map(&ranges(bases.len(), 4096), |range| {
        G::vartime_multi_exp(&bases[range.clone()], &xs[range.clone()])
    });
    pieces.iter().fold(G::identity(), |a, b| G::mul(&a, b))
}
