//! `cabildo trustee ceremony`: the key of a group of which any T members decrypt, made by messages in files.
//!
//! The files are those of `belenios-tool setup generate-trustee-key-threshold`, so that a member may use that tool instead;
//! a member's files carry the name that its certificate gives them. A polynomial, which that tool prints, is `<ID>.polynomial`
//! here.

use std::fs;
use std::path::{Path, PathBuf};

use ballot::group::{Group, GroupName};
use ballot::hash::Hash;
use ballot::json;
use ballot::trustee::ceremony::{Coordinator, Files, Invited, Participant, Rejected, Step};
use ballot::trustee::pki::Cipher;
use ballot::trustee::{Context, Seed};
use clap::{Args as ClapArgs, Subcommand};
use serde::Deserialize;
use zeroize::Zeroizing;

use super::secret::read_seed;
use super::{key, list, without_line_end};
use crate::edge::{self, New};
use crate::failure::Failure;

#[derive(ClapArgs)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Step 1, each member: make a secret (<ID>.key) and a certificate (<ID>.cert) for the coordinator
    Certify(Certify),
    /// Step 2, coordinator: join the members' certificates into certs.jsons, for all of them
    Certificates(Certificates),
    /// Step 3, each member: deal a share to everyone (<ID>.polynomial), for the coordinator
    Polynomial(Polynomial),
    /// Step 4, coordinator: hand each member the shares for it (<ID>.vinput)
    Shares(Shares),
    /// Step 5, each member: check the shares and answer (<ID>.voutput), for the coordinator
    Check(Check),
    /// Step 6, coordinator: make the group's public part (threshold.json), and each member's <ID>.dkey
    Finish(Finish),
    /// Step 7, each member: check that the group is the one you took part in, and that your share opens
    Accept(Accept),
    /// Where the ceremony stands, by the files in a folder, and what is due from whom
    Status(Status),
}

#[derive(ClapArgs)]
struct Certify {
    /// Your place in the group, from 1
    #[arg(long, value_name = "I")]
    index: u32,
    /// How many members decrypt
    #[arg(long, value_name = "T")]
    threshold: u32,
    /// How many members the group has
    #[arg(long, value_name = "N")]
    of: u32,
    /// Ed25519 or BELENIOS-2048
    #[arg(long, default_value = "Ed25519")]
    group: String,
    /// The folder for the two files, made if it is not there
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
}

#[derive(ClapArgs)]
struct Certificates {
    /// Every member's certificate, <ID>.cert, in any order
    #[arg(required = true)]
    certs: Vec<PathBuf>,
    /// The file to make
    #[arg(long, value_name = "FILE", default_value = "certs.jsons")]
    out: PathBuf,
}

#[derive(ClapArgs)]
struct Polynomial {
    /// Your secret, <ID>.key
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// Everybody's certificates, from the coordinator
    #[arg(long, value_name = "FILE")]
    certs: PathBuf,
    /// The folder for <ID>.polynomial; that of your secret where it is left out
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Encrypt as belenios-tool up to 3.0 reads it, where a member uses that
    #[arg(long)]
    ccm: bool,
}

#[derive(ClapArgs)]
struct Shares {
    /// Every member's polynomial, <ID>.polynomial, in any order
    #[arg(required = true)]
    polynomials: Vec<PathBuf>,
    /// Everybody's certificates
    #[arg(long, value_name = "FILE")]
    certs: PathBuf,
    /// The folder for each <ID>.vinput, and for polynomials.jsons, which you keep
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
}

#[derive(ClapArgs)]
struct Check {
    /// The shares for you, <ID>.vinput, from the coordinator
    shares: PathBuf,
    /// Your secret, <ID>.key
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// Everybody's certificates
    #[arg(long, value_name = "FILE")]
    certs: PathBuf,
    /// The folder for <ID>.voutput; that of your secret where it is left out
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Encrypt as belenios-tool up to 3.0 reads it, where a member uses that
    #[arg(long)]
    ccm: bool,
}

#[derive(ClapArgs)]
struct Finish {
    /// Every member's answer, <ID>.voutput, in any order
    #[arg(required = true)]
    answers: Vec<PathBuf>,
    /// Everybody's certificates
    #[arg(long, value_name = "FILE")]
    certs: PathBuf,
    /// The polynomials that `ceremony shares` joined
    #[arg(long, value_name = "FILE")]
    polynomials: PathBuf,
    /// The folder for threshold.json and each <ID>.dkey
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
}

#[derive(ClapArgs)]
struct Accept {
    /// Your secret, <ID>.key
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// Everybody's certificates, as you used them
    #[arg(long, value_name = "FILE")]
    certs: PathBuf,
    /// The shares that you checked, <ID>.vinput
    #[arg(long, value_name = "FILE")]
    shares: PathBuf,
    /// The group's public part, threshold.json
    #[arg(long, value_name = "FILE")]
    threshold: PathBuf,
    /// Your share of the key, <ID>.dkey
    #[arg(long, value_name = "FILE")]
    share: PathBuf,
}

#[derive(ClapArgs)]
struct Status {
    /// The folder with the ceremony's files, of a member or of the coordinator
    folder: PathBuf,
}

pub fn run(args: Args) -> Result<(), Failure> {
    match args.command {
        Command::Certify(args) => {
            let group = key::group(&args.group)?;
            ballot::with_group!(group, G => certify::<G>(&args))
        }
        Command::Certificates(args) => certificates(&args),
        Command::Polynomial(args) => {
            let certs = File::read(&args.certs)?;
            ballot::with_group!(certs.context()?.1, G => polynomial::<G>(&args, &certs))
        }
        Command::Shares(args) => {
            let certs = File::read(&args.certs)?;
            ballot::with_group!(certs.context()?.1, G => shares::<G>(&args, &certs))
        }
        Command::Check(args) => {
            let certs = File::read(&args.certs)?;
            ballot::with_group!(certs.context()?.1, G => check::<G>(&args, &certs))
        }
        Command::Finish(args) => {
            let certs = File::read(&args.certs)?;
            ballot::with_group!(certs.context()?.1, G => finish::<G>(&args, &certs))
        }
        Command::Accept(args) => {
            let certs = File::read(&args.certs)?;
            ballot::with_group!(certs.context()?.1, G => accept::<G>(&args, &certs))
        }
        Command::Status(args) => status(&args),
    }
}

/// A file of messages, one a line.
struct File {
    path: PathBuf,
    bytes: Vec<u8>,
}

/// What a certificate says of itself, before it is verified: enough to choose the group.
#[derive(Deserialize)]
struct Cert {
    message: String,
}

#[derive(Deserialize)]
struct Keys {
    context: Option<Context>,
}

/// The name under which Belenios files a member's messages.
fn identifier(cert: &[u8]) -> Option<String> {
    let cert: Cert = json::parse_loosely(cert).ok()?;
    Some(Hash::of(cert.message.as_bytes()).to_string())
}

fn context_of(cert: &[u8]) -> Result<(Context, GroupName), String> {
    let parsed: Result<Cert, _> = json::parse_loosely(cert);
    let keys =
        parsed.and_then(|cert| json::parse_loosely::<Keys>(cert.message.as_bytes()).map(|keys| keys.context));
    let context = keys.map_err(|error| format!("it holds no certificate: {error}"))?;
    let context = context.ok_or("its certificate has no context (the form before Belenios 2.5.1)")?;
    let group = GroupName::from_name(&context.group);
    let group = group.ok_or_else(|| format!("its group {:?} is not known", context.group))?;
    Ok((context, group))
}

impl File {
    fn read(path: &Path) -> Result<File, Failure> {
        Ok(File { path: path.to_owned(), bytes: edge::read(path)? })
    }

    fn lines(&self) -> impl Iterator<Item = &[u8]> {
        self.bytes.split(|byte| *byte == b'\n').map(without_line_end).filter(|line| !line.is_empty())
    }

    /// The context of the first certificate in it.
    fn context(&self) -> Result<(Context, GroupName), Failure> {
        let first = self.lines().next().ok_or_else(|| self.about("the file is empty"))?;
        context_of(first).map_err(|reason| self.about(reason))
    }

    fn about(&self, cause: impl std::fmt::Display) -> Failure {
        Failure::file(&self.path, cause)
    }

    /// What the state machine says of this file's content: a refused message is material that fails.
    fn rejected(&self, rejected: Rejected) -> Failure {
        match rejected {
            Rejected::Refused(refusal) => {
                Failure::Refused(format!("{}: {}: {}", self.path.display(), refusal.object, refusal.reason))
            }
            Rejected::Misuse(misuse) => self.about(misuse),
        }
    }

    /// The member whose name this file carries.
    fn stem(&self) -> Option<&str> {
        self.path.file_stem().and_then(|stem| stem.to_str())
    }
}

fn folder(path: &Path) -> Result<(), Failure> {
    fs::create_dir_all(path).map_err(|error| Failure::file(path, edge::cause(&error)))
}

/// The folder for a member's message: as asked, else that of its secret.
fn out_folder(out: Option<&PathBuf>, key: &Path) -> Result<PathBuf, Failure> {
    if let Some(out) = out {
        folder(out)?;
        return Ok(out.clone());
    }
    Ok(key.parent().map_or_else(PathBuf::new, Path::to_owned))
}

fn certify<G: Group>(args: &Certify) -> Result<(), Failure> {
    let mut rng = edge::rng()?;
    let seed = Seed::generate(&mut rng);
    let mut secret = Zeroizing::new(String::with_capacity(seed.reveal().len() + 1));
    secret.push_str(seed.reveal());
    secret.push('\n');
    let invited = Invited::<G>::new(seed, args.index, args.threshold, args.of)
        .map_err(|error| Failure::usage(format!("--index, --threshold, --of: {error}")))?;
    let (_, cert) = invited.certify(&mut rng);
    let name = identifier(cert.as_bytes()).ok_or_else(|| Failure::usage("internal error: no certificate"))?;
    folder(&args.out)?;
    let key = args.out.join(format!("{name}.key"));
    let cert_path = args.out.join(format!("{name}.cert"));
    edge::create(&[
        New { path: key.clone(), bytes: secret.as_bytes(), secret: true },
        New { path: cert_path.clone(), bytes: (cert + "\n").as_bytes(), secret: false },
    ])?;
    say!("Your secret, to keep and to back up: {}", key.display());
    say!("Your certificate, to hand to the coordinator: {}", cert_path.display());
    Ok(())
}

/// A coordinator's machine that has taken these certificates.
fn coordinator<G: Group>(files: &[File]) -> Result<Coordinator<G>, Failure> {
    let Some(first) = files.first() else { return Err(Failure::usage("no certificate is given")) };
    let (context, _) = first.context()?;
    let mut machine =
        Coordinator::<G>::new(context.threshold, context.size).map_err(|error| first.about(error))?;
    for file in files {
        for line in file.lines() {
            machine.receive_certificate(line).map_err(|rejected| file.rejected(rejected))?;
        }
    }
    Ok(machine)
}

/// The same with every certificate there.
fn convened<G: Group>(certs: &File) -> Result<Coordinator<G>, Failure> {
    let machine = coordinator::<G>(&[File { path: certs.path.clone(), bytes: certs.bytes.clone() }])?;
    if let Step::Certificates { due } = machine.step() {
        return Err(certs.about(format!("it lacks the certificates of these members: {}", list(&due))));
    }
    Ok(machine)
}

fn certificates(args: &Certificates) -> Result<(), Failure> {
    edge::is_free(&args.out)?;
    let mut files = Vec::new();
    for path in &args.certs {
        files.push(File::read(path)?);
    }
    let Some(first) = files.first() else { return Err(Failure::usage("no certificate is given")) };
    ballot::with_group!(first.context()?.1, G => join_certificates::<G>(args, &files))
}

fn join_certificates<G: Group>(args: &Certificates, files: &[File]) -> Result<(), Failure> {
    let machine = coordinator::<G>(files)?;
    let Some(certificates) = machine.certificates() else {
        let due = match machine.step() {
            Step::Certificates { due } => due,
            _ => Vec::new(),
        };
        return Err(Failure::usage(format!(
            "these members' certificates are missing: {}: ask them for `cabildo trustee ceremony certify`",
            list(&due)
        )));
    };
    let text = certificates.to_file();
    edge::create(&[New { path: args.out.clone(), bytes: text.as_bytes(), secret: false }])?;
    say!(
        "{} certificates, {} members decrypt. Hand every member this file: {}",
        certificates.size(),
        certificates.threshold(),
        args.out.display()
    );
    Ok(())
}

/// The place of the member whose seed this is, by its certificate, which is given back.
fn own_certificate<'a, G: Group>(key: &Path, seed: &Seed, certs: &'a File) -> Result<&'a [u8], Failure> {
    let mine = |cert: &&[u8]| {
        let files = Files { certificate: Some(cert), ..Files::default() };
        Participant::<G>::resume(seed.clone(), files).is_ok()
    };
    certs.lines().find(mine).ok_or_else(|| {
        Failure::file(
            key,
            format!(
                "its certificate is not in {}: that is of another ceremony, or the secret is",
                certs.path.display()
            ),
        )
    })
}

fn cipher<G: Group>(state: Participant<G>, ccm: bool) -> Participant<G> {
    if ccm { state.with_cipher(Cipher::Ccm) } else { state }
}

fn polynomial<G: Group>(args: &Polynomial, certs: &File) -> Result<(), Failure> {
    let seed = read_seed(&args.key)?;
    let certificate = own_certificate::<G>(&args.key, &seed, certs)?;
    let name = identifier(certificate).unwrap_or_default();
    let out = out_folder(args.out.as_ref(), &args.key)?.join(format!("{name}.polynomial"));
    edge::is_free(&out)?;
    let files = Files { certificate: Some(certificate), ..Files::default() };
    let state = Participant::<G>::resume(seed, files).map_err(|rejected| certs.rejected(rejected))?;
    let Participant::Certified(state) = cipher(state, args.ccm) else {
        return Err(Failure::usage("internal error: the ceremony is further on"));
    };
    let (_, message) = state
        .receive_certificates(&mut edge::rng()?, &certs.bytes)
        .map_err(|rejected| certs.rejected(rejected))?;
    edge::create(&[New { path: out.clone(), bytes: (message + "\n").as_bytes(), secret: false }])?;
    say!("Your polynomial, to hand to the coordinator: {}", out.display());
    Ok(())
}

/// Gives a message to the machine for the member whose file it is: by its name, else by whose it can be.
fn give<G: Group>(
    machine: &mut Coordinator<G>,
    size: usize,
    file: &File,
    line: &[u8],
    receive: impl Fn(&mut Coordinator<G>, usize, &[u8]) -> Result<(), Rejected>,
) -> Result<usize, Failure> {
    let named = (1..=size).find(|place| machine.file_name(*place).as_deref() == file.stem());
    if let Some(place) = named {
        return receive(machine, place, line).map(|()| place).map_err(|rejected| file.rejected(rejected));
    }
    let mut last = None;
    for place in 1..=size {
        match receive(machine, place, line) {
            Ok(()) => return Ok(place),
            Err(rejected) => last = last.or(Some(rejected)),
        }
    }
    let reason = match last {
        Some(Rejected::Misuse(misuse)) => return Err(file.about(misuse)),
        Some(Rejected::Refused(refusal)) if size == 1 => refusal.reason,
        _ => "it is not a message of a member of this group".to_owned(),
    };
    Err(Failure::Refused(format!("{}: {reason}", file.path.display())))
}

fn members<G: Group>(machine: &Coordinator<G>) -> usize {
    machine.certificates().map_or(0, |certificates| certificates.size())
}

fn take_polynomials<G: Group>(machine: &mut Coordinator<G>, file: &File) -> Result<(), Failure> {
    let size = members(machine);
    for line in file.lines() {
        give(machine, size, file, line, |machine, place, line| machine.receive_polynomial(place, line))?;
    }
    Ok(())
}

fn shares<G: Group>(args: &Shares, certs: &File) -> Result<(), Failure> {
    let mut machine = convened::<G>(certs)?;
    for path in &args.polynomials {
        take_polynomials(&mut machine, &File::read(path)?)?;
    }
    if let Step::Polynomials { due } = machine.step() {
        return Err(Failure::usage(format!(
            "these members' polynomials are missing: {}: ask them for `cabildo trustee ceremony polynomial`",
            list(&due)
        )));
    }
    let incomplete = || Failure::usage("internal error: the ceremony is not complete");
    let joined = machine.polynomials().ok_or_else(incomplete)?;
    folder(&args.out)?;
    let mut texts = Vec::new();
    for place in 1..=members(&machine) {
        let name = machine.file_name(place).ok_or_else(incomplete)?;
        let text = machine.shares_for(place).ok_or_else(incomplete)? + "\n";
        texts.push((place, args.out.join(format!("{name}.vinput")), text));
    }
    let mut files =
        vec![New { path: args.out.join("polynomials.jsons"), bytes: joined.as_bytes(), secret: false }];
    files.extend(texts.iter().map(|(_, path, text)| New {
        path: path.clone(),
        bytes: text.as_bytes(),
        secret: false,
    }));
    edge::create(&files)?;
    for (place, path, _) in &texts {
        say!("For member {place}: {}", path.display());
    }
    say!("To keep for the end: {}", args.out.join("polynomials.jsons").display());
    Ok(())
}

/// A member's own earlier message beside its secret, where it is still there: the state machine only needs to know that it
/// was sent.
fn own_message(key: &Path, name: &str, extension: &str) -> Vec<u8> {
    fs::read(key.with_file_name(format!("{name}.{extension}"))).unwrap_or_default()
}

fn check<G: Group>(args: &Check, certs: &File) -> Result<(), Failure> {
    let seed = read_seed(&args.key)?;
    let shares = File::read(&args.shares)?;
    let certificate = own_certificate::<G>(&args.key, &seed, certs)?;
    let name = identifier(certificate).unwrap_or_default();
    let out = out_folder(args.out.as_ref(), &args.key)?.join(format!("{name}.voutput"));
    edge::is_free(&out)?;
    let polynomial = own_message(&args.key, &name, "polynomial");
    let files = Files {
        certificate: Some(certificate),
        certificates: Some(&certs.bytes),
        polynomial: Some(&polynomial),
        ..Files::default()
    };
    let state = Participant::<G>::resume(seed, files).map_err(|rejected| certs.rejected(rejected))?;
    let Participant::PolynomialSent(state) = cipher(state, args.ccm) else {
        return Err(Failure::usage("internal error: the ceremony is elsewhere"));
    };
    let (_, answer) = state
        .receive_shares(&mut edge::rng()?, &shares.bytes)
        .map_err(|rejected| shares.rejected(rejected))?;
    edge::create(&[New { path: out.clone(), bytes: (answer + "\n").as_bytes(), secret: false }])?;
    say!("Everybody's share for you holds. Your answer, to hand to the coordinator: {}", out.display());
    Ok(())
}

fn finish<G: Group>(args: &Finish, certs: &File) -> Result<(), Failure> {
    let mut machine = convened::<G>(certs)?;
    let polynomials = File::read(&args.polynomials)?;
    take_polynomials(&mut machine, &polynomials)?;
    if let Step::Polynomials { due } = machine.step() {
        return Err(polynomials.about(format!("it lacks the polynomials of these members: {}", list(&due))));
    }
    let size = members(&machine);
    for path in &args.answers {
        let file = File::read(path)?;
        for line in file.lines() {
            give(&mut machine, size, &file, line, |machine, place, line| {
                machine.receive_answer(place, line)
            })?;
        }
    }
    if let Step::Answers { due } = machine.step() {
        return Err(Failure::usage(format!(
            "these members' answers are missing: {}: ask them for `cabildo trustee ceremony check`",
            list(&due)
        )));
    }
    let outcome = machine.finish().map_err(|rejected| certs.rejected(rejected))?;
    folder(&args.out)?;
    let group = args.out.join("threshold.json");
    let text = json::to_string(&outcome.group) + "\n";
    let mut dkeys = Vec::new();
    for (place, dkey) in (1..).zip(&outcome.dkeys) {
        let name = machine.file_name(place).unwrap_or_default();
        dkeys.push((place, args.out.join(format!("{name}.dkey")), format!("{dkey}\n")));
    }
    let mut files = vec![New { path: group.clone(), bytes: text.as_bytes(), secret: false }];
    files.extend(dkeys.iter().map(|(_, path, dkey)| New {
        path: path.clone(),
        bytes: dkey.as_bytes(),
        secret: false,
    }));
    edge::create(&files)?;
    say!("The group's public part, for `cabildo trustee join` and for every member: {}", group.display());
    for (place, path, _) in &dkeys {
        say!("For member {place}: {}", path.display());
    }
    Ok(())
}

fn accept<G: Group>(args: &Accept, certs: &File) -> Result<(), Failure> {
    let seed = read_seed(&args.key)?;
    let (shares, threshold) = (File::read(&args.shares)?, File::read(&args.threshold)?);
    let share = File::read(&args.share)?;
    let certificate = own_certificate::<G>(&args.key, &seed, certs)?;
    let name = identifier(certificate).unwrap_or_default();
    let (polynomial, answer) =
        (own_message(&args.key, &name, "polynomial"), own_message(&args.key, &name, "voutput"));
    let files = Files {
        certificate: Some(certificate),
        certificates: Some(&certs.bytes),
        polynomial: Some(&polynomial),
        shares: Some(&shares.bytes),
        answer: Some(&answer),
        ..Files::default()
    };
    let state = Participant::<G>::resume(seed, files).map_err(|rejected| shares.rejected(rejected))?;
    let Participant::SharesChecked(state) = state else {
        return Err(Failure::usage("internal error: the ceremony is elsewhere"));
    };
    state.receive_result(&threshold.bytes, &share.bytes).map_err(|rejected| match rejected {
        Rejected::Misuse(misuse) => share.about(misuse),
        refused => threshold.rejected(refused),
    })?;
    say!("The group is the one you took part in, and your share opens: you can decrypt.");
    say!("Keep together: {} and {}", args.key.display(), args.share.display());
    Ok(())
}

/// What a folder holds of a ceremony, by extension, in the order of names.
struct Folder {
    path: PathBuf,
}

impl Folder {
    fn files(&self, extension: &str) -> Result<Vec<PathBuf>, Failure> {
        let entries =
            fs::read_dir(&self.path).map_err(|error| Failure::file(&self.path, edge::cause(&error)))?;
        let paths = entries.flatten().map(|entry| entry.path());
        let mut paths: Vec<PathBuf> =
            paths.filter(|path| path.extension().is_some_and(|found| found == extension)).collect();
        paths.sort();
        Ok(paths)
    }

    fn all(&self, extension: &str) -> Result<Vec<File>, Failure> {
        self.files(extension)?.iter().map(|path| File::read(path)).collect()
    }

    /// One file by its name, where it is there.
    fn one(&self, name: &str) -> Result<Option<File>, Failure> {
        let path = self.path.join(name);
        if path.symlink_metadata().is_ok() { File::read(&path).map(Some) } else { Ok(None) }
    }
}

fn status(args: &Status) -> Result<(), Failure> {
    let folder = Folder { path: args.folder.clone() };
    let joined = folder.one("certs.jsons")?;
    let certs = match joined {
        Some(joined) => vec![joined],
        None => folder.all("cert")?,
    };
    let Some(first) = certs.first() else {
        return Err(Failure::file(
            &args.folder,
            "there is no certificate in it (certs.jsons, *.cert): the ceremony begins with `ceremony certify`",
        ));
    };
    ballot::with_group!(first.context()?.1, G => status_of::<G>(&folder, &certs))
}

fn status_of<G: Group>(folder: &Folder, certs: &[File]) -> Result<(), Failure> {
    let Some(first) = certs.first() else { return Ok(()) };
    let (context, _) = first.context()?;
    say!("A group of {} members, of whom any {} decrypt, in {}", context.size, context.threshold, G::NAME);

    let mut machine = coordinator::<G>(certs)?;
    if machine.certificates().is_some() {
        match folder.one("polynomials.jsons")? {
            Some(file) => take_polynomials(&mut machine, &file)?,
            None => {
                for file in folder.all("polynomial")? {
                    take_polynomials(&mut machine, &file)?;
                }
            }
        }
        let size = members(&machine);
        if !matches!(machine.step(), Step::Polynomials { .. }) {
            for file in folder.all("voutput")? {
                for line in file.lines() {
                    give(&mut machine, size, &file, line, |machine, place, line| {
                        machine.receive_answer(place, line)
                    })?;
                }
            }
        }
    }
    let finished = folder.one("threshold.json")?.is_some();
    let keys = folder.files("key")?;
    // A member's folder has its own messages only: what the others owe the coordinator does not show in it.
    if keys.is_empty() || matches!(machine.step(), Step::Complete) {
        say!(
            "Coordinator: {}",
            match machine.step() {
                Step::Certificates { due } =>
                    format!("certificates (.cert) are due from members {}", list(&due)),
                Step::Polynomials { due } => format!(
                    "every certificate is there; hand out certs.jsons; polynomials (.polynomial) are due from members {}",
                    list(&due)
                ),
                Step::Answers { due } => format!(
                    "every polynomial is there; hand each member its .vinput (`ceremony shares`); answers (.voutput) are due from members {}",
                    list(&due)
                ),
                Step::Complete if finished =>
                    "the group is made: threshold.json goes to `trustee join`, each .dkey to its member"
                        .into(),
                Step::Complete => "every answer is there: run `ceremony finish`".into(),
            }
        );
    }
    for key in &keys {
        member_status::<G>(folder, certs, key)?;
    }
    Ok(())
}

/// Where a member stands, by the files beside its secret.
fn member_status<G: Group>(folder: &Folder, certs: &[File], key: &Path) -> Result<(), Failure> {
    let seed = read_seed(key)?;
    let own = folder.one(&format!("{}.cert", key.file_stem().unwrap_or_default().to_string_lossy()))?;
    let own = own.as_ref();
    let mut certificate = Err(Failure::file(key, "its certificate (.cert) is not beside it"));
    for file in own.into_iter().chain(certs) {
        certificate = own_certificate::<G>(key, &seed, file);
        if certificate.is_ok() {
            break;
        }
    }
    let certificate = certificate?;
    let name = identifier(certificate).unwrap_or_default();
    let (context, _) = context_of(certificate).map_err(|reason| Failure::file(key, reason))?;
    let all = folder.one("certs.jsons")?;
    let beside = |extension: &str| folder.one(&format!("{name}.{extension}"));
    let (polynomial, shares, answer) = (beside("polynomial")?, beside("vinput")?, beside("voutput")?);
    let (threshold, dkey) = (folder.one("threshold.json")?, beside("dkey")?);
    let files = Files {
        certificate: Some(certificate),
        certificates: all.as_ref().map(|file| file.bytes.as_slice()),
        polynomial: polynomial.as_ref().map(|file| file.bytes.as_slice()),
        shares: shares.as_ref().map(|file| file.bytes.as_slice()),
        answer: answer.as_ref().map(|file| file.bytes.as_slice()),
        threshold: threshold.as_ref().map(|file| file.bytes.as_slice()),
        dkey: dkey.as_ref().map(|file| file.bytes.as_slice()),
    };
    let state = Participant::<G>::resume(seed, files).map_err(|rejected| match rejected {
        Rejected::Refused(refusal) => {
            Failure::Refused(format!("{}: {}: {}", folder.path.display(), refusal.object, refusal.reason))
        }
        Rejected::Misuse(misuse) => Failure::file(key, misuse),
    })?;
    let word = match &state {
        Participant::Certified(_) if all.is_some() => {
            "certs.jsons is there: run `ceremony polynomial`".into()
        }
        Participant::PolynomialSent(_) if shares.is_some() => {
            "the shares are there: run `ceremony check`".into()
        }
        Participant::Ready(_) => "ready: it can decrypt".into(),
        waiting => format!("due from the coordinator: {}", waiting.due().unwrap_or("nothing")),
    };
    say!("Member {} ({}…): {word}", context.index, name.get(..8).unwrap_or_default());
    Ok(())
}
