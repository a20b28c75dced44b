//! The one table of header names that have a number, and the hash that finds them.
#![allow(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation
)]
// Reason: what is indexed, added and cast here runs at compile time, where a fault is a compile error, or indexes
// an array of 256 with a `u8`, or a row of the table with a number that the table has given.

use super::HeaderName;
use super::Inner;
use crate::octets;

macro_rules! header_names {
    ($($constant:ident, $variant:ident, $long:literal, $compact:literal;)*) => {
        /// A header name that has a number in the index.
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
        #[repr(u8)]
        pub(crate) enum Known {
            $(#[doc = $long] $variant,)*
        }

        const ALL: &[Known] = &[$(Known::$variant,)*];
        const LONG: &[&str] = &[$($long,)*];
        const LINE_START: &[&str] = &[$(concat!($long, ": "),)*];
        const COMPACT: &[u8] = &[$($compact,)*];

        impl HeaderName {
            $(#[doc = concat!("`", $long, "`")]
            pub const $constant: Self = Self(Inner::Known(Known::$variant));)*
        }
    };
}

header_names! {
    ACCEPT, Accept, "Accept", 0;
    ACCEPT_CONTACT, AcceptContact, "Accept-Contact", b'a';
    ACCEPT_ENCODING, AcceptEncoding, "Accept-Encoding", 0;
    ACCEPT_LANGUAGE, AcceptLanguage, "Accept-Language", 0;
    ALERT_INFO, AlertInfo, "Alert-Info", 0;
    ALLOW, Allow, "Allow", 0;
    ALLOW_EVENTS, AllowEvents, "Allow-Events", b'u';
    AUTHENTICATION_INFO, AuthenticationInfo, "Authentication-Info", 0;
    AUTHORIZATION, Authorization, "Authorization", 0;
    CALL_ID, CallId, "Call-ID", b'i';
    CALL_INFO, CallInfo, "Call-Info", 0;
    CONTACT, Contact, "Contact", b'm';
    CONTENT_DISPOSITION, ContentDisposition, "Content-Disposition", 0;
    CONTENT_ENCODING, ContentEncoding, "Content-Encoding", b'e';
    CONTENT_LANGUAGE, ContentLanguage, "Content-Language", 0;
    CONTENT_LENGTH, ContentLength, "Content-Length", b'l';
    CONTENT_TYPE, ContentType, "Content-Type", b'c';
    CSEQ, CSeq, "CSeq", 0;
    DATE, Date, "Date", 0;
    DIVERSION, Diversion, "Diversion", 0;
    ERROR_INFO, ErrorInfo, "Error-Info", 0;
    EVENT, Event, "Event", b'o';
    EXPIRES, Expires, "Expires", 0;
    FROM, From, "From", b'f';
    HISTORY_INFO, HistoryInfo, "History-Info", 0;
    IDENTITY, Identity, "Identity", b'y';
    IDENTITY_INFO, IdentityInfo, "Identity-Info", b'n';
    IN_REPLY_TO, InReplyTo, "In-Reply-To", 0;
    JOIN, Join, "Join", 0;
    MAX_BREADTH, MaxBreadth, "Max-Breadth", 0;
    MAX_FORWARDS, MaxForwards, "Max-Forwards", 0;
    MIME_VERSION, MimeVersion, "MIME-Version", 0;
    MIN_EXPIRES, MinExpires, "Min-Expires", 0;
    MIN_SE, MinSe, "Min-SE", 0;
    ORGANIZATION, Organization, "Organization", 0;
    P_ACCESS_NETWORK_INFO, PAccessNetworkInfo, "P-Access-Network-Info", 0;
    P_ASSERTED_IDENTITY, PAssertedIdentity, "P-Asserted-Identity", 0;
    P_CALLED_PARTY_ID, PCalledPartyId, "P-Called-Party-ID", 0;
    P_CHARGING_VECTOR, PChargingVector, "P-Charging-Vector", 0;
    P_EARLY_MEDIA, PEarlyMedia, "P-Early-Media", 0;
    P_PREFERRED_IDENTITY, PPreferredIdentity, "P-Preferred-Identity", 0;
    PATH, Path, "Path", 0;
    PRIORITY, Priority, "Priority", 0;
    PRIVACY, Privacy, "Privacy", 0;
    PROXY_AUTHENTICATE, ProxyAuthenticate, "Proxy-Authenticate", 0;
    PROXY_AUTHORIZATION, ProxyAuthorization, "Proxy-Authorization", 0;
    PROXY_REQUIRE, ProxyRequire, "Proxy-Require", 0;
    RACK, RAck, "RAck", 0;
    REASON, Reason, "Reason", 0;
    RECORD_ROUTE, RecordRoute, "Record-Route", 0;
    REFER_SUB, ReferSub, "Refer-Sub", 0;
    REFER_TO, ReferTo, "Refer-To", b'r';
    REFERRED_BY, ReferredBy, "Referred-By", b'b';
    REJECT_CONTACT, RejectContact, "Reject-Contact", b'j';
    REMOTE_PARTY_ID, RemotePartyId, "Remote-Party-ID", 0;
    REPLACES, Replaces, "Replaces", 0;
    REPLY_TO, ReplyTo, "Reply-To", 0;
    REQUEST_DISPOSITION, RequestDisposition, "Request-Disposition", b'd';
    REQUIRE, Require, "Require", 0;
    RESOURCE_PRIORITY, ResourcePriority, "Resource-Priority", 0;
    RETRY_AFTER, RetryAfter, "Retry-After", 0;
    ROUTE, Route, "Route", 0;
    RSEQ, RSeq, "RSeq", 0;
    SERVER, Server, "Server", 0;
    SERVICE_ROUTE, ServiceRoute, "Service-Route", 0;
    SESSION_EXPIRES, SessionExpires, "Session-Expires", b'x';
    SESSION_ID, SessionId, "Session-ID", 0;
    SUBJECT, Subject, "Subject", b's';
    SUBSCRIPTION_STATE, SubscriptionState, "Subscription-State", 0;
    SUPPORTED, Supported, "Supported", b'k';
    TARGET_DIALOG, TargetDialog, "Target-Dialog", 0;
    TIMESTAMP, Timestamp, "Timestamp", 0;
    TO, To, "To", b't';
    UNSUPPORTED, Unsupported, "Unsupported", 0;
    USER_AGENT, UserAgent, "User-Agent", 0;
    USER_TO_USER, UserToUser, "User-to-User", 0;
    VIA, Via, "Via", b'v';
    WARNING, Warning, "Warning", 0;
    WWW_AUTHENTICATE, WwwAuthenticate, "WWW-Authenticate", 0;
}

impl Known {
    /// The number of the table's rows that stands for "not in the table".
    pub(crate) const NONE: u8 = u8::MAX;

    /// The name in its long form.
    pub(crate) fn as_str(self) -> &'static str {
        LONG[self as usize]
    }

    /// What a line of that name begins with: the long form, colon and space.
    pub(crate) fn line_start(self) -> &'static str {
        LINE_START[self as usize]
    }

    /// The letter of its compact form (RFC 3261 7.3.3), if it has one.
    pub(crate) fn compact(self) -> Option<u8> {
        match COMPACT[self as usize] {
            0 => None,
            letter => Some(letter),
        }
    }

    /// The name with this number.
    pub(crate) fn from_number(number: u8) -> Option<Self> {
        ALL.get(usize::from(number)).copied()
    }

    /// Looks a name up without case, in long or compact form.
    pub(crate) const fn find(name: &[u8]) -> Option<Self> {
        if name.len() > LONGEST {
            return None;
        }
        Self::of(padded(name), name.len())
    }

    /// Reads the name at the front of a line: how many octets stand before the first colon, space or control
    /// character, and which name of the table they are.
    #[inline]
    pub(crate) fn scan(line: &[u8]) -> (usize, Option<Self>) {
        let Some(chunk) = line.first_chunk::<LONGEST>() else {
            return Self::scan_slowly(line);
        };
        let [a, b, c] = split(chunk);
        let ends = |word| octets::below(word, 0x21) | octets::equal(word, b':');
        let (words, length) = match (ends(a), ends(b), ends(c)) {
            (0, 0, 0) => return Self::scan_slowly(line),
            (0, 0, end) => {
                ([a | CASE, b | CASE, (c | CASE) & before(end)], 16 + octets::lowest(end))
            }
            (0, end, _) => ([a | CASE, (b | CASE) & before(end), 0], 8 + octets::lowest(end)),
            (end, _, _) => ([(a | CASE) & before(end), 0, 0], octets::lowest(end)),
        };
        (length, Self::of(words, length))
    }

    /// For lines near the end of a message and names that no row is as long as.
    #[cold]
    fn scan_slowly(line: &[u8]) -> (usize, Option<Self>) {
        let length = octets::before(line, b'x', |word| {
            octets::below(word, 0x21) | octets::equal(word, b':')
        });
        (length, line.get(..length).and_then(Self::find))
    }

    /// The name whose octets are `words`, in lower case and padded with zeros.
    #[inline]
    const fn of(words: [u64; 3], length: usize) -> Option<Self> {
        let slot = if length == 1 {
            COMPACT_SLOTS[(words[0] & 0xff) as usize]
        } else {
            let slot = SLOTS[hash(words) as usize];
            let row = WORDS[slot as usize];
            if row[0] != words[0] || row[1] != words[1] || row[2] != words[2] {
                return None;
            }
            slot
        };
        if (slot as usize) < ALL.len() { Some(ALL[slot as usize]) } else { None }
    }
}

/// What fits the words of a row.
const LONGEST: usize = 24;

/// The bit that tells lower case from upper. Setting it is exact for octets above 0x20: none of those becomes a letter,
/// digit or hyphen that is none.
const CASE: u64 = u64::from_le_bytes([0x20; 8]);

#[inline]
const fn split(chunk: &[u8; LONGEST]) -> [u64; 3] {
    [word(chunk, 0), word(chunk, 8), word(chunk, 16)]
}

#[inline]
const fn word(chunk: &[u8; LONGEST], at: usize) -> u64 {
    match chunk.split_at(at).1.first_chunk::<8>() {
        Some(octets) => u64::from_le_bytes(*octets),
        None => 0,
    }
}

/// A name of [`LONGEST`] octets at most as words, in lower case and padded with zeros.
const fn padded(name: &[u8]) -> [u64; 3] {
    let mut chunk = [0; LONGEST];
    let mut at = 0;
    while at < name.len() {
        chunk[at] = name[at].to_ascii_lowercase();
        at += 1;
    }
    split(&chunk)
}

/// Ones in the octets before the lowest mark.
#[inline]
const fn before(marks: u64) -> u64 {
    ((marks & marks.wrapping_neg()) >> 7).wrapping_sub(1)
}

/// The weight was searched for so that no two rows share a slot, which is checked below.
#[inline]
const fn hash([a, b, c]: [u64; 3]) -> u8 {
    let mixed = (a ^ b.rotate_left(21) ^ c.rotate_left(43)).wrapping_mul(0x254c_6146_f3b4_d45f);
    (mixed >> 56) as u8
}

/// The rows as words; the one after the last stands for no name, and no name's words are it.
const WORDS: [[u64; 3]; LONG.len() + 1] = {
    let mut rows = [[u64::MAX; 3]; LONG.len() + 1];
    let mut row = 0;
    while row < LONG.len() {
        assert!(LONG[row].len() <= LONGEST, "a name is longer than its row");
        rows[row] = padded(LONG[row].as_bytes());
        row += 1;
    }
    rows
};

const EMPTY: u8 = LONG.len() as u8;

const SLOTS: [u8; 256] = {
    let mut slots = [EMPTY; 256];
    let mut row = 0;
    while row < LONG.len() {
        let slot = hash(WORDS[row]) as usize;
        assert!(slots[slot] == EMPTY, "two names share a slot: search another weight");
        slots[slot] = row as u8;
        row += 1;
    }
    slots
};

const COMPACT_SLOTS: [u8; 256] = {
    let mut slots = [EMPTY; 256];
    let mut row = 0;
    while row < COMPACT.len() {
        let letter = COMPACT[row] as usize;
        if letter != 0 {
            assert!(slots[letter] == EMPTY, "two names share a compact form");
            slots[letter] = row as u8;
        }
        row += 1;
    }
    slots
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_found_in_each_form_and_case() {
        for (row, long) in LONG.iter().enumerate() {
            let expected = Some(ALL[row]);
            assert_eq!(Known::find(long.as_bytes()), expected, "{long}");
            assert_eq!(Known::find(long.to_ascii_uppercase().as_bytes()), expected, "{long}");
            assert_eq!(Known::find(long.to_ascii_lowercase().as_bytes()), expected, "{long}");
            assert_eq!(Known::from_number(row as u8), expected);
            if let Some(letter) = ALL[row].compact() {
                assert_eq!(Known::find(&[letter]), expected);
                assert_eq!(Known::find(&[letter.to_ascii_uppercase()]), expected);
            }
        }
    }

    #[test]
    fn what_follows_a_name_is_not_judged() {
        let scan = |line: &str| Known::scan(line.as_bytes());
        let rest = ": 0123456789012345678901234567890";
        for (name, known) in [
            ("Via", Some(Known::Via)),
            ("v", Some(Known::Via)),
            ("Contact", Some(Known::Contact)),
            ("CALL-ID", Some(Known::CallId)),
            ("Max-Forwards", Some(Known::MaxForwards)),
            ("Proxy-Authorization", Some(Known::ProxyAuthorization)),
            ("P-Access-Network-Info", Some(Known::PAccessNetworkInfo)),
            ("Contac", None),
            ("Contactx", None),
            ("X-A-name-of-twenty-three", None),
            ("X-A-name-of-more-than-twenty-four", None),
            ("", None),
        ] {
            for end in [":", " :", "\t:", "\r\n"] {
                assert_eq!(scan(&format!("{name}{end}{rest}")), (name.len(), known), "{name}");
                assert_eq!(scan(&format!("{name}{end}")), (name.len(), known), "{name}");
            }
            assert_eq!(scan(name), (name.len(), known), "{name}");
        }
    }

    /// The case bit makes other octets of some: none of them may make a name.
    #[test]
    fn every_octet_but_the_letter_itself_is_another_name() {
        for (long, known) in LONG.iter().zip(ALL) {
            for at in 0..long.len() {
                for octet in 0..=255_u8 {
                    let mut name = long.as_bytes().to_vec();
                    let same = name[at].eq_ignore_ascii_case(&octet);
                    name[at] = octet;
                    let found = Known::find(&name);
                    assert_eq!(found == Some(*known), same, "{}", name.escape_ascii());
                    name.extend_from_slice(b": and a value that is long enough");
                    // A name that ends early may be a compact form, which is another name all the same.
                    let (length, found) = Known::scan(&name);
                    if length == long.len() {
                        assert_eq!(found == Some(*known), same, "{}", name.escape_ascii());
                    }
                }
            }
        }
    }

    #[test]
    fn what_is_not_in_the_table_is_not_found() {
        for name in [
            "",
            "X-EI",
            "z",
            "Vi",
            "Viaa",
            "Call_ID",
            "To:",
            "Contact ",
            "Via-Via-Via-Via-Via-Via-Via",
        ] {
            assert_eq!(Known::find(name.as_bytes()), None, "{name:?}");
        }
    }
}
