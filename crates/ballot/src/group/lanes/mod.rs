//! Many products of powers on Edwards25519 at once, eight in the lanes of AVX-512 registers.
//!
//! Verifying a proof recomputes commitments `g^a · y^b · base^c`, thousands of them, each needed by itself for a hash: no
//! sum over all of them will do. They are independent of each other, and so eight of them run side by side, one in each
//! 64-bit lane of the 512-bit registers, with the integer multiply-add of AVX-512 IFMA (`vpmadd52`). `field` has the
//! arithmetic modulo `2^255 − 19` and its bounds, `curve` the points, tables and the chain of doublings, with the complete
//! formulas of Hisil, Wong, Carter and Dawson (2008), so that points of small order need no care. On a Sapphire Rapids core
//! at 3 GHz a term takes 7.5 µs, where dalek's product of two powers takes 28.
//!
//! Everything here is **public** and takes time that depends on it: digits that are zero in all lanes are skipped, tables are
//! read at places that the scalars choose. Nothing secret may come here.
//!
//! Where the processor lacks the instructions, [`products`] gives `None`, and the caller computes the same bytes with
//! `curve25519-dalek`, which the tests hold it against.

#[cfg(target_arch = "x86_64")]
mod curve;
#[cfg(target_arch = "x86_64")]
mod field;
#[cfg(test)]
#[cfg(target_arch = "x86_64")]
mod tests;

/// Whether this processor has what the lanes need: `avx512f`, `avx512dq` and `avx512ifma`.
pub(super) fn available() -> bool {
    #[cfg(target_arch = "x86_64")]
    return std::is_x86_feature_detected!("avx512f")
        && std::is_x86_feature_detected!("avx512dq")
        && std::is_x86_feature_detected!("avx512ifma");
    #[cfg(not(target_arch = "x86_64"))]
    return false;
}

/// Multiples of one fixed base, for look-ups: 256 KiB, made in less than a millisecond.
pub(super) struct FixedTable {
    #[cfg(target_arch = "x86_64")]
    multiples: curve::Fixed,
}

impl FixedTable {
    /// The table of the point with these RFC 8032 bytes; `None` if they are not those of a point, or if the lanes are not
    /// [`available`].
    pub(super) fn new(point_bytes: &[u8; 32]) -> Option<FixedTable> {
        #[cfg(target_arch = "x86_64")]
        if available() {
            // SAFETY: the processor has the instructions.
            #[expect(unsafe_code, reason = "a call into functions for particular processors")]
            let multiples = unsafe { curve::Fixed::new(point_bytes) };
            return multiples.map(|multiples| FixedTable { multiples });
        }
        let _ = point_bytes;
        None
    }
}

/// One product `g^g · key^key · base^exponent`.
#[cfg_attr(not(target_arch = "x86_64"), allow(dead_code, reason = "the lanes are not built"))]
#[derive(Clone, Copy)]
pub(super) struct Term {
    /// The exponent of the first fixed base: little-endian, below `q`.
    pub(super) g: [u8; 32],
    /// The exponent of the second fixed base.
    pub(super) key: [u8; 32],
    /// RFC 8032's canonical bytes of a point already known to lie on the curve.
    pub(super) base: [u8; 32],
    /// The exponent of that point.
    pub(super) exponent: [u8; 32],
}

/// RFC 8032's bytes of every term's product, for all points of the curve, of whatever order.
///
/// `None` if the lanes are not [`available`], or if a base is not on the curve.
pub(super) fn products(g: &FixedTable, key: &FixedTable, terms: &[Term]) -> Option<Vec<[u8; 32]>> {
    #[cfg(target_arch = "x86_64")]
    if available() {
        // SAFETY: the processor has the instructions.
        #[expect(unsafe_code, reason = "a call into functions for particular processors")]
        return unsafe { products_in_lanes(g, key, terms) };
    }
    let _ = (g, key, terms);
    None
}

/// Vectors of eight that share one inversion.
#[cfg(target_arch = "x86_64")]
const VECTORS: usize = 64;

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
fn products_in_lanes(g: &FixedTable, key: &FixedTable, terms: &[Term]) -> Option<Vec<[u8; 32]>> {
    use curve::{Digits, IDENTITY, compress, decompress, multiply};

    let idle = Term { g: [0; 32], key: [0; 32], base: IDENTITY, exponent: [0; 32] };
    let mut encoded = Vec::with_capacity(terms.len().next_multiple_of(8));
    for block in terms.chunks(8 * VECTORS) {
        let mut points = Vec::with_capacity(VECTORS);
        for some in block.chunks(8) {
            let mut lanes = [idle; 8];
            lanes[..some.len()].copy_from_slice(some);
            let (base, on_curve) = decompress(&lanes.map(|term| term.base));
            if on_curve != 0xff {
                return None;
            }
            let exponents = Digits::changing(&lanes.map(|term| term.exponent));
            let fixed = [
                (&g.multiples, Digits::fixed(&lanes.map(|term| term.g))),
                (&key.multiples, Digits::fixed(&lanes.map(|term| term.key))),
            ];
            points.push(multiply(&base, &exponents, &fixed).projective());
        }
        encoded.extend(compress(&points).into_iter().flatten());
    }
    encoded.truncate(terms.len());
    Some(encoded)
}
