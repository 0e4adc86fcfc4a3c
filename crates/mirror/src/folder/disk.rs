//! The few things that a mirror does to a disk. In tests a disk can stop in the middle, as a machine does that loses power.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::durable;

/// From so many files on it is quicker to make all of a file system durable, whoever wrote it, than one file after the other.
#[cfg(all(target_os = "linux", not(test)))]
const MANY: usize = 32;

/// Makes everything that was written to the file system of `path` durable, where that is known to hold: on local disks.
/// False where it is not known.
#[cfg(all(target_os = "linux", not(test)))]
fn sync_file_system(path: &Path) -> io::Result<bool> {
    /// ext, XFS, Btrfs, F2FS, bcachefs, overlayfs (containers), tmpfs: their numbers in `statfs`.
    const LOCAL: [u32; 7] =
        [0xef53, 0x5846_5342, 0x9123_683e, 0xf2f5_2010, 0xca45_1a4e, 0x794c_7630, 0x0102_1994];
    let file = File::open(path)?;
    let kind = rustix::fs::fstatfs(&file)?.f_type;
    // The type of the number differs between machines; the numbers have 32 bits.
    if !LOCAL.contains(&(kind as u32)) {
        return Ok(false);
    }
    rustix::fs::syncfs(&file)?;
    Ok(true)
}

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
        // A new file, always: what stands there may be a link, or one file under two names.
        durable::remove(path)?;
        let create = || File::options().write(true).create_new(true).open(path);
        let mut file = match create() {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                fs::create_dir_all(path.parent().unwrap_or(Path::new(".")))?;
                create()?
            }
            other => other?,
        };
        file.write_all(bytes)
    }

    /// Gives a file a second name, where the file system can; its folder is made if need be.
    pub(crate) fn link(&mut self, from: &Path, to: &Path) -> io::Result<()> {
        #[cfg(test)]
        self.fault.step()?;
        durable::remove(to)?;
        match fs::hard_link(from, to) {
            Err(error) if error.kind() == io::ErrorKind::NotFound && from.exists() => {
                fs::create_dir_all(to.parent().unwrap_or(Path::new(".")))?;
                fs::hard_link(from, to)
            }
            other => other,
        }
    }

    /// Makes a file's content durable.
    pub(crate) fn sync(&mut self, path: &Path) -> io::Result<()> {
        // A test plays the loss of power; it need not wait for the disk.
        #[cfg(test)]
        return self.fault.before_sync(path);
        #[cfg(not(test))]
        File::open(path)?.sync_all()
    }

    /// Makes the contents of many files in one file system durable.
    pub(crate) fn sync_many(&mut self, paths: &[PathBuf]) -> io::Result<()> {
        #[cfg(all(target_os = "linux", not(test)))]
        if paths.len() >= MANY && sync_file_system(&paths[0])? {
            return Ok(());
        }
        paths.iter().try_for_each(|path| self.sync(path))
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
    use super::*;
    use std::collections::BTreeSet;

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
