//! `cargo xtask strangers`: a large book, mirrored and bundled, judged by `tools/tlog-check`, which shares no code with us.

use std::fs;
use std::process::Command;

use book::key::{Algorithm, SecretKey, Vkey};

use crate::bench::{build, cost};
use crate::bench_book::folder;
use crate::bulk::{found, grow};
use crate::failure::{Failure, cannot, fails};
use crate::places;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// How many entries
    #[arg(long, default_value_t = 200_000)]
    entries: u64,
}

pub(crate) fn run(args: &Args) -> Result<(), Failure> {
    let io = |error: std::io::Error| cannot(error.to_string());
    let root = places::workspace();
    let cabildo = build(&root)?;
    let work = folder();
    let _ = fs::remove_dir_all(&work);
    fs::create_dir_all(&work).map_err(io)?;
    let cosigner = SecretKey::from_seed(&[3; 32]);
    let vkey =
        Vkey { name: "espejo.example".into(), algorithm: Algorithm::Timestamped, key: cosigner.public() };
    let key = work.join("espejo.key");
    fs::write(&key, format!("{}\n", cosigner.to_text(&vkey.name, Algorithm::Timestamped).as_str()))
        .map_err(io)?;
    let policy = vec![format!("mirror espejo {vkey}"), "quorum espejo".to_owned()];
    println!("making a book of {} entries", args.entries);
    let mut clerk = found(&work.join("book.db"), policy)?;
    grow(&mut clerk, args.entries, &mut |_| {})?;
    drop(clerk);
    let (bundle, mirror) = (work.join("book.tar"), work.join("mirror"));
    println!("bundling, mirroring with a cosignature, auditing");
    cost(Command::new(&cabildo).arg("bundle").arg("--db").arg(work.join("book.db")).arg(&bundle))?;
    cost(Command::new(&cabildo).arg("mirror").arg(&bundle).arg(&mirror).arg("--cosign").arg(&key))?;
    for copy in [&bundle, &mirror] {
        cost(Command::new(&cabildo).arg("audit").arg(copy))?;
    }
    let unpacked = work.join("unpacked");
    fs::create_dir_all(&unpacked).map_err(io)?;
    cost(Command::new("tar").arg("-xf").arg(&bundle).arg("-C").arg(&unpacked))?;
    let vkeys = fs::read_to_string(mirror.join("vkeys")).map_err(io)?;
    let log = vkeys.lines().next().unwrap_or_default();
    let cosigned = vkey.to_string();
    for (copy, keys) in [(&unpacked, vec![log]), (&mirror, vec![log, cosigned.as_str()])] {
        let status =
            Command::new(root.join("tools/tlog-check/run")).arg(copy).args(&keys).status().map_err(io)?;
        if !status.success() {
            return Err(fails(format!("{}: tlog-check does not accept it", copy.display())));
        }
    }
    fs::remove_dir_all(&work).map_err(io)?;
    println!("The bundle and the cosigned mirror are what their keys signed.");
    Ok(())
}
