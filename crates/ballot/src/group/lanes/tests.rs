//! The lanes against `curve25519-dalek`, against big integers, and against their own bounds.

use crypto_bigint::{NonZero, U256, U512};
use curve25519_dalek::constants::{ED25519_BASEPOINT_POINT, EIGHT_TORSION};
use curve25519_dalek::edwards::{CompressedEdwardsY, EdwardsPoint};
use curve25519_dalek::scalar::Scalar;
use curve25519_dalek::traits::{Identity, IsIdentity};
use rand_chacha::ChaCha20Rng;
use rand_core::{Rng, SeedableRng};

use super::curve::{D, IDENTITY, SQRT_MINUS_ONE, TWICE_D, compress, decompress};
use super::field::{BIAS, Fe, MASK, Wide, invert_all, store};
use super::{FixedTable, Term, available, products};

/// The largest limb of an [`Fe`].
const TOP: u64 = (1 << 52) - 1;

/// Says so where the processor has no lanes, and skips the test.
macro_rules! lanes_or_return {
    () => {
        if !available() {
            println!("skipped: this processor has no AVX-512 IFMA");
            return;
        }
    };
}

/// Runs a function that needs the lanes, behind [`lanes_or_return`].
macro_rules! in_lanes {
    ($call:expr) => {{
        assert!(available());
        // SAFETY: the processor has the instructions.
        #[expect(unsafe_code, reason = "a call into functions for particular processors")]
        unsafe {
            $call
        }
    }};
}

fn p() -> U256 {
    U256::MAX.shr_vartime(1).wrapping_sub(&U256::from(18u8))
}

fn residue(wide: &U512) -> U256 {
    let p: U512 = p().resize();
    wide.rem_vartime(&NonZero::new(p).unwrap()).resize()
}

/// `Σ limb_i·2^(51·i)` modulo `p`.
fn value(limbs: &[u64; 5]) -> U256 {
    let mut sum = U512::ZERO;
    for (i, limb) in limbs.iter().enumerate() {
        sum = sum.wrapping_add(&U512::from(*limb).shl_vartime(51 * i as u32));
    }
    residue(&sum)
}

fn times(a: &U256, b: &U256) -> U256 {
    let (a, b): (U512, U512) = (a.resize(), b.resize());
    residue(&a.wrapping_mul(&b))
}

fn power(base: &U256, exponent: &U256) -> U256 {
    let mut result = U256::ONE;
    for bit in (0..256).rev() {
        result = times(&result, &result);
        if exponent.bit_vartime(bit) {
            result = times(&result, base);
        }
    }
    result
}

/// One lane's limbs.
fn lane(limbs: &[[u64; 8]; 5], lane: usize) -> [u64; 5] {
    limbs.map(|limb| limb[lane])
}

/// Limbs whose extremes are common: in each lane random, all zero, all ones, or a mixture.
fn elements(rng: &mut ChaCha20Rng) -> [[u64; 8]; 5] {
    let mut limbs = [[0; 8]; 5];
    for lane in 0..8 {
        let kind = rng.next_u64() % 4;
        for limb in &mut limbs {
            limb[lane] = match (kind, rng.next_u64() % 5) {
                (0, _) | (3, 0) => rng.next_u64() & TOP,
                (1, _) | (3, 1) => TOP,
                (3, 2) => MASK,
                (3, 3) => MASK + 1,
                _ => 0,
            };
        }
    }
    limbs
}

/// [`Fe::product`] in one lane, from the low and high halves of the limbs' products; every sum checked.
fn model_sums(halves: impl Fn(usize, usize) -> (u64, u64)) -> [u64; 5] {
    let mut r = [0u64; 10];
    for i in 0..5 {
        for j in 0..5 {
            let (low, high) = halves(i, j);
            r[i + j] = r[i + j].checked_add(low).unwrap();
            r[i + j + 1] = r[i + j + 1].checked_add(2 * high).unwrap();
        }
    }
    assert!(r[5..].iter().all(|limb| *limb < 15 << 52));
    std::array::from_fn(|i| r[i].checked_add(r[i + 5].checked_mul(19).unwrap()).unwrap())
}

/// [`Fe::product`] in one lane.
fn model_product(a: &[u64; 5], b: &[u64; 5]) -> [u64; 5] {
    model_sums(|i, j| {
        assert!(a[i] <= TOP && b[j] <= TOP, "the processor would not see all of it");
        let product = u128::from(a[i]) * u128::from(b[j]);
        ((product & u128::from(TOP)) as u64, (product >> 52) as u64)
    })
}

/// [`Wide::carry`] in one lane; every sum checked.
fn model_carry(limbs: &[u64; 5]) -> [u64; 5] {
    let over = limbs.map(|limb| limb >> 51);
    std::array::from_fn(|i| {
        let moved = if i == 0 { over[4].checked_mul(19).unwrap() } else { over[i - 1] };
        (limbs[i] & MASK).checked_add(moved).unwrap()
    })
}

#[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
fn wide_limbs(wide: &Wide) -> [[u64; 8]; 5] {
    wide.0.map(|limb| store(limb))
}

#[test]
fn constants_are_what_they_are_called() {
    let minus_one = p().wrapping_sub(&U256::ONE);
    let d = value(&D);
    // 121666·d = −121665.
    assert_eq!(times(&d, &U256::from(121_666u32)), p().wrapping_sub(&U256::from(121_665u32)));
    assert_eq!(value(&TWICE_D), times(&d, &U256::from(2u8)));
    assert_eq!(times(&value(&SQRT_MINUS_ONE), &value(&SQRT_MINUS_ONE)), minus_one);
    // −1 is a square, d is none: the addition is complete.
    assert_eq!(power(&d, &minus_one.shr_vartime(1)), minus_one);
    for limbs in [D, TWICE_D, SQRT_MINUS_ONE] {
        assert!(limbs.iter().all(|limb| *limb <= MASK));
    }
}

#[test]
fn no_limb_exceeds_its_bound() {
    // No half of a product is larger than 52 ones, and the sums are monotonous in the halves.
    let product = model_sums(|_, _| (TOP, TOP)).into_iter().max().unwrap();
    assert!(product < 268 << 52);
    // What is subtracted stays below the bias, and a doubling's 2Z² + X² − Y² is the largest sum that is carried.
    assert!(BIAS.iter().all(|limb| (product..=1 << 61).contains(limb)));
    assert!(3 * product + (1 << 61) < 1 << 63);
    let carried = model_carry(&[(1 << 63) - 1; 5]);
    assert!(carried.iter().all(|limb| *limb < (1 << 51) + (1 << 17)), "{carried:?}");
}

#[test]
fn the_field_agrees_with_the_model_and_with_big_integers() {
    #[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
    fn run() {
        let mut rng = ChaCha20Rng::seed_from_u64(1);
        let modulus = NonZero::new(p()).unwrap();
        for round in 0..2_000 {
            let (mut a, mut b) = (elements(&mut rng), elements(&mut rng));
            if round == 0 {
                (a, b) = ([[TOP; 8]; 5], [[TOP; 8]; 5]);
            }
            let (fa, fb) = (Fe::from_limbs(&a), Fe::from_limbs(&b));
            let product = fa.product(&fb);
            let square = fa.square();
            let sum = product.plus(&square.twice()).minus(&fb.product(&fb));
            let (carried, negated) = (product.carry(), product.carry().negate_where(0b0101_1010));
            let bytes = carried.to_bytes();
            let (odd, equal) = (negated.odd(), negated.equal(&carried));
            for (i, bytes) in bytes.iter().enumerate() {
                let (a, b) = (lane(&a, i), lane(&b, i));
                let (va, vb) = (value(&a), value(&b));
                let model = model_product(&a, &b);
                assert_eq!(lane(&wide_limbs(&product), i), model);
                assert_eq!(lane(&wide_limbs(&square), i), model_product(&a, &a));
                assert_eq!(lane(&carried.to_limbs(), i), model_carry(&model));
                let expected = times(&va, &vb);
                assert_eq!(value(&model), expected);
                assert_eq!(U256::from_le_slice(bytes), expected);
                let twice_aa = times(&times(&va, &va), &U256::from(2u8));
                let expected_sum = expected.add_mod(&twice_aa, &modulus).sub_mod(&times(&vb, &vb), &modulus);
                assert_eq!(value(&lane(&sum.carry().to_limbs(), i)), expected_sum);
                let turned = (0b0101_1010 >> i) & 1 == 1 && expected != U256::ZERO;
                let expected_negated = if turned { p().wrapping_sub(&expected) } else { expected };
                assert_eq!(value(&lane(&negated.to_limbs(), i)), expected_negated);
                assert_eq!((odd >> i) & 1 == 1, expected_negated.bit_vartime(0));
                assert_eq!((equal >> i) & 1 == 1, !turned);
            }
        }
    }
    lanes_or_return!();
    in_lanes!(run());
}

#[test]
fn values_near_p_become_canonical() {
    #[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
    fn run() {
        // p − 3, …, p + 18 = 2^255 − 1, and the first limb as far above as a limb goes.
        for excess in (0..22).chain([1 << 50, (1 << 51) + 2]) {
            let mut limbs = [[MASK; 8]; 5];
            limbs[0] = [MASK - 21 + excess; 8];
            let expected = value(&lane(&limbs, 0));
            for bytes in Fe::from_limbs(&limbs).to_bytes() {
                assert_eq!(U256::from_le_slice(&bytes), expected);
            }
        }
    }
    lanes_or_return!();
    in_lanes!(run());
}

#[test]
fn inverses_and_roots() {
    #[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
    fn run() {
        let mut rng = ChaCha20Rng::seed_from_u64(2);
        let mut all = Vec::new();
        for _ in 0..5 {
            let mut limbs = elements(&mut rng);
            limbs[0] = limbs[0].map(|limb| limb | 1);
            all.push(Fe::from_limbs(&limbs));
        }
        let exponent = p().wrapping_sub(&U256::from(5u8)).shr_vartime(3);
        for (element, inverse) in all.iter().zip(invert_all(&all)) {
            assert_eq!(element.times(&inverse).equal(&Fe::one()), 0xff);
            assert_eq!(element.invert().equal(&inverse), 0xff);
            let powers = element.power_p58().to_limbs();
            for i in 0..8 {
                assert_eq!(value(&lane(&powers, i)), power(&value(&lane(&element.to_limbs(), i)), &exponent));
            }
        }
        assert!(invert_all(&[]).is_empty());
        assert_eq!(Fe::zero().invert().equal(&Fe::zero()), 0xff);
    }
    lanes_or_return!();
    in_lanes!(run());
}

#[test]
fn points_survive_the_round_trip_and_others_are_told() {
    #[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
    fn run() {
        let mut rng = ChaCha20Rng::seed_from_u64(3);
        let mut special: Vec<[u8; 32]> = EIGHT_TORSION.iter().map(|point| point.compress().0).collect();
        let mut points = 0;
        for round in 0..300 {
            let bytes: [[u8; 32]; 8] = std::array::from_fn(|_| {
                special.pop().unwrap_or_else(|| {
                    let mut bytes = [0; 32];
                    rng.fill_bytes(&mut bytes);
                    bytes
                })
            });
            let (decoded, on_curve) = decompress(&bytes);
            let encoded = compress(&[decoded.projective(), decoded.projective()]);
            assert_eq!(encoded[0], encoded[1]);
            for i in 0..8 {
                let expected = CompressedEdwardsY(bytes[i]).decompress();
                assert_eq!((on_curve >> i) & 1 == 1, expected.is_some(), "round {round} lane {i}");
                if let Some(expected) = expected {
                    points += 1;
                    assert_eq!(encoded[0][i], expected.compress().0);
                }
            }
        }
        assert!(points > 1_000);
    }
    lanes_or_return!();
    in_lanes!(run());
}

/// What dalek says to the same terms.
fn expected(g: &EdwardsPoint, key: &EdwardsPoint, terms: &[Term]) -> Vec<[u8; 32]> {
    let scalar = |bytes: &[u8; 32]| Scalar::from_canonical_bytes(*bytes).unwrap();
    terms
        .iter()
        .map(|term| {
            let base = CompressedEdwardsY(term.base).decompress().unwrap();
            (g * scalar(&term.g) + key * scalar(&term.key) + base * scalar(&term.exponent)).compress().0
        })
        .collect()
}

fn table(point: &EdwardsPoint) -> FixedTable {
    FixedTable::new(&point.compress().0).unwrap()
}

fn random_scalar(rng: &mut ChaCha20Rng) -> Scalar {
    let mut bytes = [0; 64];
    rng.fill_bytes(&mut bytes);
    Scalar::from_bytes_mod_order_wide(&bytes)
}

fn random_term(rng: &mut ChaCha20Rng) -> Term {
    let mut base = EdwardsPoint::mul_base(&random_scalar(rng));
    if rng.next_u64().is_multiple_of(4) {
        base += EIGHT_TORSION[(rng.next_u64() % 8) as usize];
    }
    let mut exponents = [(); 3].map(|()| random_scalar(rng));
    for exponent in &mut exponents {
        if rng.next_u64().is_multiple_of(8) {
            *exponent = Scalar::ZERO;
        }
    }
    let [g, key, exponent] = exponents.map(|scalar| scalar.to_bytes());
    Term { g, key, base: base.compress().0, exponent }
}

/// `2^n`.
fn two_to(n: usize) -> Scalar {
    (0..n).fold(Scalar::ONE, |power, _| power + power)
}

fn edge_scalars() -> Vec<Scalar> {
    let mut scalars: Vec<Scalar> =
        [0u64, 1, 2, 7, 8, 9, 15, 16, 2047, 2048, 2049, 4095, 4096].into_iter().map(Scalar::from).collect();
    let eights = (0..63).fold(Scalar::ZERO, |sum, i| sum + two_to(4 * i + 3));
    scalars.extend([
        -Scalar::ONE,
        -Scalar::from(2u64),
        two_to(252),
        two_to(252) - Scalar::ONE,
        two_to(251),
        eights,
    ]);
    scalars
}

#[test]
fn products_agree_with_dalek_on_random_terms() {
    lanes_or_return!();
    let mut rng = ChaCha20Rng::seed_from_u64(4);
    let (g, key) = (ED25519_BASEPOINT_POINT, EdwardsPoint::mul_base(&random_scalar(&mut rng)));
    let terms: Vec<Term> = (0..10_003).map(|_| random_term(&mut rng)).collect();
    let computed = products(&table(&g), &table(&key), &terms).unwrap();
    assert!(computed == expected(&g, &key, &terms));
}

#[test]
fn products_agree_with_dalek_at_the_edges() {
    lanes_or_return!();
    let mut rng = ChaCha20Rng::seed_from_u64(5);
    let generator = ED25519_BASEPOINT_POINT;
    let mut bases = vec![EdwardsPoint::identity(), generator, -generator];
    for torsion in EIGHT_TORSION {
        bases.extend([torsion, generator + torsion]);
    }
    let scalars = edge_scalars();
    // Each pair of a base and an exponent with the other exponents zero, edge or random; once with a key that has torsion.
    let mut terms = Vec::new();
    for base in &bases {
        for exponent in &scalars {
            let base = base.compress().0;
            let mut any = || scalars[(rng.next_u64() % scalars.len() as u64) as usize].to_bytes();
            terms.push(Term { g: [0; 32], key: [0; 32], base, exponent: exponent.to_bytes() });
            terms.push(Term { g: any(), key: any(), base, exponent: exponent.to_bytes() });
            terms.push(Term { g: exponent.to_bytes(), key: any(), base, exponent: any() });
            terms.push(Term { g: (-exponent).to_bytes(), key: [0; 32], base, exponent: exponent.to_bytes() });
        }
    }
    for key in [
        generator,
        -generator,
        EdwardsPoint::identity(),
        generator * Scalar::from(77u64) + EIGHT_TORSION[1],
        EIGHT_TORSION[3],
    ] {
        let computed = products(&table(&generator), &table(&key), &terms).unwrap();
        assert!(computed == expected(&generator, &key, &terms));
    }
    // The inputs were what they should be.
    assert!(EIGHT_TORSION.iter().all(|point| point.mul_by_cofactor().is_identity()));
}

#[test]
fn products_of_vectors_in_which_something_is_zero_everywhere() {
    lanes_or_return!();
    let mut rng = ChaCha20Rng::seed_from_u64(6);
    let (g, key) = (ED25519_BASEPOINT_POINT, EdwardsPoint::mul_base(&random_scalar(&mut rng)));
    let (g_table, key_table) = (table(&g), table(&key));
    for kept in 0..8 {
        let terms: Vec<Term> = (0..16)
            .map(|i| {
                let [a, b, c] = [(); 3].map(|()| {
                    let scalar = random_scalar(&mut rng);
                    // In the second vector: short exponents, so that leading windows are zero.
                    if i < 8 {
                        scalar.to_bytes()
                    } else {
                        Scalar::from(u64::from(scalar.as_bytes()[0])).to_bytes()
                    }
                });
                let kept_or_zero = |bit: u8, bytes| if kept & bit == 0 { [0; 32] } else { bytes };
                Term {
                    g: kept_or_zero(1, a),
                    key: kept_or_zero(2, b),
                    exponent: kept_or_zero(4, c),
                    ..random_term(&mut rng)
                }
            })
            .collect();
        assert_eq!(
            products(&g_table, &key_table, &terms).unwrap(),
            expected(&g, &key, &terms),
            "kept {kept:03b}"
        );
    }
}

#[test]
fn every_number_of_terms() {
    lanes_or_return!();
    let mut rng = ChaCha20Rng::seed_from_u64(7);
    let (g, key) = (ED25519_BASEPOINT_POINT, EdwardsPoint::mul_base(&random_scalar(&mut rng)));
    let (g_table, key_table) = (table(&g), table(&key));
    let terms: Vec<Term> = (0..530).map(|_| random_term(&mut rng)).collect();
    let all = expected(&g, &key, &terms);
    // 512 terms share one inversion.
    for count in (0..=17).chain([511, 512, 513, 520, 530]) {
        assert_eq!(products(&g_table, &key_table, &terms[..count]).unwrap(), all[..count], "{count} terms");
    }
}

#[test]
fn what_is_no_point_is_refused() {
    lanes_or_return!();
    // y = 2 is on no point of the curve.
    let mut off = IDENTITY;
    off[0] = 2;
    assert!(CompressedEdwardsY(off).decompress().is_none());
    assert!(FixedTable::new(&off).is_none());
    let g = table(&ED25519_BASEPOINT_POINT);
    let term = Term { g: [0; 32], key: [0; 32], base: off, exponent: [0; 32] };
    assert_eq!(products(&g, &g, &[term]), None);
}
