//! Connecting, creating, migrating.

use std::collections::HashMap;
use std::time::Duration;

use postgres::{Client, Config, NoTls};

use super::{Postgres, migrations};
use crate::StoreError;

impl Postgres {
    /// Makes the tables in a database that has none of ours. `address` is a connection string, `postgres://…` or
    /// `host=… user=…`.
    pub fn create(address: &str) -> Result<Postgres, StoreError> {
        let config = config(address)?;
        let mut client = connect(&config, false)?;
        if migrations::run(&mut client)? != 0 {
            return Err(StoreError::Refused("there is a book store in this database already".into()));
        }
        Ok(Postgres { client, config, read_only: false, statements: HashMap::new() })
    }

    /// Connects for writing and reading, and tries to finish erasures that are pending.
    pub fn open(address: &str) -> Result<Postgres, StoreError> {
        let mut store = open(config(address)?, false)?;
        store.finish()?;
        Ok(store)
    }

    /// Connects for reading.
    pub fn open_reader(address: &str) -> Result<Postgres, StoreError> {
        open(config(address)?, true)
    }
}

/// What a migration did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Migrated {
    /// The schema that was found.
    pub from: u32,
    /// The schema that it has now.
    pub to: u32,
}

/// Brings a database to the schema of this program, in one transaction: it has the new schema or, after any error, the old
/// one. A database that has it already stays as it is.
pub fn migrate(address: &str) -> Result<Migrated, StoreError> {
    let mut client = connect(&config(address)?, false)?;
    if migrations::version(&mut client)? == 0 {
        return Err(blank());
    }
    let from = migrations::run(&mut client)?;
    Ok(Migrated { from, to: migrations::KNOWN })
}

/// Connects to a database of this schema.
pub(super) fn open(config: Config, read_only: bool) -> Result<Postgres, StoreError> {
    let mut client = connect(&config, read_only)?;
    match migrations::version(&mut client)? {
        0 => Err(blank()),
        found if found > migrations::KNOWN => Err(StoreError::TooNew { found, known: migrations::KNOWN }),
        found if found < migrations::KNOWN => Err(StoreError::TooOld { found, known: migrations::KNOWN }),
        _ => Ok(Postgres { client, config, read_only, statements: HashMap::new() }),
    }
}

fn config(address: &str) -> Result<Config, StoreError> {
    let mut config: Config = address.parse().map_err(|_| {
        StoreError::Refused("this is no address of a PostgreSQL database: postgres://…".into())
    })?;
    // What the address does not say; a server that is gone is noticed.
    if config.get_connect_timeout().is_none() {
        config.connect_timeout(Duration::from_secs(10));
    }
    if config.get_tcp_user_timeout().is_none() {
        config.tcp_user_timeout(Duration::from_secs(30));
    }
    if config.get_application_name().is_none() {
        config.application_name("cabildo");
    }
    Ok(config)
}

/// Connects, with what every connection of ours has.
pub(super) fn connect(config: &Config, read_only: bool) -> Result<Client, StoreError> {
    let mut client = config.connect(NoTls)?;
    let encoding: String = client.query_one("SHOW server_encoding", &[])?.try_get(0)?;
    if encoding != "UTF8" {
        return Err(StoreError::Refused(format!(
            "the database has the encoding {encoding}: make one with UTF8"
        )));
    }
    // A server or a role may be set to answer before a commit is on the disk; a stronger setting is left.
    client.batch_execute(
        "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off';
         SET lock_timeout = '5s';
         SET idle_in_transaction_session_timeout = '60s'",
    )?;
    if read_only {
        client.batch_execute("SET default_transaction_read_only = on")?;
    }
    Ok(client)
}

fn blank() -> StoreError {
    StoreError::Missing("there is no book store in this database: found a council in it first".into())
}
