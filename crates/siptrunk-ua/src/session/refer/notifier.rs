//! The subscription of a peer whose REFER we follow: NOTIFYs one at a time, the last one final (RFC
//! 3515 2.4.4 to 2.4.7).

use std::time::Instant;

use siptrunk_message::StatusCode;

/// What is to be told in one NOTIFY.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Notice {
    /// How far the call is that we were referred to.
    pub(crate) status: StatusCode,
    /// Why the subscription ends with this; `None`: it goes on.
    pub(crate) end: Option<&'static str>,
    /// The `id` of the subscription, if it needs one (2.4.6).
    pub(crate) id: Option<u32>,
    /// When the subscription ends by itself.
    pub(crate) until: Instant,
}

/// The one subscription that a dialog may have at a time.
#[derive(Debug, Default)]
pub(crate) struct Notifier {
    /// REFERs that were followed in this dialog.
    followed: u32,
    current: Option<Current>,
}

#[derive(Debug)]
struct Current {
    id: Option<u32>,
    until: Instant,
    /// A NOTIFY has no response yet.
    open: bool,
    /// What is told next; a newer progress takes the place of an older one.
    next: Option<StatusCode>,
    /// The application has told the final status, or the time is over.
    final_told: Option<&'static str>,
}

impl Notifier {
    /// Whether a REFER is being followed whose end was not told.
    pub(crate) fn is_busy(&self) -> bool {
        self.current.is_some()
    }

    /// A REFER was accepted: the first NOTIFY goes out at once.
    pub(crate) fn begin(&mut self, sequence: u32, until: Instant) -> Option<Notice> {
        self.followed += 1;
        let id = (self.followed > 1).then_some(sequence);
        let next = Some(StatusCode::TRYING);
        self.current = Some(Current { id, until, open: false, next, final_told: None });
        self.next()
    }

    /// The application tells how far it is; `None`: there is nobody to tell.
    pub(crate) fn tell(&mut self, status: StatusCode) -> Option<()> {
        let current = self.current.as_mut().filter(|current| current.final_told.is_none())?;
        current.next = Some(status);
        // What was referred to has happened, well or not: there will be nothing more (RFC 3515 2.4.7).
        current.final_told = status.is_final().then_some("noresource");
        Some(())
    }

    /// What is to be sent now, if nothing is open.
    pub(crate) fn next(&mut self) -> Option<Notice> {
        let current = self.current.as_mut().filter(|current| !current.open)?;
        let status = current.next.take()?;
        current.open = true;
        let end = current.final_told;
        Some(Notice { status, end, id: current.id, until: current.until })
    }

    /// A NOTIFY was answered, or was not. Who does not want it, or does not know it, gets no more.
    pub(crate) fn answered(&mut self, taken: bool) {
        let Some(current) = &mut self.current else { return };
        current.open = false;
        if !taken || (current.final_told.is_some() && current.next.is_none()) {
            self.current = None;
        }
    }

    pub(crate) fn deadline(&self) -> Option<Instant> {
        self.current.as_ref().filter(|it| it.final_told.is_none()).map(|current| current.until)
    }

    /// The application has said nothing final in time: that is told instead.
    pub(crate) fn handle_timeout(&mut self, now: Instant) {
        if self.deadline().is_some_and(|until| until <= now)
            && let Some(current) = &mut self.current
        {
            current.next = Some(StatusCode::SERVICE_UNAVAILABLE);
            current.final_told = Some("timeout");
        }
    }
}
