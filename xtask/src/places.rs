//! Where things are.

use std::{
    env,
    path::{Path, PathBuf},
};

/// The workspace: cargo says it when it runs xtask, and it was known when xtask was built.
pub(crate) fn workspace() -> PathBuf {
    let xtask =
        env::var_os("CARGO_MANIFEST_DIR").map_or_else(|| env!("CARGO_MANIFEST_DIR").into(), PathBuf::from);
    xtask.parent().map_or(xtask.clone(), Path::to_path_buf)
}

/// Cargo's target directory.
pub(crate) fn target() -> PathBuf {
    workspace().join(env::var_os("CARGO_TARGET_DIR").unwrap_or_else(|| "target".into()))
}

/// What is worth keeping between fresh clones: `$CABILDO_CACHE`, else `$XDG_CACHE_HOME/cabildo`, else `~/.cache/cabildo`.
pub(crate) fn cache() -> PathBuf {
    if let Some(folder) = env::var_os("CABILDO_CACHE") {
        return folder.into();
    }
    let home = || PathBuf::from(env::var_os("HOME").unwrap_or_else(|| "/tmp".into())).join(".cache");
    env::var_os("XDG_CACHE_HOME").map_or_else(home, PathBuf::from).join("cabildo")
}

/// A path as one would type it: relative to the current directory where it lies below it.
pub(crate) fn shown(path: &Path) -> String {
    let here = env::current_dir().unwrap_or_default();
    path.strip_prefix(here).unwrap_or(path).display().to_string()
}

/// A program on the `PATH`.
pub(crate) fn program(name: &str) -> Option<PathBuf> {
    env::split_paths(&env::var_os("PATH")?).map(|folder| folder.join(name)).find(|path| path.is_file())
}

/// Whether this is root, who may install packages.
pub(crate) fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt;
    std::fs::metadata("/proc/self").is_ok_and(|own| own.uid() == 0)
}
