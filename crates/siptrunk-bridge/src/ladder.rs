//! The ladder of a call: messages of all its legs on one time axis, as text.
//!
//! It draws what a tap saw. Only first lines are shown, and control characters in them are escaped,
//! so neither secrets nor terminal tricks of a peer reach the screen.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use bytes::Bytes;
use siptrunk_message::{Limits, Message};

/// Widest label drawn on an arrow; longer ones are cut.
const LABEL: usize = 30;

/// One party of a ladder: a name and the host it is known by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LadderColumn {
    name: String,
    host: IpAddr,
}

impl LadderColumn {
    /// A column for the messages from and to `host`, whatever the port.
    pub fn new(name: impl Into<String>, host: IpAddr) -> Self {
        Self { name: name.into(), host }
    }
}

/// One arrow.
#[derive(Debug, Clone)]
struct Row {
    at: Duration,
    from: usize,
    to: usize,
    label: String,
}

/// Messages between parties, drawn in order of time.
///
/// ```
/// use std::time::Duration;
/// use siptrunk_bridge::{Ladder, LadderColumn};
///
/// let mut ladder = Ladder::new(vec![
///     LadderColumn::new("Five9", "127.0.2.1".parse()?),
///     LadderColumn::new("gateway", "127.0.1.1".parse()?),
/// ]);
/// let bytes = b"OPTIONS sip:gw SIP/2.0\r\nContent-Length: 0\r\n\r\n".as_slice();
/// ladder.push(Duration::ZERO, "127.0.2.1:5060".parse()?, "127.0.1.1:5060".parse()?, &bytes.into());
/// assert!(ladder.to_string().contains("OPTIONS"));
/// # Ok::<(), std::net::AddrParseError>(())
/// ```
#[derive(Debug, Clone)]
pub struct Ladder {
    columns: Vec<LadderColumn>,
    rows: Vec<Row>,
}

impl Ladder {
    /// An empty ladder with these parties from left to right.
    pub const fn new(columns: Vec<LadderColumn>) -> Self {
        Self { columns, rows: Vec::new() }
    }

    /// Draws one message. `at` counts from the start of the axis.
    ///
    /// A message from or to a host without a column is not drawn.
    pub fn push(&mut self, at: Duration, from: SocketAddr, to: SocketAddr, bytes: &Bytes) {
        let column = |address: SocketAddr| {
            self.columns.iter().position(|column| column.host == address.ip())
        };
        let (Some(from), Some(to)) = (column(from), column(to)) else { return };
        self.rows.push(Row { at, from, to, label: label(bytes) });
    }

    /// How many messages are drawn.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether no message is drawn.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }
}

/// What stands on the arrow of a message.
fn label(bytes: &Bytes) -> String {
    let text = match Message::parse(bytes.clone(), &Limits::default()) {
        Err(_) => format!("? {} bytes", bytes.len()),
        Ok(message) => {
            let line = match &message {
                Message::Request(request) => {
                    let user = request
                        .request_uri()
                        .ok()
                        .and_then(|uri| uri.user().map(std::borrow::Cow::into_owned))
                        .unwrap_or_default();
                    format!("{} {user}", request.method().as_str())
                }
                Message::Response(response) => {
                    let method = match response.headers().cseq() {
                        Ok(Some(cseq)) => cseq.method.as_str().to_owned(),
                        _ => String::from("?"),
                    };
                    let reason = String::from_utf8_lossy(response.reason());
                    format!("{} {reason} ({method})", response.status().code())
                }
            };
            let line = line.trim_end();
            if message.body().is_empty() { line.to_owned() } else { format!("{line} +body") }
        }
    };
    let mut label: String =
        text.chars().map(|c| if c.is_control() { '?' } else { c }).take(LABEL).collect();
    label.shrink_to_fit();
    label
}

impl fmt::Display for Ladder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A gap between two columns holds the longest label, its spaces and the arrow's head and tail.
        let gap = LABEL + 6;
        write!(f, "{:>9}  ", "seconds")?;
        for (at, column) in self.columns.iter().enumerate() {
            let title = format!("{} {}", column.name, column.host);
            if at + 1 == self.columns.len() {
                write!(f, "{title}")?;
            } else {
                write!(f, "{title:<width$}", width = gap + 1)?;
            }
        }
        writeln!(f)?;
        let mut rows: Vec<&Row> = self.rows.iter().collect();
        rows.sort_by_key(|row| row.at);
        for row in rows {
            write!(f, "{:>9.3}  ", row.at.as_secs_f64())?;
            let (left, right) = (row.from.min(row.to), row.from.max(row.to));
            let mut at = 0;
            let mut line = String::new();
            while at < self.columns.len() {
                line.push('|');
                if at == left && left < right {
                    line.push_str(&arrow(
                        &row.label,
                        (right - left) * (gap + 1) - 1,
                        row.from < row.to,
                    ));
                    at = right;
                } else {
                    line.extend(std::iter::repeat_n(' ', gap));
                    at += 1;
                }
            }
            writeln!(f, "{}", line.trim_end())?;
        }
        Ok(())
    }
}

/// A labelled arrow of exactly `width` characters.
fn arrow(label: &str, width: usize, rightwards: bool) -> String {
    let dashes = width.saturating_sub(label.chars().count() + 3);
    let (before, after) = (dashes / 2, dashes - dashes / 2);
    let (before, after) = ("-".repeat(before), "-".repeat(after));
    if rightwards {
        format!("{before} {label} {after}>")
    } else {
        format!("<{before} {label} {after}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn columns() -> Vec<LadderColumn> {
        vec![
            LadderColumn::new("five9", IpAddr::from([127, 0, 2, 1])),
            LadderColumn::new("gateway", IpAddr::from([127, 0, 1, 1])),
            LadderColumn::new("synthflow", IpAddr::from([127, 0, 3, 1])),
        ]
    }

    fn address(text: &str) -> SocketAddr {
        text.parse().unwrap()
    }

    #[test]
    fn draws_by_time_and_column() {
        let mut ladder = Ladder::new(columns());
        let ok =
            Bytes::from_static(b"SIP/2.0 200 OK\r\nCSeq: 1 INVITE\r\nContent-Length: 1\r\n\r\nx");
        let invite = Bytes::from_static(b"INVITE sip:+1206@g SIP/2.0\r\nContent-Length: 0\r\n\r\n");
        let (five9, gateway) = (address("127.0.2.1:5060"), address("127.0.1.1:5060"));
        ladder.push(Duration::from_millis(20), address("127.0.3.1:32681"), gateway, &ok);
        ladder.push(Duration::from_millis(10), five9, gateway, &invite);
        ladder.push(Duration::from_millis(10), address("192.0.2.1:1"), gateway, &invite);
        let text = ladder.to_string();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), 3, "{text}");
        assert!(lines[1].contains("INVITE +1206") && lines[1].contains('>'), "{text}");
        assert!(lines[2].contains("200 OK (INVITE) +body") && lines[2].contains('<'), "{text}");
    }

    #[test]
    fn peers_cannot_write_control_characters() {
        let mut ladder = Ladder::new(columns());
        let bytes = Bytes::from_static(b"SIP/2.0 200 \x1b[31mred\r\nContent-Length: 0\r\n\r\n");
        ladder.push(Duration::ZERO, address("127.0.2.1:1"), address("127.0.1.1:1"), &bytes);
        assert!(!ladder.to_string().contains('\x1b'));
    }
}
