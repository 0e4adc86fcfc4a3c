//! `cabildo witness`: a small server that cosigns checkpoints and keeps nothing else (C2SP tlog-witness).

use std::net::SocketAddr;
use std::path::PathBuf;

use book::key::Vkey;
use clap::Args as ClapArgs;
use mirror::witness::{Witness, WitnessFiles};
use server::{Stop, WitnessConfig, serve_witness};

use crate::commands::serve::{Strangers, voice};
use crate::edge;
use crate::failure::Failure;
use crate::keys;

#[derive(ClapArgs)]
pub struct Args {
    /// Where to listen
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8081")]
    listen: SocketAddr,
    /// The witness's key
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// The key of a log to watch: the first line of a book's `vkeys`
    #[arg(long, value_name = "VKEY", required = true, num_args = 1..)]
    log: Vec<String>,
    /// Where it keeps what it has cosigned; never bring this folder back from a backup
    #[arg(long, value_name = "DIR")]
    state: PathBuf,
    #[command(flatten)]
    strangers: Strangers,
}

pub fn run(args: Args) -> Result<(), Failure> {
    let (name, secret) = keys::read_cosigner(&args.key)?;
    let logs: Vec<Vkey> = args
        .log
        .iter()
        .map(|text| Vkey::parse(text).map_err(|reason| Failure::usage(format!("--log {text}: {reason}"))))
        .collect::<Result<_, _>>()?;
    let witness = Witness::new(name, secret, logs).map_err(|error| Failure::usage(error.to_string()))?;
    let vkey = witness.vkey();
    let state =
        WitnessFiles::open(&args.state, vkey.clone()).map_err(|error| Failure::usage(error.to_string()))?;
    let config = WitnessConfig {
        listen: args.listen,
        witness,
        state: Box::new(state),
        now: Box::new(|| edge::now().unwrap_or(0)),
        limits: args.strangers.limits(args.listen),
        log: voice(),
    };
    let ready = |address: SocketAddr| {
        say!("http://{address}/add-checkpoint");
        say!("witness NAME {vkey} http://{address}");
    };
    serve_witness(config, ready, &Stop::on_signals()).map_err(|error| Failure::usage(error.to_string()))
}
