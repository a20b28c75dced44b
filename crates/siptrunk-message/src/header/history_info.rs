//! History-Info (RFC 7044 5): where a request has been, one element each, oldest first.

use std::fmt;

use super::bricks::address_header;
use super::{NameAddr, Privacy, Reason, whole_header};
use crate::error::Malformed;
use crate::grammar::At;
use crate::name::HeaderName;

address_header! {
    /// One place that a request was sent to.
    ///
    /// ```
    /// use siptrunk_message::{HistoryIndex, HistoryInfo, HistoryTarget};
    ///
    /// let (first, second) = (HistoryIndex::parse("1").unwrap(), HistoryIndex::parse("1.1").unwrap());
    /// let entry = HistoryInfo::new("<sip:bob@192.0.2.4>".parse()?, second)?;
    /// let entry = entry.with_target(HistoryTarget::Contact(first));
    /// assert_eq!(entry.to_string(), "<sip:bob@192.0.2.4>;index=1.1;rc=1");
    /// # Ok::<(), siptrunk_message::Malformed>(())
    /// ```
    HistoryInfo(NameAddr) = HISTORY_INFO;
    list: true, check: check;
}

/// The place of an entry in the tree of a request's branches: `1.2.1`.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct HistoryIndex<'a>(&'a str);

impl<'a> HistoryIndex<'a> {
    /// Reads numbers with dots between them.
    pub fn parse(text: &'a str) -> Option<Self> {
        let is_number =
            |part: &str| !part.is_empty() && part.bytes().all(|octet| octet.is_ascii_digit());
        text.split('.').all(is_number).then_some(Self(text))
    }

    /// As written.
    pub fn as_str(&self) -> &'a str {
        self.0
    }

    /// How many hops from the first entry, whose depth is 1.
    pub fn depth(&self) -> usize {
        self.0.split('.').count()
    }

    /// The entry that this one came out of; `None` for a first one.
    pub fn parent(&self) -> Option<Self> {
        self.0.rsplit_once('.').map(|(parent, _)| Self(parent))
    }
}

impl fmt::Display for HistoryIndex<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl fmt::Debug for HistoryIndex<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

/// How the target of an entry was found (RFC 7044 5). The index is that of the entry it was found from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum HistoryTarget<'a> {
    /// `rc`: the Request-URI was changed, the user stayed the same: a contact of the address-of-record.
    Contact(HistoryIndex<'a>),
    /// `mp`: the Request-URI was changed, and the user with it.
    Mapped(HistoryIndex<'a>),
    /// `np`: the Request-URI was not changed.
    NoChange(HistoryIndex<'a>),
}

impl HistoryInfo<'_> {
    /// An entry of ours: the address, and its `index` beside the parameters it has.
    pub fn new(
        address: NameAddr<'static>,
        index: HistoryIndex<'_>,
    ) -> Result<HistoryInfo<'static>, Malformed> {
        let address = address.with_param("index", Some(index.0));
        match check(&address) {
            Ok(()) => Ok(HistoryInfo(address)),
            Err(At { reason, .. }) => Err(Malformed { offset: 0, reason }),
        }
    }

    /// Says how the target was found; what was said before is taken back.
    #[must_use]
    pub fn with_target(self, target: HistoryTarget<'_>) -> HistoryInfo<'static> {
        let (name, index) = match target {
            HistoryTarget::Contact(index) => ("rc", index),
            HistoryTarget::Mapped(index) => ("mp", index),
            HistoryTarget::NoChange(index) => ("np", index),
        };
        let address = TARGETS.into_iter().fold(self.0.into_owned(), NameAddr::without_param);
        HistoryInfo(address.with_param(name, Some(index.0)))
    }

    /// The place of this entry.
    pub fn index(&self) -> HistoryIndex<'_> {
        HistoryIndex(self.0.param("index").flatten().unwrap_or_default())
    }

    /// How its target was found, if that is said: the first of `rc`, `mp` and `np`.
    pub fn target(&self) -> Option<HistoryTarget<'_>> {
        let index = |name| self.0.param(name).flatten().and_then(HistoryIndex::parse);
        index("rc")
            .map(HistoryTarget::Contact)
            .or_else(|| index("mp").map(HistoryTarget::Mapped))
            .or_else(|| index("np").map(HistoryTarget::NoChange))
    }

    /// Why the request went on from here: `Reason` in the URI's header part (RFC 7044 5), without escapes.
    pub fn reason(&self) -> Option<Result<Reason<'static>, Malformed>> {
        self.0.uri_header(&HeaderName::REASON, |value| {
            Ok(whole_header::<Reason<'_>>(value)?.into_owned())
        })
    }

    /// Whether this entry is to be hidden: `Privacy` in the URI's header part (RFC 7044 10.1), without escapes.
    pub fn privacy(&self) -> Option<Result<Privacy<'static>, Malformed>> {
        self.0.uri_header(&HeaderName::PRIVACY, |value| {
            Ok(whole_header::<Privacy<'_>>(value)?.into_owned())
        })
    }
}

const TARGETS: [&str; 3] = ["rc", "mp", "np"];

/// An `index`, and it and the others indexes (RFC 7044 5).
fn check<'a>(address: &'a NameAddr<'_>) -> Result<(), At<'a>> {
    if address.param("index").is_none() {
        return Err(At { at: b"", reason: "index is missing" });
    }
    for name in ["index"].into_iter().chain(TARGETS) {
        if let Some(value) = address.param(name) {
            let text = value.unwrap_or_default();
            if HistoryIndex::parse(text).is_none() {
                return Err(At {
                    at: text.as_bytes(),
                    reason: "expected numbers with dots between them",
                });
            }
        }
    }
    Ok(())
}
