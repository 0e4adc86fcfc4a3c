//! Roots and proofs, beside two other implementations: `tlog_tiles` (a port of Go's) and `ct-merkle`.

#![allow(clippy::unwrap_used, reason = "the helpers of tests")]

#[path = "support/tree.rs"]
mod tree;

use book::hash::Hash;
use book::merkle::{
    Frontier, MAX_SIZE, Subtrees, consistency, empty_root, inclusion, leaf, node, root, verify_consistency,
    verify_inclusion,
};
use ct_merkle::mem_backed_tree::MemoryBackedTree;
use proptest::prelude::*;
use sha2::Sha256;
use tlog_tiles::tlog;
use tree::{Rows, entry};

/// Go's tree: its hashes in the order in which they are stored.
struct Stored(Vec<tlog::Hash>);

impl tlog::HashReader for Stored {
    fn read_hashes(&self, indexes: &[u64]) -> Result<Vec<tlog::Hash>, tlog::Error> {
        Ok(indexes.iter().map(|index| self.0[*index as usize]).collect())
    }
}

impl Stored {
    fn push(&mut self, number: u64) {
        let new = tlog::stored_hashes(number, &entry(number), self).unwrap();
        self.0.extend(new);
    }
}

/// The three side by side, of the same size.
struct Three {
    frontier: Frontier,
    go: Stored,
    ct: MemoryBackedTree<Sha256, Vec<u8>>,
}

impl Three {
    fn of(size: u64) -> Three {
        let mut three =
            Three { frontier: Frontier::new(), go: Stored(Vec::new()), ct: MemoryBackedTree::new() };
        (0..size).for_each(|_| three.push());
        three
    }

    fn push(&mut self) {
        let number = self.frontier.size();
        self.frontier.push(leaf(&entry(number)));
        self.go.push(number);
        self.ct.push(entry(number));
    }

    /// The root, the same from all.
    fn root(&self, rows: &mut Rows) -> Hash {
        let size = self.frontier.size();
        let ours = self.frontier.root();
        assert_eq!(ours.0, tlog::tree_hash(size, &self.go).unwrap().0, "Go's root of {size}");
        assert_eq!(ours.0.as_slice(), self.ct.root().as_bytes().as_slice(), "ct-merkle's root of {size}");
        assert_eq!(root(rows, size), Ok(ours), "the root of {size} from subtrees");
        let parts = Frontier::from_parts(size, self.frontier.hashes().to_vec());
        assert_eq!(parts.as_ref(), Some(&self.frontier));
        ours
    }

    /// The inclusion proof of `index`, the same from all.
    fn includes(&self, rows: &mut Rows, root: &Hash, index: u64) {
        let size = self.frontier.size();
        let ours = inclusion(rows, index, size).unwrap().unwrap();
        assert_eq!(
            bytes(&ours),
            go_bytes(&tlog::prove_record(size, index, &self.go).unwrap()),
            "{index} in {size}"
        );
        assert_eq!(bytes(&ours), self.ct.prove_inclusion(index as usize).as_bytes(), "{index} in {size}");
        assert!(verify_inclusion(&leaf(&entry(index)), index, size, root, &ours), "{index} in {size}");
    }

    /// The proof that the tree of `old` is its beginning, the same from all.
    fn begins(&self, rows: &mut Rows, root: &Hash, old: u64, old_root: &Hash) {
        let new = self.frontier.size();
        let ours = consistency(rows, old, new).unwrap().unwrap();
        if old > 0 {
            assert_eq!(
                bytes(&ours),
                go_bytes(&tlog::prove_tree(new, old, &self.go).unwrap()),
                "{old} to {new}"
            );
            assert_eq!(
                bytes(&ours),
                self.ct.prove_consistency((new - old) as usize).as_bytes(),
                "{old} to {new}"
            );
        } else {
            assert!(ours.is_empty());
        }
        assert!(verify_consistency(old, old_root, new, root, &ours), "{old} to {new}");
    }
}

fn bytes(hashes: &[Hash]) -> Vec<u8> {
    hashes.iter().flat_map(|hash| hash.0).collect()
}

fn go_bytes(hashes: &[tlog::Hash]) -> Vec<u8> {
    hashes.iter().flat_map(|hash| hash.0).collect()
}

fn go(hash: &Hash) -> tlog::Hash {
    tlog::Hash(hash.0)
}

/// All of a small range; of a large one the edges, the powers of two and their neighbours, and some between.
fn sample(range: std::ops::Range<u64>) -> Vec<u64> {
    if range.end - range.start <= 131 {
        return range.collect();
    }
    let powers = (0..17).flat_map(|level| [(1 << level) - 1, 1 << level, (1 << level) + 1]);
    let end = range.end;
    let bundle = end - end % 256;
    let edges = [range.start, end / 2, end - 3, end - 2, end - 1, bundle.saturating_sub(1), bundle];
    let step = ((range.end - range.start) / 23) as usize;
    let mut all: Vec<u64> = powers.chain(edges).chain(range.clone().step_by(step)).collect();
    all.retain(|number| range.contains(number));
    all.sort_unstable();
    all.dedup();
    all
}

#[test]
fn roots_and_proofs_are_those_of_two_others_at_all_sizes_to_600() {
    let mut rows = Rows::of(600);
    let mut three = Three::of(0);
    let mut roots = Vec::new();
    for size in 0..=600 {
        let root = three.root(&mut rows);
        assert_eq!(root, rows.root(0, size));
        roots.push(root);
        if size > 0 {
            sample(0..size).into_iter().for_each(|index| three.includes(&mut rows, &root, index));
            sample(0..size + 1)
                .into_iter()
                .for_each(|old| three.begins(&mut rows, &root, old, &roots[old as usize]));
        }
        three.push();
    }
    assert_eq!(roots[0], empty_root());
}

#[test]
fn roots_and_proofs_are_those_of_two_others_around_65536() {
    let mut rows = Rows::of(65_538);
    let mut three = Three::of(65_535);
    let old_roots: Vec<(u64, Hash)> =
        sample(0..65_539).into_iter().map(|old| (old, root(&mut rows, old).unwrap())).collect();
    for size in 65_535..=65_538 {
        let root = three.root(&mut rows);
        sample(0..size).into_iter().for_each(|index| three.includes(&mut rows, &root, index));
        for (old, old_root) in old_roots.iter().filter(|(old, _)| *old <= size) {
            three.begins(&mut rows, &root, *old, old_root);
        }
        three.push();
    }
}

#[test]
fn the_known_roots_of_rfc_6962() {
    // The test vectors of the certificate-transparency project: eight leaves and their roots.
    let leaves =
        ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"];
    let roots = [
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ];
    let mut tree = Frontier::new();
    assert_eq!(tree.root().hex(), roots[0]);
    for (entry, root) in leaves.iter().zip(&roots[1..]) {
        tree.push(leaf(&hex::decode(entry).unwrap()));
        assert_eq!(tree.root().hex(), *root);
    }
}

/// Every way in which one thing of a proof is changed: a bit of each hash, a hash gone, a hash doubled, one too many, two swapped.
fn changed(proof: &[Hash]) -> Vec<Vec<Hash>> {
    let mut all = Vec::new();
    for at in 0..proof.len() {
        for bit in [0, 100, 255] {
            let mut one = proof.to_vec();
            one[at].0[bit / 8] ^= 1 << (bit % 8);
            all.push(one);
        }
        let mut one = proof.to_vec();
        one.remove(at);
        all.push(one);
        let mut one = proof.to_vec();
        one.insert(at, proof[at]);
        all.push(one);
        if at > 0 {
            let mut one = proof.to_vec();
            one.swap(at - 1, at);
            all.push(one);
        }
    }
    for extra in [Hash([0; 32]), empty_root()] {
        all.push([proof, &[extra]].concat());
        all.push([&[extra], proof].concat());
    }
    all.push([proof, &[empty_root(); 65]].concat());
    all
}

fn flipped(hash: &Hash) -> Hash {
    let mut hash = *hash;
    hash.0[31] ^= 0x80;
    hash
}

#[test]
fn whatever_is_changed_in_an_inclusion_proof_is_refused() {
    let mut rows = Rows::of(600);
    let mut elsewhere = 0;
    for size in (1..=33).chain([64, 65, 255, 256, 257, 511, 600]) {
        let root = rows.root(0, size);
        let indexes = if size <= 33 { (0..size).collect() } else { vec![0, 1, size / 2, size - 2, size - 1] };
        for index in indexes {
            let leaf = leaf(&entry(index));
            let proof = inclusion(&mut rows, index, size).unwrap().unwrap();
            for wrong in changed(&proof) {
                assert!(!verify_inclusion(&leaf, index, size, &root, &wrong), "{index} in {size}: {wrong:?}");
            }
            assert!(!verify_inclusion(&flipped(&leaf), index, size, &root, &proof), "{index} in {size}");
            assert!(!verify_inclusion(&leaf, index, size, &flipped(&root), &proof), "{index} in {size}");
            for wrong in (0..size + 3).chain([MAX_SIZE, u64::MAX]).filter(|wrong| *wrong != index) {
                assert!(
                    !verify_inclusion(&leaf, wrong, size, &root, &proof),
                    "{wrong} for {index} in {size}"
                );
            }
            // The same hashes can lead to the same root in a tree of another size (leaf 0 of 3 and of 4): a root is bound to its
            // size by the checkpoint alone. So here Go's verdict is what counts.
            let (go_proof, go_root, go_leaf) = (proof.iter().map(go).collect(), go(&root), go(&leaf));
            for wrong in (0..2 * size + 3).filter(|wrong| *wrong != size) {
                let ours = verify_inclusion(&leaf, index, wrong, &root, &proof);
                let theirs = tlog::check_record(&go_proof, wrong, go_root, index, go_leaf).is_ok();
                assert_eq!(ours, theirs, "{index} in {wrong} for {size}");
                elsewhere += u32::from(ours);
            }
        }
    }
    assert!(elsewhere > 0, "no proof holds at another size, so the comparison shows nothing");
}

#[test]
fn whatever_is_changed_in_a_consistency_proof_is_refused() {
    let mut rows = Rows::of(600);
    for new in (1..=33).chain([64, 65, 255, 256, 257, 511, 600]) {
        let new_root = rows.root(0, new);
        let olds = if new <= 33 { (0..=new).collect() } else { vec![0, 1, 2, 3, 64, new / 2, new - 1, new] };
        for old in olds.into_iter().filter(|old| *old <= new) {
            let old_root = rows.root(0, old);
            let proof = consistency(&mut rows, old, new).unwrap().unwrap();
            let holds = |old, old_root, new, new_root, proof: &[Hash]| {
                verify_consistency(old, &old_root, new, &new_root, proof)
            };
            for wrong in changed(&proof) {
                assert!(!holds(old, old_root, new, new_root, &wrong), "{old} to {new}: {wrong:?}");
            }
            assert!(!holds(old, flipped(&old_root), new, new_root, &proof), "{old} to {new}");
            // From the empty tree everything follows, so no proof says anything of the new root.
            assert_eq!(holds(old, old_root, new, flipped(&new_root), &proof), old == 0, "{old} to {new}");
            if old > 0 && old < new {
                assert!(!holds(old, new_root, new, old_root, &proof), "{old} to {new}, roots swapped");
                assert!(!holds(new, old_root, old, new_root, &proof), "{old} to {new}, sizes swapped");
            }
            for wrong in (0..new + 3).chain([MAX_SIZE + 1, u64::MAX]).filter(|wrong| *wrong != old) {
                assert!(!holds(wrong, old_root, new, new_root, &proof), "{wrong} for {old} to {new}");
            }
            let (go_proof, go_old, go_new) = (proof.iter().map(go).collect(), go(&old_root), go(&new_root));
            for wrong in (1..2 * new + 3).filter(|wrong| old > 0 && *wrong != new) {
                let ours = holds(old, old_root, wrong, new_root, &proof);
                let theirs = tlog::check_tree(&go_proof, wrong, go_new, old, go_old).is_ok();
                assert_eq!(ours, theirs, "{old} to {wrong} for {new}");
            }
        }
    }
}

#[test]
fn the_empty_tree_begins_every_tree() {
    let (empty, other) = (empty_root(), leaf(b"one"));
    assert!(verify_consistency(0, &empty, 0, &empty, &[]));
    assert!(verify_consistency(0, &empty, 1, &other, &[]));
    assert!(!verify_consistency(0, &other, 1, &other, &[]));
    assert!(!verify_consistency(0, &empty, 0, &other, &[]));
    assert!(!verify_consistency(0, &empty, 1, &other, &[other]));
    assert!(!verify_inclusion(&other, 0, 0, &empty, &[]));
}

/// A tree of any size whose leaves are all alike, so that a subtree's hash follows from its level.
struct Alike;

impl Subtrees for Alike {
    type Error = ();

    fn subtree(&mut self, level: u32, index: u64) -> Result<Hash, ()> {
        assert!((index + 1) << level <= MAX_SIZE, "level {level}, index {index}");
        Ok((0..level).fold(leaf(b"alike"), |hash, _| node(&hash, &hash)))
    }
}

/// A tree of which nothing may be asked.
struct Silent;

impl Subtrees for Silent {
    type Error = ();

    fn subtree(&mut self, level: u32, index: u64) -> Result<Hash, ()> {
        panic!("asked for level {level}, index {index}")
    }
}

const HOSTILE: [u64; 9] = [
    MAX_SIZE + 1,
    MAX_SIZE + 2,
    (1 << 53) + 1,
    (1 << 62) - 1,
    1 << 62,
    1 << 63,
    (1 << 63) + 1,
    u64::MAX - 1,
    u64::MAX,
];

#[test]
fn hostile_sizes_are_refused_and_neither_panic_nor_spin() {
    let (any, empty) = (leaf(b"any"), empty_root());
    for size in HOSTILE {
        for index in [0, 1, size / 2, size - 1, size] {
            assert_eq!(inclusion(&mut Silent, index, size), Ok(None));
            assert_eq!(consistency(&mut Silent, index, size), Ok(None));
            for length in [0, 1, 2, 47, 48, 49, 63, 64, 65, 200] {
                let proof = vec![any; length];
                assert!(!verify_inclusion(&any, index, size, &any, &proof));
                assert!(!verify_consistency(index, &any, size, &any, &proof));
                assert!(!verify_consistency(index, &empty, size, &any, &proof));
                assert!(!verify_consistency(size, &any, index, &any, &proof));
            }
        }
        assert_eq!(Frontier::from_parts(size, vec![any; size.count_ones() as usize]), None);
    }
    // What would hold, were such sizes read: the leaf after the largest book, and the book that it would make.
    let larger = node(&empty, &any);
    assert!(verify_inclusion(&any, 1, 2, &larger, &[empty]));
    assert!(!verify_inclusion(&any, MAX_SIZE, MAX_SIZE + 1, &larger, &[empty]));
    assert!(verify_consistency(1, &empty, 2, &larger, &[any]));
    assert!(!verify_consistency(MAX_SIZE, &empty, MAX_SIZE + 1, &larger, &[any]));
    assert_eq!(inclusion(&mut Silent, 5, 5), Ok(None));
    assert_eq!(inclusion(&mut Silent, u64::MAX, 5), Ok(None));
    assert_eq!(consistency(&mut Silent, 6, 5), Ok(None));
    assert_eq!(consistency(&mut Silent, 0, 5), Ok(Some(Vec::new())));
    assert_eq!(consistency(&mut Silent, 5, 5), Ok(Some(Vec::new())));
    assert_eq!(root(&mut Silent, 0), Ok(empty));
}

#[test]
fn a_frontier_has_one_hash_for_each_set_bit() {
    let any = leaf(b"any");
    for size in (0..70).chain([MAX_SIZE - 1, MAX_SIZE]) {
        for count in 0..=50 {
            let parts = Frontier::from_parts(size, vec![any; count]);
            assert_eq!(parts.is_some(), count == size.count_ones() as usize, "{size} from {count} hashes");
        }
    }
    let mut largest = Frontier::from_parts(MAX_SIZE - 1, vec![any; 48]).unwrap();
    largest.push(any);
    assert_eq!((largest.size(), largest.hashes().len()), (MAX_SIZE, 1));
    largest.push(any);
    assert_eq!(largest.root(), node(&largest.hashes()[0], &any));
}

proptest! {
    /// Whatever the size, up to the largest: the proofs hold, are as long as they should be, and Go accepts them.
    #[test]
    fn proofs_hold_in_trees_of_any_size(
        bits in 0u32..=48, low in any::<u64>(), part in any::<u64>(),
    ) {
        let size = (1 << bits) - if bits > 0 { low % (1 << (bits - 1)) } else { 0 };
        let leaf = leaf(b"alike");
        let whole = root(&mut Alike, size).unwrap();

        let index = part % size;
        let proof = inclusion(&mut Alike, index, size).unwrap().unwrap();
        prop_assert!(proof.len() <= 48);
        prop_assert!(verify_inclusion(&leaf, index, size, &whole, &proof));
        let go_proof = proof.iter().map(go).collect();
        prop_assert!(tlog::check_record(&go_proof, size, go(&whole), index, go(&leaf)).is_ok());

        let old = index + 1;
        let old_root = root(&mut Alike, old).unwrap();
        let proof = consistency(&mut Alike, old, size).unwrap().unwrap();
        prop_assert!(proof.len() <= 49);
        prop_assert!(verify_consistency(old, &old_root, size, &whole, &proof));
        let go_proof = proof.iter().map(go).collect();
        prop_assert!(tlog::check_tree(&go_proof, size, go(&whole), old, go(&old_root)).is_ok());
    }

    /// Nothing that is made up holds, and nothing panics.
    #[test]
    fn what_is_made_up_is_refused(
        numbers in any::<(u64, u64)>(), shift in 0u32..64, hashes in proptest::collection::vec(any::<[u8; 32]>(), 0..70),
    ) {
        let (index, size) = (numbers.0 >> shift, numbers.1 >> shift);
        let proof: Vec<Hash> = hashes.into_iter().map(Hash).collect();
        let (one, other) = (leaf(b"one"), leaf(b"other"));
        prop_assert!(!verify_inclusion(&one, index, size, &other, &proof));
        prop_assert!(!verify_consistency(index, &one, size, &other, &proof));
    }
}
