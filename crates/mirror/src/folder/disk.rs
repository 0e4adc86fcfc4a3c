//! The few things that a mirror does to a disk. In tests a disk can stop in the middle, as a machine does that loses power.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

use crate::durable;

/// A disk.
#[derive(Debug, Default)]
pub(crate) struct Disk {
    #[cfg(test)]
    pub(crate) fault: tests::Fault,
}

impl Disk {
    /// Writes a file of which nothing is durable yet; its folder is made if need be.
    pub(crate) fn write(&mut self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        #[cfg(test)]
        self.fault.before_write(path, bytes)?;
        let mut file = match File::create(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                fs::create_dir_all(path.parent().unwrap_or(Path::new(".")))?;
                File::create(path)?
            }
            other => other?,
        };
        file.write_all(bytes)
    }

    /// Makes a file's content durable.
    pub(crate) fn sync(&mut self, path: &Path) -> io::Result<()> {
        // A test plays the loss of power; it need not wait for the disk.
        #[cfg(test)]
        return self.fault.before_sync(path);
        #[cfg(not(test))]
        File::open(path)?.sync_all()
    }

    /// Makes what happened to a folder's names durable.
    pub(crate) fn sync_folder(&mut self, path: &Path) -> io::Result<()> {
        #[cfg(test)]
        return self.fault.before_sync(path);
        #[cfg(not(test))]
        durable::sync_folder(path)
    }

    /// Moves a file to its place; the place's folder is made if need be.
    pub(crate) fn rename(&mut self, from: &Path, to: &Path) -> io::Result<()> {
        #[cfg(test)]
        self.fault.step()?;
        match fs::rename(from, to) {
            Err(error) if error.kind() == io::ErrorKind::NotFound && from.exists() => {
                fs::create_dir_all(to.parent().unwrap_or(Path::new(".")))?;
                fs::rename(from, to)
            }
            other => other,
        }
    }

    /// Removes a file that may not be there.
    pub(crate) fn remove(&mut self, path: &Path) -> io::Result<()> {
        #[cfg(test)]
        self.fault.step()?;
        durable::remove(path)
    }

    /// Removes a folder that may not be there, with all that is in it.
    pub(crate) fn remove_all(&mut self, path: &Path) -> io::Result<()> {
        #[cfg(test)]
        self.fault.step()?;
        match fs::remove_dir_all(path) {
            Err(error) if !durable::is_absent(&error) => Err(error),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use std::collections::BTreeSet;
    use std::path::PathBuf;

    use super::*;

    /// After so many steps nothing happens any more, and what was not made durable is lost.
    #[derive(Debug, Default)]
    pub(crate) struct Fault {
        pub(crate) steps: usize,
        pub(crate) stop_after: Option<usize>,
        volatile: BTreeSet<PathBuf>,
    }

    impl Fault {
        pub(super) fn step(&mut self) -> io::Result<()> {
            if self.stop_after.is_some_and(|limit| self.steps >= limit) {
                for path in std::mem::take(&mut self.volatile) {
                    if let Ok(file) = File::options().write(true).open(&path) {
                        let length = file.metadata()?.len();
                        file.set_len(length / 2)?;
                    }
                }
                return Err(io::Error::other("the power is gone"));
            }
            self.steps += 1;
            Ok(())
        }

        pub(super) fn before_write(&mut self, path: &Path, bytes: &[u8]) -> io::Result<()> {
            if let Err(error) = self.step() {
                // The write that was under way is torn.
                let _ = fs::write(path, &bytes[..bytes.len() / 2]);
                return Err(error);
            }
            self.volatile.insert(path.to_owned());
            Ok(())
        }

        pub(super) fn before_sync(&mut self, path: &Path) -> io::Result<()> {
            self.step()?;
            self.volatile.remove(path);
            Ok(())
        }
    }
}
