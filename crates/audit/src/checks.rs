//! The names of the checks, beside those of single entries ([`council::CHECKS`]).

/// The public files' checks, in the order in which they are made, each with what it covers.
pub const CHECKS: &[(&str, &str)] = &[
    ("book", "the checkpoint is of the book that was asked for"),
    ("vkeys", "`vkeys` is a list of sound keys, the clerk's first, no key under two names"),
    ("checkpoint", "the checkpoint is signed by the clerk"),
    (
        "cosignatures",
        "every other line of the checkpoint is a valid cosignature by a key that is listed and is no clerk's or member's",
    ),
    ("entry-bundles", "the entries can be read: as many as the checkpoint says"),
    ("tiles", "every hash tile is what the entries make it"),
    ("tree", "the entries' root is the checkpoint's"),
    ("clerk-key", "the key that signs the checkpoint is that of the clerk whom the entries name"),
    ("rules-known", "this software knows the version and the kind of every entry"),
    ("blobs", "every attachment is there, of its size and hash"),
    (
        "times",
        "no time lies ahead of the auditor's clock, and no cosigner signed before what it signs was recorded",
    ),
    ("succession-open", "no checkpoint of an earlier clerk goes beyond what the next one carried over"),
    (
        "final",
        "the largest final checkpoint is part of the book, and has the cosignatures that the policy asks for",
    ),
    ("since", "the earlier checkpoint is part of the book"),
    ("void-of-former-clerks", "void entries of clerks who have been succeeded: evidence, and no failure"),
];
