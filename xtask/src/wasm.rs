//! `cargo xtask wasm`: the booth as WebAssembly.
//!
//! The standard library for wasm32 comes from where it can be had, in this order: it is installed; rustup fetches it;
//! Debian's own compiler builds it (packages `*-web`, unpacked into the cache and never installed, driven by the
//! cargo that is here). The last way serves a machine whose rustup cannot reach its server.

use crate::{
    failure::{Doing, Result, cannot, fails},
    places,
};
use clap::ValueEnum;
use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

const TARGET: &str = "wasm32-unknown-unknown";
/// All randomness comes from the page. Were a dependency to ask the system for more, it would get an error.
const NO_RANDOMNESS: &str = r#"--cfg getrandom_backend="unsupported""#;
/// How long rustup may try where Debian's packages could serve instead.
const RUSTUP_PATIENCE: Duration = Duration::from_secs(60);

#[derive(clap::Args, Default)]
pub(crate) struct Args {
    /// Where the standard library for wasm32 comes from
    #[arg(long, value_enum, default_value_t)]
    std: Source,
    /// Only what a first vote loads: <target>/wasm/voter.wasm
    #[arg(long)]
    voter: bool,
}

#[derive(ValueEnum, Clone, Copy, Default, PartialEq)]
enum Source {
    /// The first of the others that works
    #[default]
    Auto,
    /// The one installed, or fetched by rustup
    Rustup,
    /// Debian's compiler packages, unpacked into the cache
    Debian,
}

/// A compiler that can make wasm32.
enum Compiler {
    /// The ordinary one: the sysroot holds the target.
    Installed,
    /// Debian's, unpacked under this folder.
    Debian(PathBuf),
}

/// Builds the module and says where it is.
pub(crate) fn run(args: &Args) -> Result<PathBuf> {
    let start = Instant::now();
    let compiler = compiler(args.std)?;
    let found = start.elapsed();

    let folder = places::target().join("wasm");
    let mut cargo = cargo(&compiler)?;
    if args.voter {
        cargo.arg("--no-default-features");
    }
    cargo.arg("--target-dir").arg(folder.join("build"));
    let status = cargo.status().doing("cannot run cargo")?;
    if !status.success() {
        return Err(fails("the booth does not build for wasm32 (cargo's words are above)"));
    }

    let built = folder.join("build").join(TARGET).join("release/booth.wasm");
    let module = folder.join(if args.voter { "voter.wasm" } else { "booth.wasm" });
    let bytes = fs::read(&built).doing(built.display())?;
    let fresh = module.with_extension("new");
    fs::write(&fresh, &bytes).doing(fresh.display())?;
    fs::rename(&fresh, &module).doing(module.display())?;
    println!(
        "{}  {} bytes{}  {}{:.1} s",
        places::shown(&module),
        bytes.len(),
        gzipped(&module).map(|n| format!(", {n} gzipped")).unwrap_or_default(),
        match compiler {
            Compiler::Installed => "",
            Compiler::Debian(_) => "Debian's compiler  ",
        },
        start.elapsed().as_secs_f64()
    );
    if found > Duration::from_secs(3) {
        println!("of these {:.1} s to fetch the compiler", found.as_secs_f64());
    }
    Ok(module)
}

fn gzipped(module: &Path) -> Option<usize> {
    let out = Command::new("gzip").args(["-9", "-c"]).arg(module).output().ok()?;
    out.status.success().then_some(out.stdout.len())
}

/// The cargo command that builds the module, all but its target directory.
fn cargo(compiler: &Compiler) -> Result<Command> {
    let sysroot = PathBuf::from(output(rustc().args(["--print", "sysroot"]))?);
    let mut cargo = match compiler {
        Compiler::Installed => Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into())),
        Compiler::Debian(root) => {
            // The cargo itself and not rustup's stand-in, which would choose the compiler again.
            let own = sysroot.join("bin/cargo");
            let mut cargo = Command::new(if own.is_file() { own } else { "cargo".into() });
            cargo
                .env("RUSTC", root.join("usr/bin/rustc"))
                .env("LD_LIBRARY_PATH", root.join("usr/lib/x86_64-linux-gnu"))
                .env("RUSTC_BOOTSTRAP", "1")
                .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", linker(&sysroot)?);
            cargo
        }
    };
    cargo
        .current_dir(places::workspace())
        .args([
            "rustc",
            "--package",
            "booth",
            "--lib",
            "--crate-type",
            "cdylib",
            "--release",
            "--target",
            TARGET,
        ])
        .env_remove("RUSTFLAGS")
        .env_remove("CARGO_ENCODED_RUSTFLAGS")
        .env(
            "CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS",
            format!("{NO_RANDOMNESS} {}", remap(&sysroot, compiler)),
        )
        .env("CARGO_PROFILE_RELEASE_PANIC", "abort")
        .env("CARGO_PROFILE_RELEASE_DEBUG", "false")
        .env("CARGO_PROFILE_RELEASE_STRIP", "true")
        .env("CARGO_PROFILE_RELEASE_LTO", "fat")
        .env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "1")
        // Measured: as fast as optimising all for speed, at two thirds of the size; the time goes into the curve.
        .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "s")
        .args(["--config", r#"profile.release.package.curve25519-dalek.opt-level=3"#]);
    if let Compiler::Debian(_) = compiler {
        cargo.args(["-Z", "build-std=std,panic_abort", "-Z", "build-std-features="]);
    }
    Ok(cargo)
}

/// Keeps this machine's paths out of the module.
fn remap(sysroot: &Path, compiler: &Compiler) -> String {
    let home = env::var_os("CARGO_HOME")
        .map(PathBuf::from)
        .or_else(|| Some(Path::new(&env::var_os("HOME")?).join(".cargo")));
    let root = match compiler {
        Compiler::Installed => sysroot.to_path_buf(),
        Compiler::Debian(root) => root.join("usr"),
    };
    [(home, "/cargo"), (Some(root), "/rust"), (Some(places::workspace()), "/cabildo")]
        .into_iter()
        .filter_map(|(from, to)| Some(format!("--remap-path-prefix={}={to}", from?.display())))
        .filter(|flag| !flag.contains(' '))
        .collect::<Vec<_>>()
        .join(" ")
}

fn rustc() -> Command {
    let mut rustc = Command::new("rustc");
    rustc.current_dir(places::workspace());
    rustc
}

/// What a command prints, trimmed; its failure in one line.
fn output(command: &mut Command) -> Result<String> {
    let name = command.get_program().to_string_lossy().into_owned();
    let out = command.output().doing(format!("cannot run {name}"))?;
    if !out.status.success() {
        let said = String::from_utf8_lossy(&out.stderr);
        let last = said.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or("it failed");
        return Err(cannot(format!("{name}: {last}")));
    }
    Ok(String::from_utf8_lossy(&out.stdout).trim().to_owned())
}

fn compiler(source: Source) -> Result<Compiler> {
    if source != Source::Debian {
        if is_installed() {
            return Ok(Compiler::Installed);
        }
        let debian_could_serve = source == Source::Auto && (unpacked().is_some() || debian_at_hand());
        if rustup_fetches(debian_could_serve.then_some(RUSTUP_PATIENCE)) && is_installed() {
            return Ok(Compiler::Installed);
        }
    }
    if source == Source::Rustup {
        return Err(cannot(format!("no standard library for wasm32: rustup target add {TARGET}")));
    }
    if let Some(root) = unpacked() {
        return Ok(Compiler::Debian(root));
    }
    if !debian_at_hand() {
        return Err(cannot(format!(
            "no standard library for wasm32: rustup target add {TARGET} (or run this on Debian, whose packages serve too)"
        )));
    }
    debian().map(Compiler::Debian)
}

/// Whether the compiler in use has the target's standard library beside it.
fn is_installed() -> bool {
    output(rustc().args(["--print", "target-libdir", "--target", TARGET])).is_ok_and(|folder| {
        fs::read_dir(folder).is_ok_and(|files| {
            files.flatten().any(|file| file.file_name().to_string_lossy().starts_with("libstd-"))
        })
    })
}

/// Whether rustup has fetched the target, within `patience`.
fn rustup_fetches(patience: Option<Duration>) -> bool {
    let Some(rustup) = places::program("rustup") else { return false };
    let child = Command::new(rustup)
        .args(["target", "add", TARGET])
        .current_dir(places::workspace())
        .env("RUSTUP_MAX_RETRIES", "1")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    let Ok(mut child) = child else { return false };
    let start = Instant::now();
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return status.success(),
            Ok(None) if patience.is_none_or(|patience| start.elapsed() < patience) => {
                thread::sleep(Duration::from_millis(50));
            }
            _ => {
                let _ = child.kill();
                let _ = child.wait();
                return false;
            }
        }
    }
}

/// The linker for wasm: the toolchain's own, else LLVM's.
fn linker(sysroot: &Path) -> Result<PathBuf> {
    let own = sysroot.join("lib/rustlib/x86_64-unknown-linux-gnu/bin/rust-lld");
    Some(own)
        .filter(|path| path.is_file())
        .or_else(|| places::program("rust-lld"))
        .or_else(|| places::program("wasm-ld"))
        .ok_or_else(|| cannot("no linker for wasm32: apt-get install lld"))
}

// --- Debian's packages

fn debian_at_hand() -> bool {
    cfg!(all(target_os = "linux", target_arch = "x86_64"))
        && ["apt-get", "apt-cache", "dpkg", "dpkg-deb"].iter().all(|tool| places::program(tool).is_some())
}

fn shelf() -> PathBuf {
    places::cache().join("wasm-rust")
}

/// A compiler that an earlier run unpacked; the newest, by name.
fn unpacked() -> Option<PathBuf> {
    let mut roots: Vec<_> = fs::read_dir(shelf())
        .ok()?
        .flatten()
        .map(|e| e.path())
        .filter(|p| p.join("complete").is_file())
        .collect();
    roots.sort();
    roots.pop()
}

/// Downloads Debian's compiler, its library's source, and the libraries that are not installed here, and unpacks them.
fn debian() -> Result<PathBuf> {
    let version = match candidate("rustc-web")? {
        Some(version) => version,
        None if places::is_root() => {
            output(Command::new("apt-get").args(["-qq", "update"]))?;
            candidate("rustc-web")?.ok_or_else(no_package)?
        }
        None => return Err(no_package()),
    };
    eprintln!("xtask: fetching Debian's rustc-web {version} for wasm32 (140 MB, once)");
    fs::create_dir_all(shelf()).doing(shelf().display())?;
    let work = tempfile::tempdir_in(shelf()).doing(shelf().display())?;
    let (archives, root) = (work.path().join("archives"), work.path().join("root"));
    for folder in [&archives, &root] {
        fs::create_dir(folder).doing(folder.display())?;
    }
    let download = |packages: &[String]| {
        output(Command::new("apt-get").args(["-qq", "download"]).args(packages).current_dir(&archives))
    };
    let mut packages = vec!["rustc-web".to_owned(), "rust-web-src".to_owned()];
    packages.extend(missing_libraries("rustc-web")?);
    if download(&packages).is_err() && places::is_root() {
        // The lists name files that the mirror no longer has.
        output(Command::new("apt-get").args(["-qq", "update"]))?;
        packages.truncate(2);
        packages.extend(missing_libraries("rustc-web")?);
        download(&packages)?;
    } else if fs::read_dir(&archives).doing(archives.display())?.count() < packages.len() {
        return Err(cannot("apt-get download failed: run apt-get update first"));
    }
    for archive in fs::read_dir(&archives).doing(archives.display())?.flatten() {
        output(Command::new("dpkg-deb").arg("-x").arg(archive.path()).arg(&root))?;
    }
    fs::write(root.join("complete"), &version).doing("cannot write")?;
    let place = shelf().join(version.replace(['/', ':'], "-"));
    if fs::rename(&root, &place).is_err() && !place.join("complete").is_file() {
        return Err(cannot(format!("{}: cannot be put there", place.display())));
    }
    Ok(place)
}

fn no_package() -> crate::failure::Failure {
    cannot(
        "no package rustc-web in apt's lists: run apt-get update (Debian 12 with its security archive has it)",
    )
}

/// The version of `package` that apt would install.
fn candidate(package: &str) -> Result<Option<String>> {
    let policy = output(Command::new("apt-cache").args(["policy", package]).env("LC_ALL", "C"))?;
    let version = policy.lines().find_map(|line| line.trim().strip_prefix("Candidate: "));
    Ok(version.filter(|version| *version != "(none)").map(str::to_owned))
}

/// The libraries that `package` needs, directly or not, and that are not installed: among them the parts of the
/// standard library and LLVM, whose package names carry versions. What is no library is left to the machine.
fn missing_libraries(package: &str) -> Result<Vec<String>> {
    let mut known = vec![package.to_owned()];
    let mut next = 0;
    while let Some(package) = known.get(next) {
        next += 1;
        let depends = output(Command::new("apt-cache").args(["depends", "-i", package]).env("LC_ALL", "C"))?;
        for name in depends.lines().filter_map(|line| line.trim().strip_prefix("Depends: ")) {
            let name = name.trim();
            if name.starts_with("lib") && !known.iter().any(|k| k == name) && !is_package_installed(name) {
                known.push(name.to_owned());
            }
        }
    }
    known.remove(0);
    Ok(known)
}

fn is_package_installed(name: &str) -> bool {
    output(Command::new("dpkg").args(["-s", name]))
        .is_ok_and(|said| said.contains("Status: install ok installed"))
}
