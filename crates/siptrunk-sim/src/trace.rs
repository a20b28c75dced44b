//! What went over the virtual wire, and how to read it.

use std::{
    collections::BTreeMap,
    fmt::{self, Write as _},
    net::SocketAddr,
    time::Duration,
};

use bytes::Bytes;

use crate::fault::{first_line, is_sip, on_one_line};

/// What became of a datagram, or of a message on a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fate {
    /// It arrives (perhaps twice).
    Delivered,
    /// The link or a fault lost it.
    Lost,
    /// The link was partitioned.
    Partitioned,
    /// It is larger than the link's MTU.
    TooLarge,
    /// Nobody has that address, or its node crashed.
    NoListener,
}

/// One datagram, as it was put on the wire.
#[derive(Clone, PartialEq, Eq)]
pub struct TraceEntry {
    /// When it was sent, since the start of the world.
    pub at: Duration,
    /// The sender's address.
    pub from: SocketAddr,
    /// The address it was sent to.
    pub to: SocketAddr,
    /// The datagram, after the faults of its link.
    pub bytes: Bytes,
    /// What became of it.
    pub fate: Fate,
}

impl fmt::Debug for TraceEntry {
    /// Of the bytes only how many: they may hold credentials.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TraceEntry")
            .field("at", &self.at)
            .field("from", &self.from)
            .field("to", &self.to)
            .field("octets", &self.bytes.len())
            .field("fate", &self.fate)
            .finish_non_exhaustive()
    }
}

impl TraceEntry {
    /// Whether it is SIP, and not RTP or RTCP.
    pub fn is_sip(&self) -> bool {
        is_sip(&self.bytes)
    }

    /// The first line of a SIP message; empty for anything else.
    pub fn first_line(&self) -> &str {
        if self.is_sip() { first_line(&self.bytes) } else { "" }
    }
}

/// Every datagram of a world, in the order of sending.
///
/// It holds raw bytes, secrets included; [`ladder`](Self::ladder) prints only first lines and
/// sequence numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trace {
    entries: Vec<TraceEntry>,
    limit: usize,
    omitted: usize,
    names: BTreeMap<SocketAddr, usize>,
    columns: Vec<String>,
}

impl Trace {
    /// An empty trace that keeps at most `limit` datagrams and counts the rest.
    pub fn new(limit: usize) -> Self {
        Self { entries: Vec::new(), limit, omitted: 0, names: BTreeMap::new(), columns: Vec::new() }
    }

    /// Gives a ladder column to whoever has these addresses. Columns stand in the order of naming.
    pub fn name(&mut self, name: &str, addresses: impl IntoIterator<Item = SocketAddr>) {
        let column = self.columns.iter().position(|known| known == name).unwrap_or_else(|| {
            self.columns.push(name.to_owned());
            self.columns.len() - 1
        });
        for address in addresses {
            self.names.insert(address, column);
        }
    }

    /// Adds a datagram.
    pub fn push(&mut self, entry: TraceEntry) {
        if self.entries.len() < self.limit {
            self.entries.push(entry);
        } else {
            self.omitted += 1;
        }
    }

    /// Forgets all datagrams and keeps at most `limit` from now on.
    pub(crate) fn restart(&mut self, limit: usize) {
        self.entries.clear();
        (self.limit, self.omitted) = (limit, 0);
    }

    /// The datagrams, in the order of sending.
    pub fn entries(&self) -> &[TraceEntry] {
        &self.entries
    }

    /// The SIP messages among them.
    pub fn sip(&self) -> impl Iterator<Item = &TraceEntry> {
        self.entries.iter().filter(|entry| entry.is_sip())
    }

    /// How many datagrams were not kept because of the limit.
    pub fn omitted(&self) -> usize {
        self.omitted
    }

    /// A picture for readers: one column a node, one time axis, media summed up.
    pub fn ladder(&self) -> Ladder<'_> {
        Ladder(self)
    }

    fn column(&self, address: SocketAddr) -> Option<usize> {
        // Media ports are handed out later than names; the host's column is theirs too.
        self.names.get(&address).copied().or_else(|| {
            self.names
                .iter()
                .find(|(known, _)| known.ip() == address.ip())
                .map(|(_, column)| *column)
        })
    }
}

/// The picture of a [`Trace`]; made by [`Trace::ladder`].
#[derive(Clone, Copy, Debug)]
pub struct Ladder<'a>(&'a Trace);

const WIDTH: usize = 34;

impl Ladder<'_> {
    fn arrow(self, f: &mut fmt::Formatter<'_>, entry: &TraceEntry, label: &str) -> fmt::Result {
        write!(f, "{:>10.3} ", entry.at.as_secs_f64())?;
        let ends = (self.0.column(entry.from), self.0.column(entry.to));
        let (Some(from), Some(to)) = ends else {
            return writeln!(f, " {} -> {} {label}{}", entry.from, entry.to, lost(entry.fate));
        };
        if from == to {
            return writeln!(f, " {} to itself: {label}", self.0.columns[from]);
        }
        let (left, right) = (from.min(to), from.max(to));
        let length = (right - left) * WIDTH - 1;
        let mut shaft =
            format!("{}{label}{} ", if to < from { "<-- " } else { "--- " }, lost(entry.fate));
        // A long first line may run past its column: readers want it whole.
        while shaft.chars().count() + 1 < length {
            shaft.push('-');
        }
        shaft.push(if to > from { '>' } else { '-' });
        let mut line = String::new();
        for column in 0..self.0.columns.len() {
            if column > left && column < right {
                continue;
            }
            line.push('|');
            if column == left {
                line.push_str(&shaft);
            } else if column + 1 < self.0.columns.len() {
                line.extend(std::iter::repeat_n(' ', WIDTH - 1));
            }
        }
        writeln!(f, "{}", line.trim_end())
    }
}

impl fmt::Display for Ladder<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut names = String::new();
        for name in &self.0.columns {
            write!(names, "{name:WIDTH$}")?;
        }
        writeln!(f, "{:>10} {}", "seconds", names.trim_end())?;
        // Media between two signalling messages is one line a direction.
        let mut media: Vec<(&TraceEntry, usize)> = Vec::new();
        for entry in &self.0.entries {
            if entry.is_sip() {
                self.media(f, &mut media)?;
                self.arrow(f, entry, &label(entry))?;
            } else if let Some((_, count)) =
                media.iter_mut().find(|(first, _)| (first.from, first.to) == (entry.from, entry.to))
            {
                *count += 1;
            } else {
                media.push((entry, 1));
            }
        }
        self.media(f, &mut media)?;
        if self.0.omitted > 0 {
            writeln!(f, "{:>10} ({} more datagrams were not kept)", "", self.0.omitted)?;
        }
        Ok(())
    }
}

impl Ladder<'_> {
    fn media(
        self,
        f: &mut fmt::Formatter<'_>,
        media: &mut Vec<(&TraceEntry, usize)>,
    ) -> fmt::Result {
        for (first, count) in media.drain(..) {
            self.arrow(f, first, &format!("media x {count}"))?;
        }
        Ok(())
    }
}

fn lost(fate: Fate) -> &'static str {
    match fate {
        Fate::Delivered => "",
        Fate::Lost => " [lost]",
        Fate::Partitioned => " [cut off]",
        Fate::TooLarge => " [too large]",
        Fate::NoListener => " [nobody there]",
    }
}

/// Request line or status line without the version, and the CSeq.
fn label(entry: &TraceEntry) -> String {
    let line = entry.first_line();
    let line =
        line.strip_prefix("SIP/2.0 ").or_else(|| line.strip_suffix(" SIP/2.0")).unwrap_or(line);
    let mut label = on_one_line(line);
    let head = String::from_utf8_lossy(&entry.bytes);
    let cseq = head.lines().take_while(|line| !line.is_empty()).find_map(|line| {
        line.split_once(':').filter(|(name, _)| name.trim().eq_ignore_ascii_case("cseq"))
    });
    if let Some((_, cseq)) = cseq {
        let shown: String = cseq.trim().chars().filter(|c| !c.is_control()).take(24).collect();
        let _ = write!(label, " ({shown})");
    }
    label
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(at: u64, from: &str, to: &str, bytes: &'static [u8], fate: Fate) -> TraceEntry {
        TraceEntry {
            at: Duration::from_millis(at),
            from: from.parse().unwrap(),
            to: to.parse().unwrap(),
            bytes: Bytes::from_static(bytes),
            fate,
        }
    }

    fn sample() -> Trace {
        let (a, b, c) = ("127.0.2.1:5060", "127.0.1.1:5060", "127.0.3.1:5060");
        let mut trace = Trace::new(100);
        for (name, address) in [("five9", a), ("gateway", b), ("synthflow", c)] {
            trace.name(name, [address.parse().unwrap()]);
        }
        let invite = b"INVITE sip:1@x SIP/2.0\r\nCSeq: 1 INVITE\r\nAuthorization: secret\r\n\r\n";
        trace.push(entry(0, a, b, invite, Fate::Delivered));
        trace.push(entry(2, b, c, b"BYE sip:1@x SIP/2.0\r\n\r\n", Fate::Lost));
        for at in 3..6 {
            trace.push(entry(at, "127.0.2.1:4000", "127.0.1.1:20000", b"\x80", Fate::Delivered));
        }
        trace.push(entry(9, c, a, b"SIP/2.0 200 OK\r\ncseq: 2 BYE\r\n\r\n", Fate::Delivered));
        trace
    }

    #[test]
    fn the_ladder_names_columns_directions_losses_and_sums_media_up() {
        let ladder = sample().ladder().to_string();
        let lines: Vec<&str> = ladder.lines().collect();
        assert_eq!(lines.len(), 5, "{ladder}");
        assert!(lines[0].contains("five9") && lines[0].contains("synthflow"));
        assert!(lines[1].contains("|--- INVITE sip:1@x (1 INVITE)") && lines[1].contains(">|"));
        assert!(lines[2].contains("BYE sip:1@x [lost]"));
        assert!(lines[3].contains("media x 3"));
        assert!(lines[4].contains("|<-- 200 OK (2 BYE)"));
    }

    #[test]
    fn the_ladder_prints_no_credentials() {
        assert!(!sample().ladder().to_string().contains("secret"));
    }

    #[test]
    fn a_full_trace_counts_what_it_does_not_keep() {
        let mut trace = Trace::new(1);
        let (a, b) = ("127.0.2.1:5060", "127.0.1.1:5060");
        trace.push(entry(0, a, b, b"x", Fate::Delivered));
        trace.push(entry(0, a, b, b"x", Fate::Delivered));
        assert_eq!((trace.entries().len(), trace.omitted()), (1, 1));
        assert!(trace.ladder().to_string().contains("1 more"));
    }
}
