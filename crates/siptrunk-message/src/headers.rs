//! The headers of a message: an ordered view over one buffer, read as types when asked for.

use std::fmt;

use bytes::Bytes;

use crate::error::{HeaderError, Malformed};
use crate::grammar::skip_lws;
use crate::header::{CSeq, CallId, ContentLength, Header, Identities, MaxForwards, NameAddr, Via};
use crate::index::Entry;
use crate::name::{HeaderName, Known};

/// The header fields of a message in wire order.
#[derive(Clone)]
pub struct Headers {
    pub(crate) bytes: Bytes,
    pub(crate) index: Vec<Entry>,
    /// Where the last field's line ends: the offset of the empty line.
    pub(crate) end: u32,
    /// The limit of parameters, for the typed reads.
    pub(crate) max_params: u32,
}

/// One header field. What of it is not asked for costs nothing.
#[derive(Clone, Copy)]
pub struct Field<'a> {
    headers: &'a Headers,
    entry: &'a Entry,
    /// Where the index goes on.
    rest: &'a [Entry],
}

impl<'a> Field<'a> {
    /// The name; known names cost nothing.
    pub fn name(&self) -> HeaderName {
        match self.known() {
            Some(known) => HeaderName::from_known(known),
            None => HeaderName::from_checked(crate::grammar::ascii(self.raw_name())),
        }
    }

    /// Whether the field has this name, in whatever form and case.
    #[inline]
    pub fn is(&self, name: &HeaderName) -> bool {
        match name.known() {
            Some(known) => self.entry.number() == known as u8,
            None => self.is_spelled(name),
        }
    }

    fn is_spelled(&self, name: &HeaderName) -> bool {
        !self.is_known() && self.raw_name().eq_ignore_ascii_case(name.as_str().as_bytes())
    }

    /// Whether the name has a constant in [`HeaderName`]. Names of providers, `X-...`, do not.
    #[inline]
    pub fn is_known(&self) -> bool {
        self.entry.number() != Known::NONE
    }

    /// The name as spelled.
    #[inline]
    pub fn raw_name(&self) -> &'a [u8] {
        let start = self.entry.start();
        self.headers.slice(start, start.saturating_add(self.entry.name_len()))
    }

    /// The value without whitespace around it; folds as they stand.
    #[inline]
    pub fn value(&self) -> &'a [u8] {
        self.headers.slice(self.entry.value(), self.entry.end())
    }

    /// The whole line with its CRLF, as it stands.
    #[inline]
    pub fn line(&self) -> &'a [u8] {
        let next = self.rest.first().map_or(self.headers.end as usize, |next| next.start());
        self.headers.slice(self.entry.start(), next)
    }

    /// Whether the value has a NUL in a quoted pair (RFC 3261 25.1). Such a value is never carried on.
    pub fn has_nul(&self) -> bool {
        self.entry.has_nul()
    }

    pub(crate) fn known(&self) -> Option<Known> {
        self.entry.known()
    }

    /// The buffer that it stands in.
    #[inline]
    pub(crate) fn message(&self) -> &'a Bytes {
        &self.headers.bytes
    }

    /// Where its parts are in the message.
    #[inline]
    pub(crate) fn entry(&self) -> Entry {
        *self.entry
    }
}

impl fmt::Debug for Field<'_> {
    /// Name and value; values that hold credentials are not printed.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let secret = self.known().is_some_and(Known::is_secret);
        let value = if secret { b"<redacted>" } else { self.value() };
        write!(f, "{}: {}", self.raw_name().escape_ascii(), value.escape_ascii())
    }
}

impl Headers {
    /// The fields in wire order.
    pub fn iter(&self) -> impl Iterator<Item = Field<'_>> {
        let mut rest = self.index.as_slice();
        std::iter::from_fn(move || {
            loop {
                let (entry, after) = rest.split_first()?;
                rest = after;
                // An entry without a name stands for a line that could not be read (`Message::salvage`).
                if entry.name_len() != 0 {
                    return Some(Field { headers: self, entry, rest });
                }
            }
        })
    }

    #[inline]
    fn slice(&self, start: usize, end: usize) -> &[u8] {
        self.bytes.get(start..end).unwrap_or_default()
    }

    /// How many fields.
    pub fn len(&self) -> usize {
        self.index.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.index.is_empty()
    }

    /// Whether a field of that name is there.
    pub fn contains(&self, name: &HeaderName) -> bool {
        self.entries(name).next().is_some()
    }

    /// The first value under a name, not read as a type.
    pub fn raw(&self, name: &HeaderName) -> Option<&[u8]> {
        self.entries(name).next().map(|entry| self.slice(entry.value(), entry.end()))
    }

    /// The values under a name in wire order, one a field.
    pub fn raw_all<'a>(&'a self, name: &HeaderName) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        self.named(name.clone()).map(|entry| self.slice(entry.value(), entry.end()))
    }

    /// A header that may stand once. Standing twice, or being followed by anything, is an error.
    pub fn get<'a, H: Header<'a>>(&'a self) -> Result<Option<H>, HeaderError> {
        let name = H::name();
        self.only(&name, H::parse, H::parameters)
    }

    /// A header that has to stand, once.
    pub fn require<'a, H: Header<'a>>(&'a self) -> Result<H, HeaderError> {
        self.get::<H>()?.ok_or_else(|| HeaderError::Missing { name: H::name() })
    }

    /// The first element of a list header.
    pub fn first<'a, H: Header<'a>>(&'a self) -> Result<Option<H>, HeaderError> {
        self.all::<H>().next().transpose()
    }

    /// The first element of a list header that has to be there.
    pub fn require_first<'a, H: Header<'a>>(&'a self) -> Result<H, HeaderError> {
        self.first::<H>()?.ok_or_else(|| HeaderError::Missing { name: H::name() })
    }

    /// The elements of a list header over all its fields. After an error the next field follows.
    pub fn all<'a, H: Header<'a>>(
        &'a self,
    ) -> impl Iterator<Item = Result<H, HeaderError>> + use<'a, H> {
        self.elements(H::name(), H::MAY_BE_EMPTY, H::LIST, H::parse, H::parameters)
    }

    /// From, which may stand once.
    pub fn from(&self) -> Result<Option<NameAddr<'_>>, HeaderError> {
        self.address(&HeaderName::FROM)
    }

    /// To, which may stand once.
    pub fn to(&self) -> Result<Option<NameAddr<'_>>, HeaderError> {
        self.address(&HeaderName::TO)
    }

    /// The first Contact address. `*` is an error here: see [`Headers::contact_is_star`].
    pub fn contact(&self) -> Result<Option<NameAddr<'_>>, HeaderError> {
        self.name_addr(&HeaderName::CONTACT)
    }

    /// The Contact addresses in wire order.
    pub fn contacts(&self) -> impl Iterator<Item = Result<NameAddr<'_>, HeaderError>> {
        self.name_addrs(&HeaderName::CONTACT)
    }

    /// Whether Contact is `*` alone: a REGISTER that removes every binding (RFC 3261 10.2.2).
    pub fn contact_is_star(&self) -> bool {
        let mut values = self.raw_all(&HeaderName::CONTACT);
        values.next() == Some(b"*") && values.next().is_none()
    }

    /// Call-ID.
    pub fn call_id(&self) -> Result<Option<&str>, HeaderError> {
        Ok(self.get::<CallId<'_>>()?.map(|id| id.as_str()))
    }

    /// CSeq.
    pub fn cseq(&self) -> Result<Option<CSeq>, HeaderError> {
        self.get()
    }

    /// Max-Forwards.
    pub fn max_forwards(&self) -> Result<Option<u8>, HeaderError> {
        Ok(self.get::<MaxForwards>()?.map(|hops| hops.0))
    }

    /// Content-Length as written. What frames the message was checked when it was parsed.
    pub fn content_length(&self) -> Result<Option<u32>, HeaderError> {
        Ok(self.get::<ContentLength>()?.map(|length| length.0))
    }

    /// The topmost Via value.
    pub fn top_via(&self) -> Result<Option<Via<'_>>, HeaderError> {
        self.first()
    }

    /// Reply-To, which may stand once.
    pub fn reply_to(&self) -> Result<Option<NameAddr<'_>>, HeaderError> {
        self.address(&HeaderName::REPLY_TO)
    }

    /// The Route addresses in wire order.
    pub fn routes(&self) -> impl Iterator<Item = Result<NameAddr<'_>, HeaderError>> {
        self.name_addrs(&HeaderName::ROUTE)
    }

    /// The Record-Route addresses in wire order.
    pub fn record_routes(&self) -> impl Iterator<Item = Result<NameAddr<'_>, HeaderError>> {
        self.name_addrs(&HeaderName::RECORD_ROUTE)
    }

    /// The Path addresses in wire order (RFC 3327).
    pub fn path(&self) -> impl Iterator<Item = Result<NameAddr<'_>, HeaderError>> {
        self.name_addrs(&HeaderName::PATH)
    }

    /// The Service-Route addresses in wire order (RFC 3608).
    pub fn service_routes(&self) -> impl Iterator<Item = Result<NameAddr<'_>, HeaderError>> {
        self.name_addrs(&HeaderName::SERVICE_ROUTE)
    }

    /// Who the caller is by P-Asserted-Identity: one `sip:` and one `tel:` identity at most (RFC 3325, RFC 5876).
    pub fn asserted_identities(&self) -> Result<Identities<'_>, HeaderError> {
        self.identities(&HeaderName::P_ASSERTED_IDENTITY)
    }

    /// Who the caller would like to be by P-Preferred-Identity: one `sip:` and one `tel:` identity at most.
    pub fn preferred_identities(&self) -> Result<Identities<'_>, HeaderError> {
        self.identities(&HeaderName::P_PREFERRED_IDENTITY)
    }

    fn identities(&self, name: &HeaderName) -> Result<Identities<'_>, HeaderError> {
        let mut identities = Identities::default();
        for address in self.name_addrs(name) {
            identities.add(address?);
        }
        Ok(identities)
    }

    /// The first address under a name: Route, Record-Route, Refer-To, P-Asserted-Identity...
    pub fn name_addr(&self, name: &HeaderName) -> Result<Option<NameAddr<'_>>, HeaderError> {
        self.name_addrs(name).next().transpose()
    }

    /// The addresses under a name in wire order.
    pub fn name_addrs<'a>(
        &'a self,
        name: &HeaderName,
    ) -> impl Iterator<Item = Result<NameAddr<'a>, HeaderError>> + use<'a> {
        self.elements(name.clone(), false, true, NameAddr::parse_element, NameAddr::parameters)
    }

    /// The address of a header that may stand once: From, To, Refer-To, Referred-By...
    pub fn address(&self, name: &HeaderName) -> Result<Option<NameAddr<'_>>, HeaderError> {
        self.only(name, NameAddr::parse_element, NameAddr::parameters)
    }

    /// Where the second field of a name has its value, or the first if there is no second.
    pub(crate) fn second_offset(&self, name: &HeaderName) -> usize {
        self.entries(name).take(2).last().map_or(0, Entry::value)
    }

    fn entries<'s>(&'s self, name: &'s HeaderName) -> impl Iterator<Item = Entry> + 's {
        let known = name.known();
        // Unknown names all have the number NONE, and are then compared octet by octet.
        let number = known.map_or(Known::NONE, |known| known as u8);
        self.index.iter().copied().filter(move |entry| {
            entry.number() == number && (known.is_some() || self.is_spelled(*entry, name))
        })
    }

    fn named(&self, name: HeaderName) -> impl Iterator<Item = Entry> + use<'_> {
        let number = name.known().map_or(Known::NONE, |known| known as u8);
        self.index.iter().copied().filter(move |entry| {
            entry.number() == number && (number != Known::NONE || self.is_spelled(*entry, &name))
        })
    }

    fn is_spelled(&self, entry: Entry, name: &HeaderName) -> bool {
        let end = entry.start().saturating_add(entry.name_len());
        self.slice(entry.start(), end).eq_ignore_ascii_case(name.as_str().as_bytes())
    }

    /// Reads the one field of a name, whose value is one element.
    fn only<'a, T>(
        &'a self,
        name: &HeaderName,
        parse: impl Fn(&'a [u8]) -> Result<(T, &'a [u8]), Malformed>,
        parameters: impl Fn(&T) -> usize,
    ) -> Result<Option<T>, HeaderError> {
        let mut entries = self.entries(name);
        let Some(entry) = entries.next() else {
            return Ok(None);
        };
        if let Some(second) = entries.next() {
            return Err(HeaderError::Repeated { name: name.clone(), offset: second.value() });
        }
        let value = self.slice(entry.value(), entry.end());
        let fail = |offset: usize, reason| HeaderError::Malformed {
            name: name.clone(),
            offset: entry.value().saturating_add(offset),
            reason,
        };
        let (parsed, rest) = parse(value).map_err(|error| fail(error.offset, error.reason))?;
        let rest = skip_lws(rest);
        if !rest.is_empty() {
            return Err(fail(value.len().saturating_sub(rest.len()), "octets follow the value"));
        }
        if parameters(&parsed) > self.max_params as usize {
            return Err(fail(0, TOO_MANY_PARAMS));
        }
        Ok(Some(parsed))
    }

    /// Reads the elements of every field of a name.
    fn elements<'a, T: 'a, P, Q>(
        &'a self,
        name: HeaderName,
        may_be_empty: bool,
        list: bool,
        parse: P,
        parameters: Q,
    ) -> impl Iterator<Item = Result<T, HeaderError>> + use<'a, T, P, Q>
    where
        P: Fn(&'a [u8]) -> Result<(T, &'a [u8]), Malformed> + 'a,
        Q: Fn(&T) -> usize + 'a,
    {
        let mut entries = self.named(name.clone());
        // The field under way: where its value begins in the message, its value, what of it is left.
        let mut current: Option<(usize, &'a [u8], &'a [u8])> = None;
        std::iter::from_fn(move || {
            let (start, value, left) = loop {
                if let Some(current) = current.take() {
                    break current;
                }
                let entry = entries.next()?;
                let value = self.slice(entry.value(), entry.end());
                if !(value.is_empty() && may_be_empty) {
                    break (entry.value(), value, value);
                }
            };
            let fail = |at: usize, reason| {
                Some(Err(HeaderError::Malformed {
                    name: name.clone(),
                    offset: start.saturating_add(at),
                    reason,
                }))
            };
            let done = value.len().saturating_sub(left.len());
            let (parsed, rest) = match parse(left) {
                Ok(parsed) => parsed,
                Err(error) => return fail(done.saturating_add(error.offset), error.reason),
            };
            let rest = skip_lws(rest);
            match rest.split_first() {
                None => {}
                Some((b',', after)) if list => {
                    current = Some((start, value, skip_lws(after)));
                }
                Some(_) => {
                    return fail(value.len().saturating_sub(rest.len()), "octets follow the value");
                }
            }
            if parameters(&parsed) > self.max_params as usize {
                return fail(done, TOO_MANY_PARAMS);
            }
            Some(Ok(parsed))
        })
    }
}

const TOO_MANY_PARAMS: &str = "more parameters than the limit";

impl fmt::Debug for Headers {
    /// The fields; values that hold credentials are not printed.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}
