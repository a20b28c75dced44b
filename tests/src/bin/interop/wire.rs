//! The messages that one SIPp sent and received, read from its message log.

use std::collections::BTreeSet;

/// One message.
pub(crate) struct Message {
    /// By SIPp.
    pub(crate) sent: bool,
    pub(crate) text: String,
}

impl Message {
    /// `INVITE` or `200`.
    pub(crate) fn kind(&self) -> &str {
        let mut words = self.text.split(' ');
        match words.next() {
            Some("SIP/2.0") => words.next().unwrap_or("?"),
            other => other.unwrap_or("?"),
        }
    }

    pub(crate) fn is_response(&self) -> bool {
        self.text.starts_with("SIP/2.0 ")
    }

    /// The header lines whose names begin with `X-` in any case, byte for byte in their order.
    pub(crate) fn custom_headers(&self) -> Vec<&str> {
        let starts = |line: &&str| line.get(..2).is_some_and(|two| two.eq_ignore_ascii_case("x-"));
        self.headers().filter(starts).collect()
    }

    /// The value of a header, by its long name.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers().find_map(|line| line.strip_prefix(name)?.strip_prefix(':')).map(str::trim)
    }

    /// The Via at the bottom, which is its sender's own however many proxies are on the way. Header
    /// fields are on lines of their own here.
    pub(crate) fn last_via(&self) -> &str {
        let vias = self.headers().filter_map(|line| line.strip_prefix("Via:"));
        vias.last().unwrap_or_default().trim()
    }

    fn headers(&self) -> impl Iterator<Item = &str> {
        self.text.split("\r\n").skip(1).take_while(|line| !line.is_empty())
    }
}

/// All messages of one SIPp, in its order.
pub(crate) struct Conversation(Vec<Message>);

impl Conversation {
    /// Reads a log of `-trace_msg`: each message follows a line of what it is and an empty line.
    pub(crate) fn read(log: &str) -> Self {
        let mut messages = Vec::new();
        for block in log.split("----------------------------------------------- ").skip(1) {
            let Some((about, text)) = block.split_once("\n\n") else { continue };
            let sent = about.contains("message sent");
            if sent || about.contains("message received") {
                messages.push(Message { sent, text: text.to_owned() });
            }
        }
        Self(messages)
    }

    /// The Call-ID of the first message.
    pub(crate) fn call_id(&self) -> Result<&str, String> {
        let call_id = self.0.first().and_then(|message| message.header("Call-ID"));
        call_id.ok_or_else(|| "SIPp logged no message with a Call-ID".to_owned())
    }

    pub(crate) fn sent(&self, kind: &str) -> Result<&Message, String> {
        self.one(true, kind).ok_or_else(|| format!("SIPp sent no {kind}"))
    }

    pub(crate) fn received(&self, kind: &str) -> Result<&Message, String> {
        self.one(false, kind).ok_or_else(|| format!("SIPp received no {kind}"))
    }

    fn one(&self, sent: bool, kind: &str) -> Option<&Message> {
        self.0.iter().find(|message| message.sent == sent && message.kind() == kind)
    }

    /// How many requests of a kind were received; a retransmission has the CSeq of its first.
    pub(crate) fn attempts(&self, kind: &str) -> usize {
        let received = self.all_received().filter(|message| message.kind() == kind);
        received.filter_map(|message| message.header("CSeq")).collect::<BTreeSet<_>>().len()
    }

    /// How many messages of a kind were received, retransmissions included.
    pub(crate) fn count_received(&self, kind: &str) -> usize {
        self.all_received().filter(|message| message.kind() == kind).count()
    }

    /// How many messages this side sent once more, octet for octet.
    pub(crate) fn repeated(&self) -> usize {
        let sent: Vec<&str> =
            self.0.iter().filter(|message| message.sent).map(|one| one.text.as_str()).collect();
        sent.len() - sent.iter().collect::<BTreeSet<_>>().len()
    }

    /// The messages that were received.
    pub(crate) fn all_received(&self) -> impl Iterator<Item = &Message> {
        self.0.iter().filter(|message| !message.sent)
    }

    /// The first received message that has `text` in it.
    pub(crate) fn received_with(&self, text: &str) -> Option<&Message> {
        self.all_received().find(|message| message.text.contains(text))
    }

    /// All on one line: `>` was sent by SIPp, `<` came from the gateway.
    pub(crate) fn ladder(&self) -> String {
        let arrow = |message: &Message| if message.sent { '>' } else { '<' };
        let steps: Vec<_> =
            self.0.iter().map(|message| format!("{}{}", arrow(message), message.kind())).collect();
        steps.join(" ")
    }
}
