//! How a command ends when it does not end well.

use std::fmt::Display;
use std::path::Path;
use std::process::ExitCode;

/// Why a command ends with another status than 0.
pub enum Failure {
    /// The material was read and fails; what was found is printed already.
    Fails,
    /// The material was read and fails, which one line says.
    Refused(String),
    /// Wrong use or unreadable input: one line.
    Usage(String),
}

impl Failure {
    /// Wrong use or unreadable input.
    pub fn usage(line: impl Into<String>) -> Failure {
        Failure::Usage(line.into())
    }

    /// The same, about a file.
    pub fn file(path: &Path, cause: impl Display) -> Failure {
        Failure::Usage(format!("{}: {cause}", path.display()))
    }

    /// Prints the line, if there is one, and gives the exit status. Who asked for JSON and whose material fails gets an object.
    #[expect(clippy::print_stderr, reason = "this is where the command line speaks of its failures")]
    pub fn report(self, json: bool) -> ExitCode {
        match self {
            Failure::Fails => ExitCode::from(1),
            Failure::Refused(line) => {
                if json {
                    say!("{}", serde_json::json!({"ok": false, "error": one_line(&line)}));
                }
                eprintln!("cabildo: {}", one_line(&line));
                ExitCode::from(1)
            }
            Failure::Usage(line) => {
                eprintln!("cabildo: {}", one_line(&line));
                ExitCode::from(2)
            }
        }
    }
}

/// One line, whatever stands in file names.
fn one_line(text: &str) -> String {
    text.replace(['\n', '\r'], " ")
}
