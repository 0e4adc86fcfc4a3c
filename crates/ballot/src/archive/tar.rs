//! The tar dialect of Belenios: v7 headers of one exact form, no magic, no end-of-archive blocks.

/// The size of a block.
pub const BLOCK: usize = 512;

/// The header of a member: its name, its length in bytes, and the archive's one time in Unix seconds.
pub fn header(name: &str, size: u64, mtime: u64) -> Option<[u8; BLOCK]> {
    let mut block = [0; BLOCK];
    if name.len() > 99 || size >= 1 << 33 || mtime >= 1 << 33 {
        return None;
    }
    let mut put = |at: usize, text: &str| block[at..at + text.len()].copy_from_slice(text.as_bytes());
    put(0, name);
    put(100, "0000644");
    put(108, "0000000");
    put(116, "0000000");
    put(124, &format!("{size:011o}"));
    put(136, &format!("{mtime:011o}"));
    put(148, "        ");
    put(156, "0");
    let sum: u32 = block.iter().map(|byte| u32::from(*byte)).sum();
    block[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    Some(block)
}

/// Name, size and time of a header, if re-encoding them gives the same bytes.
pub fn parse(block: &[u8; BLOCK]) -> Option<(String, u64, u64)> {
    let end = block[..100].iter().position(|byte| *byte == 0)?;
    let name = std::str::from_utf8(&block[..end]).ok()?;
    let octal = |at: usize| u64::from_str_radix(std::str::from_utf8(&block[at..at + 11]).ok()?, 8).ok();
    let (size, mtime) = (octal(124)?, octal(136)?);
    (header(name, size, mtime)? == *block).then(|| (name.to_owned(), size, mtime))
}

/// How many zero bytes follow a content of this size.
pub fn padding(size: u64) -> usize {
    ((BLOCK as u64 - size % BLOCK as u64) % BLOCK as u64) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_reads_back_and_any_changed_byte_does_not() {
        let block = header("BELENIOS", 38, 1_795_357_045).expect("short name");
        assert_eq!(parse(&block), Some(("BELENIOS".into(), 38, 1_795_357_045)));
        for at in 0..BLOCK {
            let mut changed = block;
            changed[at] ^= 1;
            assert_eq!(parse(&changed), None, "byte {at}");
        }
    }
}
