//! Eight elements of the field of `p = 2^255 − 19` at a time.
//!
//! An element is five limbs of 51 bits, `Σ limb_i·2^(51·i)`; limb `i` of all eight lanes stands in one 512-bit register.
//! `vpmadd52luq` and `vpmadd52huq` read the low 52 bits of two limbs and add the low or the high 52 bits of their product
//! to a 64-bit accumulator. The high half has the weight of the next limb **twice**, because a limb holds 51 bits and not
//! 52; and `2^255 = 19` folds the limbs 5 to 9 of a product back onto 0 to 4.
//!
//! Two types keep the bounds apart, so that no sum is reduced before it must be:
//!
//! | type | each limb | made by |
//! |---|---|---|
//! | [`Fe`] | below `2^52`, all that a multiplication reads | [`Wide::carry`] (below `2^51 + 2^17`), [`Fe::negate_where`] (at most `2^52 − 2`), canonical bytes (below `2^51`) |
//! | [`Wide`] | below `2^63` | a product or square (below `268·2^52 < 2^61 − 2^15`), sums and differences of a few of them |
//!
//! A product's limb 0 is the largest: 1 + 19·4 low halves, 19·5 high halves twice, each below `2^52`: 267 in all.

use core::arch::x86_64::*;

/// The limbs' 51 bits.
pub(super) const MASK: u64 = (1 << 51) - 1;
/// `2p`, limb by limb: what [`Fe::negate_where`] subtracts from.
const TWICE_P: [u64; 5] = [2 * (MASK - 18), 2 * MASK, 2 * MASK, 2 * MASK, 2 * MASK];
/// `2^10·p`, limb by limb: at least `2^61 − 19·2^10`, so that a product can be subtracted from it.
pub(super) const BIAS: [u64; 5] = [(MASK - 18) << 10, MASK << 10, MASK << 10, MASK << 10, MASK << 10];

/// Eight field elements whose limbs are below `2^52`.
#[derive(Clone, Copy)]
pub(super) struct Fe([__m512i; 5]);

/// Eight field elements whose limbs are below `2^63`, not ready for multiplication.
#[derive(Clone, Copy)]
pub(super) struct Wide(pub(super) [__m512i; 5]);

/// Eight 64-bit numbers into a register.
#[inline]
#[target_feature(enable = "avx512f")]
#[expect(unsafe_code, reason = "a load through a pointer")]
pub(super) fn load(words: &[u64; 8]) -> __m512i {
    // SAFETY: the reference covers the 64 bytes that are read; the load asks for no alignment.
    unsafe { _mm512_loadu_epi64(words.as_ptr().cast()) }
}

/// A register's eight 64-bit numbers.
#[inline]
#[target_feature(enable = "avx512f")]
#[expect(unsafe_code, reason = "a store through a pointer")]
pub(super) fn store(register: __m512i) -> [u64; 8] {
    let mut words = [0; 8];
    // SAFETY: the array covers the 64 bytes that are written; the store asks for no alignment.
    unsafe { _mm512_storeu_epi64(words.as_mut_ptr().cast(), register) };
    words
}

/// The same number in all lanes.
#[inline]
#[target_feature(enable = "avx512f")]
fn splat(word: u64) -> __m512i {
    _mm512_set1_epi64(word as i64)
}

/// Whether every limb of every lane is below a bound.
#[inline]
#[target_feature(enable = "avx512f")]
fn below(limbs: &[__m512i; 5], bound: u64) -> bool {
    let mut all = 0xff;
    for limb in limbs {
        all &= _mm512_cmplt_epu64_mask(*limb, splat(bound));
    }
    all == 0xff
}

impl Fe {
    /// Any limbs below `2^52`, limb by limb and lane by lane.
    #[inline]
    #[target_feature(enable = "avx512f")]
    pub(super) fn from_limbs(limbs: &[[u64; 8]; 5]) -> Fe {
        let fe = Fe([load(&limbs[0]), load(&limbs[1]), load(&limbs[2]), load(&limbs[3]), load(&limbs[4])]);
        debug_assert!(below(&fe.0, 1 << 52));
        fe
    }

    /// Limbs below `2^52` from a table, limb `i` of each lane at the lane's index + `i·stride`.
    #[inline]
    #[target_feature(enable = "avx512f")]
    #[expect(unsafe_code, reason = "a gather through a pointer")]
    pub(super) fn gather(table: &[u64], index: __m512i, stride: usize) -> Fe {
        let end = table.len().saturating_sub(4 * stride);
        assert!(_mm512_cmplt_epu64_mask(index, splat(end as u64)) == 0xff);
        let mut limbs = [_mm512_setzero_si512(); 5];
        for (i, limb) in limbs.iter_mut().enumerate() {
            // SAFETY: the largest index + 4 strides is inside the table.
            *limb = unsafe { _mm512_i64gather_epi64::<8>(index, table.as_ptr().add(i * stride).cast()) };
        }
        debug_assert!(below(&limbs, 1 << 52));
        Fe(limbs)
    }

    /// The limbs, limb by limb and lane by lane.
    #[inline]
    #[target_feature(enable = "avx512f")]
    pub(super) fn to_limbs(self) -> [[u64; 8]; 5] {
        let Fe([a, b, c, d, e]) = self;
        [store(a), store(b), store(c), store(d), store(e)]
    }

    /// The same element in all lanes, its limbs below `2^52`.
    #[inline]
    #[target_feature(enable = "avx512f")]
    pub(super) fn splat(limbs: &[u64; 5]) -> Fe {
        Fe([splat(limbs[0]), splat(limbs[1]), splat(limbs[2]), splat(limbs[3]), splat(limbs[4])])
    }

    /// 0 in all lanes.
    #[inline]
    #[target_feature(enable = "avx512f")]
    pub(super) fn zero() -> Fe {
        Fe::splat(&[0; 5])
    }

    /// 1 in all lanes.
    #[inline]
    #[target_feature(enable = "avx512f")]
    pub(super) fn one() -> Fe {
        Fe::splat(&[1, 0, 0, 0, 0])
    }

    /// Reads 255 little-endian bits for each lane, leaving out the 256th.
    #[inline]
    #[target_feature(enable = "avx512f")]
    pub(super) fn from_bytes(bytes: &[[u8; 32]; 8]) -> Fe {
        let mut limbs = [[0; 8]; 5];
        for (lane, bytes) in bytes.iter().enumerate() {
            let [a, b, c, d] = words(bytes);
            let split = [a, (a >> 51) | (b << 13), (b >> 38) | (c << 26), (c >> 25) | (d << 39), d >> 12];
            for (limb, value) in limbs.iter_mut().zip(split) {
                limb[lane] = value & MASK;
            }
        }
        Fe::from_limbs(&limbs)
    }

    /// The residues below `p`, little-endian.
    #[inline]
    #[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
    pub(super) fn to_bytes(self) -> [[u8; 32]; 8] {
        let limbs = self.canonical().to_limbs();
        let mut bytes = [[0; 32]; 8];
        for (lane, bytes) in bytes.iter_mut().enumerate() {
            let [a, b, c, d, e] = [0, 1, 2, 3, 4].map(|i: usize| limbs[i][lane]);
            let joined = [a | (b << 51), (b >> 13) | (c << 38), (c >> 26) | (d << 25), (d >> 39) | (e << 12)];
            for (chunk, word) in bytes.chunks_exact_mut(8).zip(joined) {
                chunk.copy_from_slice(&word.to_le_bytes());
            }
        }
        bytes
    }

    /// The product. Limbs below `268·2^52`.
    #[inline]
    #[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
    pub(super) fn product(&self, other: &Fe) -> Wide {
        debug_assert!(below(&self.0, 1 << 52) && below(&other.0, 1 << 52));
        let mut r = [_mm512_setzero_si512(); 10];
        for (i, a) in self.0.iter().enumerate() {
            for (j, b) in other.0.iter().enumerate() {
                r[i + j + 1] = _mm512_madd52hi_epu64(r[i + j + 1], *a, *b);
            }
        }
        for limb in &mut r[1..] {
            *limb = _mm512_add_epi64(*limb, *limb);
        }
        for (i, a) in self.0.iter().enumerate() {
            for (j, b) in other.0.iter().enumerate() {
                r[i + j] = _mm512_madd52lo_epu64(r[i + j], *a, *b);
            }
        }
        fold(r)
    }

    /// The square. Limbs below `268·2^52`.
    #[inline]
    #[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
    pub(super) fn square(&self) -> Wide {
        debug_assert!(below(&self.0, 1 << 52));
        let a = &self.0;
        let mut r = [_mm512_setzero_si512(); 10];
        // Four times the high halves of a_i·a_j, i < j; twice their low halves and the high halves of a_i²; and once
        // the low halves of a_i².
        for i in 0..5 {
            for j in i + 1..5 {
                r[i + j + 1] = _mm512_madd52hi_epu64(r[i + j + 1], a[i], a[j]);
            }
        }
        for limb in &mut r[2..9] {
            *limb = _mm512_add_epi64(*limb, *limb);
        }
        for i in 0..5 {
            r[2 * i + 1] = _mm512_madd52hi_epu64(r[2 * i + 1], a[i], a[i]);
            for j in i + 1..5 {
                r[i + j] = _mm512_madd52lo_epu64(r[i + j], a[i], a[j]);
            }
        }
        for limb in &mut r[1..] {
            *limb = _mm512_add_epi64(*limb, *limb);
        }
        for i in 0..5 {
            r[2 * i] = _mm512_madd52lo_epu64(r[2 * i], a[i], a[i]);
        }
        fold(r)
    }

    /// The product, ready for the next one.
    #[inline]
    #[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
    pub(super) fn times(&self, other: &Fe) -> Fe {
        self.product(other).carry()
    }

    /// `self^(2^n)`.
    #[inline]
    #[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
    pub(super) fn squared(&self, n: usize) -> Fe {
        let mut power = *self;
        for _ in 0..n {
            power = power.square().carry();
        }
        power
    }

    /// The same limbs as the start of a sum.
    #[inline]
    #[target_feature(enable = "avx512f")]
    pub(super) fn wide(&self) -> Wide {
        Wide(self.0)
    }

    /// The negative in the lanes of the mask: `2p − self`, limb by limb. Takes limbs that [`Wide::carry`] made, or 0 and
    /// canonical ones; gives limbs of at most `2^52 − 2`.
    #[inline]
    #[target_feature(enable = "avx512f")]
    pub(super) fn negate_where(&self, lanes: __mmask8) -> Fe {
        debug_assert!(below(&self.0, (1 << 51) + (1 << 17)));
        let mut limbs = self.0;
        for (limb, p) in limbs.iter_mut().zip(TWICE_P) {
            *limb = _mm512_mask_sub_epi64(*limb, lanes, splat(p), *limb);
        }
        Fe(limbs)
    }

    /// `other` in the lanes of the mask, `self` in the rest.
    #[inline]
    #[target_feature(enable = "avx512f")]
    pub(super) fn replace_where(&self, lanes: __mmask8, other: &Fe) -> Fe {
        let mut limbs = self.0;
        for (limb, other) in limbs.iter_mut().zip(other.0) {
            *limb = _mm512_mask_blend_epi64(lanes, *limb, other);
        }
        Fe(limbs)
    }

    /// The residue below `p`, in limbs below `2^51`.
    #[inline]
    #[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
    fn canonical(&self) -> Fe {
        // Below 2p after the carry, so that p goes in at most once: exactly when 2^255 goes into the value + 19.
        let mut limbs = self.wide().carry().0;
        let mut quotient = splat(19);
        for limb in limbs {
            quotient = _mm512_srli_epi64::<51>(_mm512_add_epi64(limb, quotient));
        }
        let mut carry = _mm512_madd52lo_epu64(_mm512_setzero_si512(), quotient, splat(19));
        for limb in &mut limbs {
            let sum = _mm512_add_epi64(*limb, carry);
            *limb = _mm512_and_si512(sum, splat(MASK));
            carry = _mm512_srli_epi64::<51>(sum);
        }
        Fe(limbs)
    }

    /// The lanes in which the values are equal.
    #[inline]
    #[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
    pub(super) fn equal(&self, other: &Fe) -> __mmask8 {
        let mut lanes = 0xff;
        for (a, b) in self.canonical().0.into_iter().zip(other.canonical().0) {
            lanes &= _mm512_cmpeq_epi64_mask(a, b);
        }
        lanes
    }

    /// The lanes whose residue below `p` is odd.
    #[inline]
    #[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
    pub(super) fn odd(&self) -> __mmask8 {
        _mm512_test_epi64_mask(self.canonical().0[0], splat(1))
    }

    /// `self^(2^250 − 1)` and `self^11`, which both exponentiations below begin with.
    #[inline]
    #[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
    fn power_250(&self) -> (Fe, Fe) {
        let two = self.squared(1);
        let nine = two.squared(2).times(self);
        let eleven = nine.times(&two);
        let ones_5 = eleven.squared(1).times(&nine);
        let ones_10 = ones_5.squared(5).times(&ones_5);
        let ones_20 = ones_10.squared(10).times(&ones_10);
        let ones_40 = ones_20.squared(20).times(&ones_20);
        let ones_50 = ones_40.squared(10).times(&ones_10);
        let ones_100 = ones_50.squared(50).times(&ones_50);
        let ones_200 = ones_100.squared(100).times(&ones_100);
        (ones_200.squared(50).times(&ones_50), eleven)
    }

    /// `self^((p − 5)/8) = self^(2^252 − 3)`.
    #[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
    pub(super) fn power_p58(&self) -> Fe {
        self.power_250().0.squared(2).times(self)
    }

    /// The inverse, `self^(p − 2) = self^(2^255 − 21)`; zero for zero.
    #[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
    pub(super) fn invert(&self) -> Fe {
        let (ones_250, eleven) = self.power_250();
        ones_250.squared(5).times(&eleven)
    }
}

impl Wide {
    /// The sum. The caller keeps it below `2^63`.
    #[inline]
    #[target_feature(enable = "avx512f")]
    pub(super) fn plus(&self, other: &Wide) -> Wide {
        let mut limbs = self.0;
        for (limb, other) in limbs.iter_mut().zip(other.0) {
            *limb = _mm512_add_epi64(*limb, other);
        }
        Wide(limbs)
    }

    /// The difference, in which `other` is at most one product or an [`Fe`]; adds at most `2^61` to the limbs.
    #[inline]
    #[target_feature(enable = "avx512f")]
    pub(super) fn minus(&self, other: &Wide) -> Wide {
        debug_assert!(below(&other.0, BIAS[0]));
        let mut limbs = self.0;
        for ((limb, other), bias) in limbs.iter_mut().zip(other.0).zip(BIAS) {
            *limb = _mm512_add_epi64(*limb, _mm512_sub_epi64(splat(bias), other));
        }
        Wide(limbs)
    }

    /// The double. The caller keeps it below `2^63`.
    #[inline]
    #[target_feature(enable = "avx512f")]
    pub(super) fn twice(&self) -> Wide {
        self.plus(self)
    }

    /// Moves what exceeds 51 bits to the next limb, all limbs at once. Takes limbs below `2^63`, so that less than `2^12`
    /// moves; gives limbs below `2^51 + 19·2^12`.
    #[inline]
    #[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
    pub(super) fn carry(&self) -> Fe {
        debug_assert!(below(&self.0, 1 << 63));
        let mut limbs = self.0;
        let mut over = self.0;
        for (limb, over) in limbs.iter_mut().zip(&mut over) {
            *over = _mm512_srli_epi64::<51>(*limb);
            *limb = _mm512_and_si512(*limb, splat(MASK));
        }
        for (limb, over) in limbs[1..].iter_mut().zip(&over[..4]) {
            *limb = _mm512_add_epi64(*limb, *over);
        }
        limbs[0] = _mm512_madd52lo_epu64(limbs[0], over[4], splat(19));
        Fe(limbs)
    }
}

/// Ten limbs to five: `2^255 = 19`. The upper ones are below `15·2^52`, so that 19 times one stays far below `2^63`.
#[inline]
#[target_feature(enable = "avx512f,avx512dq")]
fn fold(r: [__m512i; 10]) -> Wide {
    let mut limbs = [r[0], r[1], r[2], r[3], r[4]];
    for (limb, upper) in limbs.iter_mut().zip(&r[5..]) {
        *limb = _mm512_add_epi64(*limb, _mm512_mullo_epi64(*upper, splat(19)));
    }
    Wide(limbs)
}

/// The inverses of elements none of which is zero, lane by lane, with one exponentiation (Montgomery's trick).
#[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
pub(super) fn invert_all(elements: &[Fe]) -> Vec<Fe> {
    let mut before = Vec::with_capacity(elements.len());
    let mut product = Fe::one();
    for element in elements {
        before.push(product);
        product = product.times(element);
    }
    let mut inverse = product.invert();
    for (element, slot) in elements.iter().zip(&mut before).rev() {
        *slot = slot.times(&inverse);
        inverse = inverse.times(element);
    }
    before
}

/// 32 bytes as four little-endian words.
pub(super) fn words(bytes: &[u8; 32]) -> [u64; 4] {
    let mut words = [0; 4];
    for (word, chunk) in words.iter_mut().zip(bytes.as_chunks::<8>().0) {
        *word = u64::from_le_bytes(*chunk);
    }
    words
}
