//! Making a shuffle.
//!
//! All arithmetic on secrets (re-encryption exponents, commitments' exponents, permuted challenges) is constant-time. What
//! is not: the permutation is drawn and applied by ordinary indexing, so the *addresses* that this process reads and writes
//! depend on it, and each draw's rejection and division take a time that depends on the draw. A program that shares the
//! mixer's processor and watches its caches could learn parts of this mixer's permutation. A mixer runs on a trustee's own
//! machine, one honest mixer out of all suffices for secrecy, and an observer inside that machine could read the memory
//! itself; so this is accepted. Secret memory is wiped after use.

use rand_core::CryptoRng;
use sha2::{Digest, Sha256};
use zeroize::{Zeroize, Zeroizing};

use super::transcript::Statement;
use super::{
    Commitments, Generators, MixInput, PIECE, Responses, Shuffle, ShuffleProof, encode_all, mixed_numbers,
    ranges,
};
use crate::election::Election;
use crate::group::{Group, Scalar};
use crate::nonce::Nonces;
use crate::parallel;
use crate::refusal::Misuse;
use crate::sigma::{self, Ciphertext};

/// How many secret scalars or links of the chain are one piece of work; also the number of bases of one constant-time
/// product, whose tables then take some 200 kB.
const LINKS: usize = 128;

type Secrets<S> = Zeroizing<Vec<S>>;

/// Mixes: permutes and re-encrypts the ciphertexts of each question, and proves it.
///
/// `secret` is anything that only this mixer knows, such as the bytes of its private key, or nothing: nonces are derived
/// from `rng`, from it and from the statement, so that a random source that is weak or repeats itself does not by itself
/// give the permutation away. Takes some 120 µs a ciphertext on one core with Ed25519.
///
/// # Errors
/// The input has not as many questions as the election mixes, or one has 2^32 ciphertexts or more.
///
/// Implements GenShuffle and GenShuffleProof (Belenios specification, tables 1 and 4).
pub fn shuffle<G: Group>(
    election: &Election<G>,
    generators: &mut Generators<G>,
    input: &MixInput<G>,
    secret: &[u8],
    rng: &mut impl CryptoRng,
) -> Result<Shuffle<G>, Misuse> {
    let questions = input.questions();
    let numbers = mixed_numbers(election);
    if questions.len() != numbers.len() {
        return Err(Misuse(format!(
            "the input has ciphertexts of {} questions, and the election mixes {}",
            questions.len(),
            numbers.len()
        )));
    }
    if questions.iter().any(|question| u32::try_from(question.len()).is_err()) {
        return Err(Misuse("more than 2^32 ciphertexts cannot be mixed".into()));
    }
    let mut made = Shuffle { ciphertexts: Vec::new(), proofs: Vec::new() };
    for (question, number) in questions.iter().zip(numbers) {
        generators.extend(question.len());
        let mut nonces = Nonces::new(rng, secret, &nonce_statement(election, number, question));
        let mixed = mix(election, question, &mut nonces);
        let proof = prove(election, generators, question, &mixed, &mut nonces);
        made.ciphertexts.push(mixed.output);
        made.proofs.push(proof);
    }
    Ok(made)
}

/// What the nonces are bound to.
fn nonce_statement<G: Group>(election: &Election<G>, number: usize, input: &[Ciphertext<G>]) -> [u8; 32] {
    let mut hash = Sha256::new();
    let mut text = format!("shuffle|{}|{number}|", election.fingerprint);
    for element in [&election.key].into_iter().chain(input.iter().flat_map(|e| [&e.alpha, &e.beta])) {
        sigma::push::<G>(&mut text, element);
        text.push(',');
        hash.update(text.as_bytes());
        text.clear();
    }
    hash.finalize().into()
}

/// The output of GenShuffle.
struct Mixed<G: Group> {
    /// `e'`.
    output: Vec<Ciphertext<G>>,
    /// `r'`, in the order of the input.
    exponents: Secrets<G::Scalar>,
    /// ψ: which input stands at each output, from 0.
    permutation: Zeroizing<Vec<u32>>,
}

/// Secret scalars, drawn on several cores: each piece of [`LINKS`] from a stream of its own, keyed by 64 bytes of `nonces`.
fn draw<G: Group>(nonces: &mut Nonces, count: usize) -> Secrets<G::Scalar> {
    let pieces: Vec<_> =
        ranges(count, LINKS).into_iter().map(|range| (range.len(), nonces.bytes())).collect();
    let drawn = parallel::map(&pieces, |(length, key)| {
        let (mut fresh, secret) = (Zeroizing::new([0; 32]), &key[32..]);
        fresh.copy_from_slice(&key[..32]);
        Nonces::from_fresh(&fresh, secret, b"shuffle").scalars::<G::Scalar>(*length)
    });
    let mut all = Zeroizing::new(Vec::with_capacity(count));
    for piece in &drawn {
        all.extend_from_slice(piece);
    }
    all
}

/// Implements GenPermutation (table 2).
fn draw_permutation(nonces: &mut Nonces, n: usize) -> Zeroizing<Vec<u32>> {
    let mut permutation: Zeroizing<Vec<u32>> = Zeroizing::new((0..n as u32).collect());
    for i in 0..n {
        permutation.swap(i, i + nonces.below((n - i) as u64) as usize);
    }
    permutation
}

/// Implements GenShuffle.
fn mix<G: Group>(election: &Election<G>, input: &[Ciphertext<G>], nonces: &mut Nonces) -> Mixed<G> {
    let permutation = draw_permutation(nonces, input.len());
    let exponents = draw::<G>(nonces, input.len());
    // In the order of the input these points are as secret as the permutation.
    let reencrypted = parallel::map(&ranges(input.len(), LINKS), |range| {
        let mut points = Zeroizing::new(Vec::with_capacity(2 * range.len()));
        for (e, r) in input[range.clone()].iter().zip(&exponents[range.clone()]) {
            points.push(G::mul(&G::point(&e.alpha), &G::exp_g(r)));
            points.push(G::mul(&G::point(&e.beta), &G::exp_table(election.table(), r)));
        }
        points
    });
    let output = parallel::map(&ranges(input.len(), PIECE), |range| {
        let mut points = Vec::with_capacity(2 * range.len());
        for from in &permutation[range.clone()] {
            let (piece, place) = (*from as usize / LINKS, *from as usize % LINKS);
            points.extend_from_slice(&reencrypted[piece][2 * place..2 * place + 2]);
        }
        let elements = G::encode_all(&points);
        elements.chunks_exact(2).map(|e| Ciphertext { alpha: e[0], beta: e[1] }).collect::<Vec<_>>()
    });
    Mixed { output: output.concat(), exponents, permutation }
}

/// `∑ a_i·b_i`.
fn inner<S: Scalar>(a: &[S], b: &[S]) -> Zeroizing<S> {
    Zeroizing::new(a.iter().zip(b).fold(S::ZERO, |sum, (a, b)| sum + *a * *b))
}

/// The points of commitments, in the order of the output, put at their places in the order of the input.
/// Implements GenPermutationCommitment (table 10).
fn commit<G: Group>(
    generators: &[G::Point],
    permutation: &[u32],
    exponents: &[G::Scalar],
) -> Vec<G::Element> {
    let blinded = parallel::map(&ranges(permutation.len(), LINKS), |range| {
        let pairs = generators[range.clone()].iter().zip(&exponents[range.clone()]);
        Zeroizing::new(pairs.map(|(h, r)| G::mul(&G::exp_g(r), h)).collect::<Vec<_>>())
    });
    let mut points = vec![G::identity(); permutation.len()];
    for (i, place) in permutation.iter().enumerate() {
        points[*place as usize] = blinded[i / LINKS][i % LINKS];
    }
    encode_all::<G>(&points)
}

/// What one piece of the chain gives: `ĉ` and `t̂` of its links, and its part of the products in `t3`, `t41` and `t42`.
struct Piece<G: Group> {
    c_hat: Vec<G::Element>,
    t_hat: Vec<G::Element>,
    products: Zeroizing<Vec<G::Point>>,
}

/// Implements GenShuffleProof.
fn prove<G: Group>(
    election: &Election<G>,
    generators: &Generators<G>,
    input: &[Ciphertext<G>],
    mixed: &Mixed<G>,
    nonces: &mut Nonces,
) -> ShuffleProof<G> {
    let n = input.len();
    let h = generators.known(n);
    let Mixed { output, exponents, permutation } = mixed;
    let statement = Statement {
        fingerprint: &election.fingerprint,
        key: &election.key,
        input,
        output: output.as_slice(),
    };

    // r, in the order of the output: this is r_{j_i} of the specification.
    let r = draw::<G>(nonces, n);
    let c = commit::<G>(h, permutation, &r);
    let u = statement.challenges(&c);
    let u_prime: Secrets<G::Scalar> = Zeroizing::new(permutation.iter().map(|j| u[*j as usize]).collect());

    // The chain in closed form, from two fixed bases: ĉ_i = g^{R_i} · h^{U_i} with R_i = r̂_i + u'_i·R_{i−1} and
    // U_i = u'_i·U_{i−1}, from R_0 = 0 and U_0 = 1. So R_N is the r̂ of the specification.
    let r_hat = draw::<G>(nonces, n);
    let mut big_r: Secrets<G::Scalar> = Zeroizing::new(Vec::with_capacity(n + 1));
    let mut big_u: Secrets<G::Scalar> = Zeroizing::new(Vec::with_capacity(n + 1));
    let (mut last_r, mut last_u) = (G::Scalar::ZERO, G::Scalar::ONE);
    big_r.push(last_r);
    big_u.push(last_u);
    for (r_hat, u_prime) in r_hat.iter().zip(u_prime.iter()) {
        last_r = *r_hat + *u_prime * last_r;
        last_u = *u_prime * last_u;
        big_r.push(last_r);
        big_u.push(last_u);
    }

    let omega = draw::<G>(nonces, 4);
    let omega_hat = draw::<G>(nonces, n);
    let omega_prime = draw::<G>(nonces, n);
    let pieces = parallel::map(&ranges(n, LINKS), |range| {
        let mut points = Vec::with_capacity(2 * range.len());
        for i in range.clone() {
            points.push(two_bases(generators, &big_r[i + 1], &big_u[i + 1]));
        }
        for i in range.clone() {
            let of_g = Zeroizing::new(omega_hat[i] + omega_prime[i] * big_r[i]);
            points.push(two_bases(generators, &of_g, &Zeroizing::new(omega_prime[i] * big_u[i])));
        }
        let mut c_hat = G::encode_all(&points);
        let t_hat = c_hat.split_off(range.len());
        let betas: Vec<_> = output[range.clone()].iter().map(|e| G::point(&e.beta)).collect();
        let alphas: Vec<_> = output[range.clone()].iter().map(|e| G::point(&e.alpha)).collect();
        let exponents = &omega_prime[range.clone()];
        let bases = [&h[range.clone()], &betas, &alphas];
        let products = Zeroizing::new(bases.iter().map(|bases| G::multi_exp(bases, exponents)).collect());
        Piece::<G> { c_hat, t_hat, products }
    });
    let product = |base: G::Point, side: usize| {
        pieces.iter().fold(base, |product, piece| G::mul(&product, &piece.products[side]))
    };
    let minus = Zeroizing::new(-omega[3]);
    let fixed = G::encode_all(&[
        G::exp_g(&omega[0]),
        G::exp_g(&omega[1]),
        product(G::exp_g(&omega[2]), 0),
        product(G::exp_table(election.table(), &minus), 1),
        product(G::exp_g(&minus), 2),
    ]);
    let t = Commitments {
        t1: fixed[0],
        t2: fixed[1],
        t3: fixed[2],
        t41: fixed[3],
        t42: fixed[4],
        t_hat: pieces.iter().flat_map(|piece| piece.t_hat.iter().copied()).collect(),
    };
    let c_hat: Vec<_> = pieces.iter().flat_map(|piece| piece.c_hat.iter().copied()).collect();

    let challenge = G::Scalar::from_digest(&statement.digest(&t, &c, &c_hat));
    let r_bar = Zeroizing::new(r.iter().fold(G::Scalar::ZERO, |sum, r| sum + *r));
    let all = |secrets: &[G::Scalar], masks: &[G::Scalar]| -> Vec<G::Scalar> {
        masks.iter().zip(secrets).map(|(mask, secret)| *mask + challenge * *secret).collect()
    };
    let s = Responses {
        s1: omega[0] + challenge * *r_bar,
        s2: omega[1] + challenge * last_r,
        s3: omega[2] + challenge * *inner(&r, &u_prime),
        s4: omega[3] + challenge * *inner(exponents, &u),
        s_hat: all(&r_hat, &omega_hat),
        s_prime: all(&u_prime, &omega_prime),
    };
    last_r.zeroize();
    last_u.zeroize();
    ShuffleProof { t, s, c, c_hat }
}

/// `g^a · h^b`.
fn two_bases<G: Group>(generators: &Generators<G>, a: &G::Scalar, b: &G::Scalar) -> G::Point {
    G::mul(&G::exp_g(a), &G::exp_table(generators.table(), b))
}

#[cfg(test)]
mod tests {
    use rand_chacha::ChaCha20Rng;
    use rand_core::SeedableRng;

    use super::*;
    use crate::group::Ed25519;
    use crate::shuffle::{NotVerified, verify, verify_one_by_one};

    /// A mixer that changes one side of one output, or its permutation, and then proves by the book: only the equation in
    /// question fails, so each verification must have it.
    #[test]
    fn each_equation_alone_refuses_a_false_mix() {
        type E = <Ed25519 as Group>::Element;
        let key = Ed25519::encode(&Ed25519::exp_g(&Scalar::from_u64(5)));
        let text = format!(
            r#"{{"version":1,"description":"","name":"","group":"Ed25519","public_key":"{key}","questions":[{{"type":"NonHomomorphic","value":{{"answers":["a"],"question":""}}}}],"uuid":"AAAAAAAAAAAAAA"}}"#
        );
        let election = Election::<Ed25519>::parse(text.as_bytes()).unwrap();
        let element = |i: u64| Ed25519::encode(&Ed25519::exp_g(&Scalar::from_u64(i)));
        let input: Vec<_> = (0..50)
            .map(|i| Ciphertext::<Ed25519> { alpha: element(2 * i + 9), beta: element(2 * i + 8) })
            .collect();
        let mut generators = Generators::new();
        generators.extend(input.len());
        let times_g =
            |e: &mut E| *e = Ed25519::encode(&Ed25519::mul(&Ed25519::point(e), &Ed25519::generator()));
        type Change<'a> = &'a dyn Fn(&mut Mixed<Ed25519>);
        let cases: [(Option<&str>, Change<'_>); 5] = [
            (None, &|_| ()),
            (Some("equation t4,1 fails"), &|mixed| times_g(&mut mixed.output[7].beta)),
            (Some("equation t4,2 fails"), &|mixed| times_g(&mut mixed.output[7].alpha)),
            // One input stands twice, another not at all.
            (Some("equation t1 fails"), &|mixed| mixed.permutation[3] = mixed.permutation[4]),
            // A re-encryption with another exponent than the one proved.
            (Some("equation t4,1 fails"), &|mixed| mixed.exponents[0] = mixed.exponents[0] + Scalar::ONE),
        ];
        for (expected, change) in cases {
            let mut nonces = Nonces::new(&mut ChaCha20Rng::from_seed([1; 32]), b"", b"");
            let mut mixed = mix(&election, &input, &mut nonces);
            change(&mut mixed);
            let proof = prove(&election, &generators, &input, &mixed, &mut nonces);
            let shuffle = Shuffle { ciphertexts: vec![mixed.output], proofs: vec![proof] };
            let from = MixInput::from_members(vec![input.clone()]);
            let single = verify_one_by_one(&election, &mut generators, &from, &shuffle).err();
            let batch = verify(&election, &mut generators, &from, shuffle, &[3; 32]).err();
            assert_eq!(single.clone().map(NotVerified::Refused), batch);
            match (expected, single) {
                (Some(words), Some(refusal)) => assert!(refusal.reason.starts_with(words), "{refusal}"),
                (expected, single) => assert_eq!(expected.is_none(), single.is_none(), "{single:?}"),
            }
        }
    }
}
