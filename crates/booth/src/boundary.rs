//! The memory boundary between the page's script and the module: the only file with anything unsafe in it, and of
//! that only the exported names.
//!
//! The page never hands over a pointer. It says how long its three inputs are, writes them one after the other where
//! [`booth_input`] tells it, runs [`booth_call`], and reads the answer at [`booth_output`]. Both buffers are wiped:
//! the input when it is used, the answer by [`booth_clear`].
#![allow(unsafe_code)] // `#[unsafe(no_mangle)]`: the names below must be the exported ones, and nothing else has them

use std::cell::Cell;
use zeroize::Zeroizing;

/// Longest name of a function, in bytes.
pub const MAX_NAME: usize = 64;
/// Longest argument, in bytes of JSON.
pub const MAX_JSON: usize = 16 << 20;
/// Most random bytes in one call.
pub const MAX_RANDOM: usize = 64 << 10;

/// The three inputs in one buffer: name, argument, random bytes.
#[derive(Default)]
struct Input {
    bytes: Zeroizing<Vec<u8>>,
    name: usize,
    json: usize,
}

thread_local! {
    static INPUT: Cell<Input> = Cell::default();
    static OUTPUT: Cell<Zeroizing<Vec<u8>>> = Cell::default();
}

/// Makes room for an input of so many bytes each and returns its address; null where one is over its limit or memory
/// is short. It forgets the input before it.
#[unsafe(no_mangle)]
pub(crate) extern "C" fn booth_input(name: usize, json: usize, random: usize) -> *mut u8 {
    INPUT.take();
    if name > MAX_NAME || json > MAX_JSON || random > MAX_RANDOM {
        return std::ptr::null_mut();
    }
    let mut bytes = Zeroizing::new(Vec::new());
    let length = name + json + random;
    // One byte more, so that the address of an empty input is an address too.
    if bytes.try_reserve_exact(length + 1).is_err() {
        return std::ptr::null_mut();
    }
    bytes.resize(length, 0);
    let address = bytes.as_mut_ptr();
    INPUT.set(Input { bytes, name, json });
    address
}

/// Calls the function with the input that was written, and returns the answer's length in bytes. The input is wiped,
/// the answer before it too.
#[unsafe(no_mangle)]
pub(crate) extern "C" fn booth_call() -> usize {
    let input = INPUT.take();
    let (name, rest) = input.bytes.split_at(input.name);
    let (json, random) = rest.split_at(input.json);
    let answer = crate::call(name, json, random).into_bytes();
    let length = answer.len();
    OUTPUT.set(Zeroizing::new(answer));
    length
}

/// The address of the last answer.
#[unsafe(no_mangle)]
pub(crate) extern "C" fn booth_output() -> *const u8 {
    let output = OUTPUT.take();
    let address = output.as_ptr();
    OUTPUT.set(output);
    address
}

/// Wipes and frees both buffers.
#[unsafe(no_mangle)]
pub(crate) extern "C" fn booth_clear() {
    INPUT.take();
    OUTPUT.take();
}

#[cfg(test)]
mod tests {
    use super::*;

    fn through_the_boundary(name: &[u8], json: &[u8], random: &[u8]) -> Option<String> {
        let address = booth_input(name.len(), json.len(), random.len());
        if address.is_null() {
            return None;
        }
        let bytes = [name, json, random].concat();
        // SAFETY: `booth_input` has just made room for exactly these bytes and nothing was called since.
        unsafe { std::ptr::copy_nonoverlapping(bytes.as_ptr(), address, bytes.len()) };
        let length = booth_call();
        // SAFETY: the answer stays where it is until the next call.
        let answer = unsafe { std::slice::from_raw_parts(booth_output(), length) }.to_vec();
        booth_clear();
        String::from_utf8(answer).ok()
    }

    #[test]
    fn gives_what_call_gives() {
        for (name, json, random) in [
            (&b"sha256"[..], &br#"{"hex":"00"}"#[..], &b""[..]),
            (b"cast", b"{}", &[7; 32]),
            (b"audit", br#"{"archive":""}"#, &[7; 32]),
            (b"audit", br#"{"archive":""}"#, &[7; 31]),
            (b"", b"", b""),
        ] {
            assert_eq!(through_the_boundary(name, json, random), Some(crate::call(name, json, random)));
        }
    }

    #[test]
    fn refuses_what_is_too_long() {
        assert!(booth_input(MAX_NAME + 1, 0, 0).is_null());
        assert!(booth_input(0, MAX_JSON + 1, 0).is_null());
        assert!(booth_input(0, 0, MAX_RANDOM + 1).is_null());
        assert!(booth_input(usize::MAX, usize::MAX, usize::MAX).is_null());
    }

    /// Calling with no input, twice, or reading no answer is harmless.
    #[test]
    fn no_order_of_calls_does_harm() {
        booth_clear();
        let length = booth_call();
        assert_eq!(length, crate::call(b"", b"", b"").len());
        assert_eq!(booth_call(), length);
        booth_clear();
        booth_clear();
        assert!(!booth_output().is_null());
    }
}
