//! What the witness remembers: requests with their responses, CSeq numbers, dialogs.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::SocketAddr,
    time::Instant,
};

use bytes::Bytes;

use super::{Sight, wire};

/// What RFC 3261 17.2.3 matches by.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    pub(super) branch: String,
    pub(super) sent_by: String,
    pub(super) method: String,
}

impl Key {
    /// Of a request with this method, or of a response whose CSeq names it.
    pub(super) fn of(sight: &Sight<'_>, method: &str) -> Option<Self> {
        let via = *sight.wire.vias().first()?;
        let branch = wire::parameter(via, "branch")?.to_owned();
        Some(Self { branch, sent_by: wire::sent_by(via), method: method.to_owned() })
    }

    pub(super) fn with_method(&self, method: &str) -> Self {
        Self { method: method.to_owned(), ..self.clone() }
    }
}

/// A request and what came of it.
#[derive(Debug)]
pub(super) struct Exchange {
    pub(super) at: Instant,
    pub(super) from: SocketAddr,
    pub(super) to: SocketAddr,
    pub(super) bytes: Bytes,
    pub(super) uri: String,
    pub(super) call_id: String,
    pub(super) from_tag: String,
    pub(super) to_tag: Option<String>,
    pub(super) cseq: u32,
    pub(super) max_forwards: Option<u8>,
    /// As they have to come back.
    pub(super) vias: Vec<String>,
    pub(super) from_header: String,
    pub(super) to_header: String,
    /// A REGISTER that asks for a binding.
    pub(super) binds: bool,
    /// The offer in the request.
    pub(super) offer: Option<String>,
    /// A provisional response that arrived.
    pub(super) provisional: bool,
    /// To tag of the first response above 100.
    pub(super) response_tag: Option<String>,
    /// Final responses: one, or with forking one for each To tag.
    pub(super) finals: Vec<Final>,
    /// Session descriptions in responses, by To tag.
    pub(super) answers: BTreeMap<String, String>,
}

/// A final response.
#[derive(Debug)]
pub(super) struct Final {
    pub(super) at: Instant,
    pub(super) from: SocketAddr,
    pub(super) to: SocketAddr,
    pub(super) first_line: String,
    pub(super) status: u16,
    pub(super) to_tag: String,
    /// Any copy of it arrived.
    pub(super) delivered: bool,
    /// An ACK was sent for it.
    pub(super) acknowledged: bool,
}

/// What one sender did within a Call-ID.
#[derive(Debug, Default)]
pub(super) struct Sender {
    /// Highest CSeq number, its method, and where it went.
    pub(super) highest: Option<(u32, String, SocketAddr)>,
    /// Keys of its INVITEs, by CSeq number.
    pub(super) invites: BTreeMap<u32, Vec<Key>>,
    /// Keys of its requests with an offer that are still open.
    pub(super) offers: Vec<Key>,
}

/// Tag pairs of all dialogs, by Call-ID.
#[derive(Debug, Default)]
pub(super) struct Dialogs(BTreeMap<String, BTreeSet<(String, String)>>);

impl Dialogs {
    pub(super) fn learn(&mut self, call_id: &str, a: &str, b: &str) {
        self.0.entry(call_id.to_owned()).or_default().insert(sorted(a, b));
    }

    pub(super) fn knows(&self, call_id: &str, a: &str, b: &str) -> bool {
        self.0.get(call_id).is_some_and(|pairs| pairs.contains(&sorted(a, b)))
    }
}

fn sorted(a: &str, b: &str) -> (String, String) {
    if a <= b { (a.to_owned(), b.to_owned()) } else { (b.to_owned(), a.to_owned()) }
}
