//! Whose secret a trustee holds: a private key, or a seed with its share.

use std::path::{Path, PathBuf};

use ballot::group::Group;
use ballot::trustee::{PrivateKey, Seed, ThresholdSecret, VerifiedTrustees};
use clap::Args as ClapArgs;
use zeroize::Zeroizing;

use crate::edge;
use crate::failure::Failure;

#[derive(ClapArgs)]
pub struct KeyArgs {
    /// Your secret: <ID>.privkey, or, in a group of which T decrypt, <ID>.key
    #[arg(long, value_name = "FILE")]
    pub key: PathBuf,
    /// Your share of the group's key, <ID>.dkey, which goes with <ID>.key
    #[arg(long, value_name = "FILE")]
    pub share: Option<PathBuf>,
}

/// Reads a file that holds a secret; what is read is wiped after use.
pub fn read_secret(path: &Path) -> Result<Zeroizing<Vec<u8>>, Failure> {
    edge::read(path).map(Zeroizing::new)
}

/// Reads a group member's seed.
pub fn read_seed(path: &Path) -> Result<Seed, Failure> {
    Seed::parse(&read_secret(path)?).map_err(|error| Failure::file(path, error))
}

/// The trustee's number in this election, from 1, and its decryption key.
pub fn owner<G: Group>(
    args: &KeyArgs,
    trustees: &VerifiedTrustees<G>,
) -> Result<(usize, PrivateKey<G>), Failure> {
    let bytes = read_secret(&args.key)?;
    let about = |error: ballot::refusal::Misuse| Failure::file(&args.key, error);
    let Some(share) = &args.share else {
        if Seed::parse(&bytes).is_ok() {
            return Err(Failure::file(
                &args.key,
                "it is the secret of a group's member: give your share too, with --share <ID>.dkey",
            ));
        }
        let key = PrivateKey::<G>::parse(&bytes).map_err(about)?;
        let owner = trustees
            .owner_of(&key.public())
            .map_err(|_| Failure::file(&args.key, "this key belongs to none of the election's trustees"))?;
        return Ok((owner, key));
    };
    if PrivateKey::<G>::parse(&bytes).is_ok() {
        return Err(Failure::file(&args.key, "it is a key of its own, which has no --share: leave that out"));
    }
    let seed = Seed::parse(&bytes).map_err(about)?;
    let secret = ThresholdSecret::<G>::open(seed, &edge::read(share)?)
        .map_err(|error| Failure::file(share, format!("{error}; take the .dkey of the same ceremony")))?;
    let owner = trustees.owner_of_member(&secret).map_err(|error| Failure::file(share, error))?;
    Ok((owner, secret.private_key().clone()))
}
