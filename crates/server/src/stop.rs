//! How a server is told to end.

use std::sync::Arc;

use tokio::sync::watch;

/// How a server is told to end. Its clones are one handle, usable from any thread and before the server runs.
#[derive(Clone)]
pub struct Stop {
    asked: Arc<watch::Sender<Asked>>,
    by_signals: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Asked {
    Nothing,
    /// Finish what is being answered.
    End,
    /// Break off what is being answered.
    EndNow,
}

impl Stop {
    /// A handle that only [`Stop::stop`] moves: for tests, and where the program deals with signals itself.
    pub fn new() -> Stop {
        Stop { asked: Arc::new(watch::Sender::new(Asked::Nothing)), by_signals: false }
    }

    /// A handle that SIGINT and SIGTERM (Ctrl-C elsewhere than on Unix) move too while a server runs: the first ends it, the
    /// second does not wait for the requests that are being answered. What the clerk has taken is finished in either case.
    pub fn on_signals() -> Stop {
        Stop { by_signals: true, ..Stop::new() }
    }

    /// Ends the server: it takes no more connections, finishes what is being answered, stops the clerks. Called again, it no
    /// longer waits for those who read slowly.
    pub fn stop(&self) {
        self.asked.send_modify(|asked| {
            *asked = if *asked == Asked::Nothing { Asked::End } else { Asked::EndNow };
        });
    }

    /// Whether it was called.
    pub fn is_asked(&self) -> bool {
        *self.asked.borrow() != Asked::Nothing
    }

    /// Waits until so much is asked for.
    pub(crate) async fn asked(&self, how: Asked) {
        let mut asked = self.asked.subscribe();
        // The sender lives as long as this handle, so there is nothing to fail.
        let _ = asked.wait_for(|asked| *asked >= how).await;
    }

    /// Watches for signals, where this handle is to.
    pub(crate) fn watch_signals(&self) -> std::io::Result<()> {
        if !self.by_signals {
            return Ok(());
        }
        let stop = self.clone();
        #[cfg(unix)]
        {
            use tokio::signal::unix::{SignalKind, signal};
            let (mut interrupt, mut terminate) =
                (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
            tokio::spawn(async move {
                loop {
                    tokio::select! {
                        _ = interrupt.recv() => stop.stop(),
                        _ = terminate.recv() => stop.stop(),
                    }
                }
            });
        }
        #[cfg(not(unix))]
        tokio::spawn(async move {
            while tokio::signal::ctrl_c().await.is_ok() {
                stop.stop();
            }
        });
        Ok(())
    }
}

impl Default for Stop {
    fn default() -> Stop {
        Stop::new()
    }
}
