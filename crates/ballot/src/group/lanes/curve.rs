//! Eight points of Edwards25519 at a time: `−x² + y² = 1 + d·x²·y²`.
//!
//! Coordinates and formulas are those of Hisil, Wong, Carter and Dawson, "Twisted Edwards Curves Revisited" (2008):
//! extended coordinates `x = X/Z`, `y = Y/Z`, `x·y = T/Z`, the unified addition of section 3.1 and the doubling of
//! section 3.3. As −1 is a square and `d` is none, the addition is complete: it holds for every two points of the curve,
//! equal, opposite, neutral or of small order.

use core::arch::x86_64::*;

use super::field::{Fe, Wide, invert_all, load, words};

/// `d = −121665/121666`.
pub(super) const D: [u64; 5] =
    [0x34dca135978a3, 0x1a8283b156ebd, 0x5e7a26001c029, 0x739c663a03cbb, 0x52036cee2b6ff];
/// `2d`.
pub(super) const TWICE_D: [u64; 5] =
    [0x69b9426b2f159, 0x35050762add7a, 0x3cf44c0038052, 0x6738cc7407977, 0x2406d9dc56dff];
/// A square root of −1.
pub(super) const SQRT_MINUS_ONE: [u64; 5] =
    [0x61b274a0ea0b0, 0x0d5a5fc8f189d, 0x7ef5e9cbd0c60, 0x78595a6804c9e, 0x2b8324804fc1d];

/// RFC 8032's bytes of the neutral element.
pub(super) const IDENTITY: [u8; 32] = {
    let mut bytes = [0; 32];
    bytes[0] = 1;
    bytes
};

/// The windows of a base that changes from lane to lane: 64 signed digits in radix 2^4.
const WINDOW: usize = 4;
/// The windows of a fixed base: 22 signed digits in radix 2^12. Each falls on every third window of the former.
const FIXED_WINDOW: usize = 12;
/// The multiples of a changing base, from 0 on.
const MULTIPLES: usize = (1 << (WINDOW - 1)) + 1;
/// The multiples of a fixed base, from 0 on.
const FIXED_MULTIPLES: usize = (1 << (FIXED_WINDOW - 1)) + 1;

/// `(X : Y : Z)`, which is enough for doubling and encoding.
#[derive(Clone, Copy)]
pub(super) struct Projective {
    x: Fe,
    y: Fe,
    z: Fe,
}

/// `(X : Y : Z : T)`, which addition starts from.
#[derive(Clone, Copy)]
pub(super) struct Extended {
    x: Fe,
    y: Fe,
    z: Fe,
    t: Fe,
}

/// What additions and doublings give: `X = E·F`, `Y = G·H`, `Z = F·G` and, if an addition follows, `T = E·H`.
#[derive(Clone, Copy)]
pub(super) struct Completed {
    e: Fe,
    f: Fe,
    g: Fe,
    h: Fe,
}

/// A point to be added: `Y + X`, `Y − X`, `2d·T`, `2Z`.
#[derive(Clone, Copy)]
struct Cached {
    plus: Fe,
    minus: Fe,
    t2d: Fe,
    z2: Fe,
}

/// A point to be added, with `Z = 1`: `y + x`, `y − x`, `2d·x·y`.
struct Affine {
    plus: Fe,
    minus: Fe,
    t2d: Fe,
}

impl Completed {
    #[inline]
    #[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
    fn identity() -> Completed {
        Completed { e: Fe::zero(), f: Fe::one(), g: Fe::one(), h: Fe::one() }
    }

    /// Ready for doubling and encoding.
    #[inline]
    #[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
    pub(super) fn projective(&self) -> Projective {
        Projective { x: self.e.times(&self.f), y: self.g.times(&self.h), z: self.f.times(&self.g) }
    }

    /// Ready for addition.
    #[inline]
    #[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
    fn extended(&self) -> Extended {
        let Projective { x, y, z } = self.projective();
        Extended { x, y, z, t: self.e.times(&self.h) }
    }
}

impl Projective {
    /// With `A = X²`, `B = Y²`, `C = 2Z²`: `E = 2XY`, `G = B − A`, and the opposites of the paper's `F` and `H`, which
    /// are `C − G` and `A + B`. With both signs turned all four coordinates become the opposites, and the point is the same.
    #[inline]
    #[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
    fn double(&self) -> Completed {
        let a = self.x.square();
        let b = self.y.square();
        let c = self.z.square().twice();
        Completed {
            e: self.x.product(&self.y).twice().carry(),
            f: c.plus(&a).minus(&b).carry(),
            g: b.minus(&a).carry(),
            h: a.plus(&b).carry(),
        }
    }
}

impl Extended {
    /// From affine coordinates.
    #[inline]
    #[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
    fn from_affine(x: Fe, y: Fe) -> Extended {
        Extended { x, y, z: Fe::one(), t: x.times(&y) }
    }

    #[inline]
    #[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
    pub(super) fn projective(&self) -> Projective {
        Projective { x: self.x, y: self.y, z: self.z }
    }

    #[inline]
    #[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
    fn cached(&self) -> Cached {
        let Affine { plus, minus, t2d } = Affine::new(&self.x, &self.y, &self.t);
        Cached { plus, minus, t2d, z2: self.z.wide().twice().carry() }
    }

    #[inline]
    #[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
    fn add(&self, other: &Cached) -> Completed {
        self.add_scaled(&other.plus, &other.minus, &other.t2d, &self.z.product(&other.z2))
    }

    #[inline]
    #[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
    fn add_affine(&self, other: &Affine) -> Completed {
        self.add_scaled(&other.plus, &other.minus, &other.t2d, &self.z.wide().twice())
    }

    /// The unified addition, given `D = 2·Z1·Z2`.
    #[inline]
    #[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
    fn add_scaled(&self, plus: &Fe, minus: &Fe, t2d: &Fe, d: &Wide) -> Completed {
        let (x, y) = (self.x.wide(), self.y.wide());
        let a = y.minus(&x).carry().product(minus);
        let b = y.plus(&x).carry().product(plus);
        let c = self.t.product(t2d);
        Completed {
            e: b.minus(&a).carry(),
            f: d.minus(&c).carry(),
            g: d.plus(&c).carry(),
            h: b.plus(&a).carry(),
        }
    }
}

impl Affine {
    #[inline]
    #[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
    fn new(x: &Fe, y: &Fe, t: &Fe) -> Affine {
        Affine {
            plus: y.wide().plus(&x.wide()).carry(),
            minus: y.wide().minus(&x.wide()).carry(),
            t2d: t.times(&Fe::splat(&TWICE_D)),
        }
    }
}

/// The points of RFC 8032's bytes, and the lanes in which the bytes are those of a point. Like dalek this reads `y` modulo
/// `p` and lets the sign of `x = 0` be set; who wants canonical bytes has seen to it before.
#[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
pub(super) fn decompress(bytes: &[[u8; 32]; 8]) -> (Extended, __mmask8) {
    let y = Fe::from_bytes(bytes);
    let yy = y.square().carry();
    // x² = u/v with u = y² − 1, v = d·y² + 1; and a root of u/v, if there is one, is u·v³·(u·v⁷)^((p − 5)/8) up to a root
    // of −1.
    let one = Fe::one().wide();
    let u = yy.wide().minus(&one).carry();
    let v = yy.product(&Fe::splat(&D)).plus(&one).carry();
    let v3 = v.squared(1).times(&v);
    let v7 = v3.squared(1).times(&v);
    let root = u.times(&v3).times(&u.times(&v7).power_p58());
    let square = root.squared(1).times(&v);
    let minus_u = Fe::zero().wide().minus(&u.wide()).carry();
    let (right, turned) = (square.equal(&u), square.equal(&minus_u));
    let x = root.replace_where(turned & !right, &root.times(&Fe::splat(&SQRT_MINUS_ONE)));
    let mut signs = 0;
    for (lane, bytes) in bytes.iter().enumerate() {
        signs |= (bytes[31] >> 7) << lane;
    }
    let x = x.negate_where(x.odd() ^ signs).wide().carry();
    (Extended::from_affine(x, y), right | turned)
}

/// RFC 8032's bytes of vectors of points.
#[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
pub(super) fn compress(points: &[Projective]) -> Vec<[[u8; 32]; 8]> {
    let mut zs = Vec::with_capacity(points.len());
    for point in points {
        zs.push(point.z);
    }
    let mut all = Vec::with_capacity(points.len());
    for (point, inverse) in points.iter().zip(invert_all(&zs)) {
        let signs = point.x.times(&inverse).odd();
        let mut bytes = point.y.times(&inverse).to_bytes();
        for (lane, bytes) in bytes.iter_mut().enumerate() {
            bytes[31] |= ((signs >> lane) & 1) << 7;
        }
        all.push(bytes);
    }
    all
}

/// Eight scalars in signed digits, most significant last: digit `i` of all lanes stands in `digits[i]`.
pub(super) struct Digits {
    digits: Vec<[u64; 8]>,
    /// How many are left when those above, zero in all lanes, are taken off.
    len: usize,
}

impl Digits {
    /// Digits from `−2^(window − 1) + 1` to `2^(window − 1)` of scalars below `2^253`.
    fn new(scalars: &[[u8; 32]; 8], window: usize) -> Digits {
        // 253 bits and the last carry.
        let count = 254usize.div_ceil(window);
        let mut digits = vec![[0; 8]; count];
        for (lane, scalar) in scalars.iter().enumerate() {
            let [a, b, c, d] = words(scalar);
            debug_assert!(d < 1 << 61, "the scalar is not below q");
            let words = [a, b, c, d, 0, 0];
            let mut carry = 0;
            for (i, digit) in digits.iter_mut().enumerate() {
                let (word, bit) = (i * window / 64, i * window % 64);
                let pair = u128::from(words[word]) | (u128::from(words[word + 1]) << 64);
                let value = ((pair >> bit) as u64 & ((1 << window) - 1)) + carry;
                carry = u64::from(value > 1 << (window - 1));
                digit[lane] = value.wrapping_sub(carry << window);
            }
        }
        let len = digits.iter().rposition(|digit| *digit != [0; 8]).map_or(0, |last| last + 1);
        Digits { digits, len }
    }

    /// A changing base's exponents.
    pub(super) fn changing(scalars: &[[u8; 32]; 8]) -> Digits {
        Digits::new(scalars, WINDOW)
    }

    /// A fixed base's exponents.
    pub(super) fn fixed(scalars: &[[u8; 32]; 8]) -> Digits {
        Digits::new(scalars, FIXED_WINDOW)
    }

    /// The digits with this weight; `None` if all are zero.
    fn get(&self, i: usize) -> Option<&[u64; 8]> {
        self.digits[..self.len].get(i).filter(|digit| **digit != [0; 8])
    }
}

/// Eight digits, made ready for a look-up.
struct Choice {
    magnitude: __m512i,
    negative: __mmask8,
}

impl Choice {
    #[inline]
    #[target_feature(enable = "avx512f")]
    fn new(digits: &[u64; 8]) -> Choice {
        let digits = load(digits);
        Choice {
            magnitude: _mm512_abs_epi64(digits),
            negative: _mm512_cmplt_epi64_mask(digits, _mm512_setzero_si512()),
        }
    }

    /// `y + x`, `y − x` and `2d·t` of each lane's point, which begins at its index; a coordinate has five limbs a stride
    /// apart. `−(x, y) = (−x, y)`: with a negative digit the first two change places, and `t` its sign.
    #[inline]
    #[target_feature(enable = "avx512f")]
    fn gather(&self, table: &[u64], index: __m512i, stride: usize) -> Affine {
        let next = _mm512_add_epi64(index, _mm512_set1_epi64(5 * stride as i64));
        let third = _mm512_add_epi64(next, _mm512_set1_epi64(5 * stride as i64));
        Affine {
            plus: Fe::gather(table, _mm512_mask_blend_epi64(self.negative, index, next), stride),
            minus: Fe::gather(table, _mm512_mask_blend_epi64(self.negative, next, index), stride),
            t2d: Fe::gather(table, third, stride).negate_where(self.negative),
        }
    }
}

/// The multiples `0, B, …, 8·B` of eight bases: for each multiple 20 limbs, for each limb eight lanes.
struct Changing(Vec<[u64; 8]>);

impl Changing {
    #[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
    fn new(base: &Extended) -> Changing {
        let first = base.cached();
        let mut points = [*base; MULTIPLES];
        let mut limbs = Vec::with_capacity(20 * MULTIPLES);
        Changing::push(&mut limbs, &Completed::identity().extended().cached());
        Changing::push(&mut limbs, &first);
        for i in 2..MULTIPLES {
            let sum =
                if i % 2 == 0 { points[i / 2].projective().double() } else { points[i - 1].add(&first) };
            points[i] = sum.extended();
            Changing::push(&mut limbs, &points[i].cached());
        }
        Changing(limbs)
    }

    #[target_feature(enable = "avx512f")]
    fn push(limbs: &mut Vec<[u64; 8]>, point: &Cached) {
        for coordinate in [point.plus, point.minus, point.t2d, point.z2] {
            limbs.extend_from_slice(&coordinate.to_limbs());
        }
    }

    /// Each lane's multiple by its digit.
    #[inline]
    #[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
    fn lookup(&self, digits: &[u64; 8]) -> Cached {
        let table = self.0.as_flattened();
        let choice = Choice::new(digits);
        let lanes = _mm512_set_epi64(7, 6, 5, 4, 3, 2, 1, 0);
        let index = _mm512_add_epi64(_mm512_mul_epu32(choice.magnitude, _mm512_set1_epi64(20 * 8)), lanes);
        let Affine { plus, minus, t2d } = choice.gather(table, index, 8);
        let z2 = Fe::gather(table, _mm512_add_epi64(index, _mm512_set1_epi64(15 * 8)), 8);
        Cached { plus, minus, t2d, z2 }
    }
}

/// The multiples `0, B, …, 2048·B` of one base: the limbs of `y + x`, `y − x` and `2d·x·y`, and one word that is not used.
pub(super) struct Fixed(Vec<[u64; 16]>);

impl Fixed {
    /// `None` if the bytes are not those of a point.
    #[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
    pub(super) fn new(bytes: &[u8; 32]) -> Option<Fixed> {
        let (base, on_curve) = decompress(&[*bytes; 8]);
        if on_curve != 0xff {
            return None;
        }
        // The first vector holds the multiples 1 to 8, and each next one 8 more.
        let mut first = [[0; 32]; 8];
        for (i, scalar) in first.iter_mut().enumerate() {
            scalar[0] = i as u8 + 1;
        }
        let mut sum = multiply(&base, &Digits::changing(&first), &[]);
        let mut eight = [[0; 32]; 8];
        for scalar in &mut eight {
            scalar[0] = 8;
        }
        let step = multiply(&base, &Digits::changing(&eight), &[]).extended().cached();
        let mut points = Vec::with_capacity(FIXED_MULTIPLES / 8);
        for _ in 0..FIXED_MULTIPLES / 8 {
            let point = sum.extended();
            points.push(point.projective());
            sum = point.add(&step);
        }
        let mut zs = Vec::with_capacity(points.len());
        for point in &points {
            zs.push(point.z);
        }
        let mut rows = Vec::with_capacity(FIXED_MULTIPLES);
        let mut zero = [0; 16];
        (zero[0], zero[5]) = (1, 1);
        rows.push(zero);
        for (point, inverse) in points.iter().zip(invert_all(&zs)) {
            let (x, y) = (point.x.times(&inverse), point.y.times(&inverse));
            let Affine { plus, minus, t2d } = Affine::new(&x, &y, &x.times(&y));
            let limbs = [plus.to_limbs(), minus.to_limbs(), t2d.to_limbs()];
            for lane in 0..8 {
                let mut row = [0; 16];
                for (word, limb) in row.iter_mut().zip(limbs.iter().flatten()) {
                    *word = limb[lane];
                }
                rows.push(row);
            }
        }
        Some(Fixed(rows))
    }

    /// Each lane's multiple by its digit.
    #[inline]
    #[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
    fn lookup(&self, digits: &[u64; 8]) -> Affine {
        let choice = Choice::new(digits);
        choice.gather(self.0.as_flattened(), _mm512_slli_epi64::<4>(choice.magnitude), 1)
    }
}

/// `[exponents]base + Σ [scalars]fixed`, one chain of doublings for all (Straus).
#[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
pub(super) fn multiply(base: &Extended, exponents: &Digits, fixed: &[(&Fixed, Digits)]) -> Completed {
    const STEP: usize = FIXED_WINDOW / WINDOW;
    let multiples = (exponents.len > 0).then(|| Changing::new(base));
    let fixed_windows = fixed.iter().map(|(_, digits)| digits.len).max().unwrap_or(0);
    let windows = exponents.len.max((fixed_windows * STEP).saturating_sub(STEP - 1));
    let mut sum = Completed::identity();
    for window in (0..windows).rev() {
        if window + 1 < windows {
            for _ in 0..WINDOW {
                sum = sum.projective().double();
            }
        }
        if let (Some(multiples), Some(digits)) = (&multiples, exponents.get(window)) {
            sum = sum.extended().add(&multiples.lookup(digits));
        }
        if window % STEP == 0 {
            for (table, digits) in fixed {
                if let Some(digits) = digits.get(window / STEP) {
                    sum = sum.extended().add_affine(&table.lookup(digits));
                }
            }
        }
    }
    sum
}
