//! What comes after an earlier description on the same leg (RFC 3264 section 8).

use crate::line::Lines;
use crate::session::SessionDescription;
use crate::write::Writer;

impl SessionDescription {
    /// The same description as the next one after `previous`, which we sent on this leg last:
    /// with at least as many streams (`previous`' audio slot keeps its place, further slots are
    /// filled with port 0), and with `previous`' version if nothing else changed, or one more.
    ///
    /// User name and session id must be the ones of `previous`: the caller makes both from one
    /// [`Origin`](crate::Origin).
    #[must_use]
    pub fn following(&self, previous: &Self) -> Self {
        let version = previous.origin().version();
        let same = self.with_slots_of(previous, version);
        if same.text == previous.text {
            return previous.clone();
        }
        self.with_slots_of(previous, version.saturating_add(1))
    }

    fn with_slots_of(&self, previous: &Self, version: u64) -> Self {
        let mut writer = Writer::new();
        self.copy_session(&mut writer, version);
        let mut streams = self.media().peekable();
        // Where there are fewer streams than before, ours go where the living ones stood.
        let mut missing = previous.media().count().saturating_sub(self.media().count());
        for slot in previous.media() {
            let fits = streams.peek().is_some_and(|stream| stream.kind() == slot.kind());
            if missing > 0 && !(fits && slot.port() != 0) {
                missing = missing.saturating_sub(1);
                writer.refused(&slot);
            } else if let Some(stream) = streams.next() {
                writer.copy(stream.section());
            }
        }
        for stream in streams {
            writer.copy(stream.section());
        }
        writer.finish()
    }

    /// The session section with another version, all else byte for byte.
    fn copy_session(&self, writer: &mut Writer, version: u64) {
        let section = self.session_section();
        let at = self.index.origin.start as usize;
        let (head, tail) = section.split_at_checked(at).unwrap_or((section, &[]));
        let mut lines = Lines::new(tail);
        let line = lines.next_raw().unwrap_or_default();
        let after = tail.get(lines.offset()..).unwrap_or_default();
        // o=username id VERSION network type address
        let mut words = line.splitn(4, |byte| *byte == b' ');
        let (username, id) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        let address = words.nth(1).unwrap_or_default();
        writer.copy(head);
        writer.origin_line(&[username, id, version.to_string().as_bytes(), address]);
        writer.copy(after);
    }
}
