//! A throw-away server: made once for all tests, reached through a socket in its own folder, gone with the test program
//! however that ends.

use std::env;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{ChildStdin, Command, Stdio};
use std::sync::OnceLock;

pub(crate) struct Cluster {
    pub(crate) address: String,
    pub(crate) files: PathBuf,
    /// The server ends when this pipe does.
    _alive: ChildStdin,
}

/// Makes a cluster, says where, and waits for the end of its input.
const SCRIPT: &str = r#"
set -e
folder=$(mktemp -d "${TMPDIR:-/tmp}/cabildo-pg.XXXXXX")
trap 'pg_ctl -D "$folder/data" -m immediate stop >/dev/null 2>&1 || true; rm -rf "$folder"' EXIT
initdb -D "$folder/data" -A trust -U cabildo -E UTF8 --locale=C -N >/dev/null
pg_ctl -D "$folder/data" -l "$folder/log" -w -o "-c listen_addresses='' -c unix_socket_directories='$folder'" start >/dev/null
echo "$folder"
cat >/dev/null
"#;

/// The server, or why there is none.
pub(crate) fn cluster() -> Option<&'static Cluster> {
    static CLUSTER: OnceLock<Result<Cluster, String>> = OnceLock::new();
    match CLUSTER.get_or_init(start) {
        Ok(cluster) => Some(cluster),
        Err(why) => {
            println!("skipped: {why}; CABILDO_POSTGRES may name a server");
            None
        }
    }
}

fn start() -> Result<Cluster, String> {
    let programs = programs().ok_or("no PostgreSQL server was found here")?;
    let root = Command::new("id").arg("-u").output().is_ok_and(|id| id.stdout == b"0\n");
    let mut command = if root {
        // PostgreSQL does not run as root.
        let mut su = Command::new("su");
        su.args(["postgres", "-s", "/bin/sh", "-c"]);
        su
    } else {
        let mut sh = Command::new("sh");
        sh.arg("-c");
        sh
    };
    let path = env::var("PATH").unwrap_or_default();
    let script = format!("PATH='{}:{path}'; export PATH; {SCRIPT}", programs.display());
    command.arg(script).current_dir("/").stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child =
        command.spawn().map_err(|error| format!("a PostgreSQL server cannot be started ({error})"))?;
    let (alive, said) = child.stdin.take().zip(child.stdout.take()).ok_or("no pipe to the server")?;
    let mut folder = String::new();
    BufReader::new(said).read_line(&mut folder).map_err(|error| error.to_string())?;
    let folder = folder.trim();
    // The programs are there, so this is no reason to skip.
    assert!(!folder.is_empty(), "a PostgreSQL server was found here but does not start");
    Ok(Cluster {
        address: format!("host={folder} user=cabildo dbname=postgres"),
        files: Path::new(folder).join("data"),
        _alive: alive,
    })
}

/// The folder of the server's programs.
fn programs() -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let debian = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    env::split_paths(&path)
        .chain(debian.map(|version| version.path().join("bin")))
        .find(|folder| folder.join("initdb").exists() && folder.join("pg_ctl").exists())
}
