//! The one table of header names that have a number, and the hash that finds them.
#![allow(clippy::indexing_slicing, clippy::arithmetic_side_effects)]
// Reason: indexing and arithmetic here run at compile time, where a fault is a compile error, or index a
// 256-entry array with a `u8`.

use super::HeaderName;
use super::Inner;

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
    #[inline]
    pub(crate) const fn find(name: &[u8]) -> Option<Self> {
        Self::find_at(name, name.len())
    }

    /// As `find`, for the first `length` octets of a text: what follows them may be read along, but not judged.
    ///
    /// Those octets have to be above 0x20: folding the case by setting bit 0x20 is exact only then.
    #[inline]
    pub(crate) const fn find_at(text: &[u8], length: usize) -> Option<Self> {
        let slot = match length {
            0 => return None,
            1 => COMPACT_SLOTS[text[0].to_ascii_lowercase() as usize],
            2..=LONGEST => {
                let words = words(text, length);
                let slot = SLOTS[hash(words) as usize];
                if slot == Self::NONE {
                    return None;
                }
                let row = WORDS[slot as usize];
                if row[0] != words[0] || row[1] != words[1] || row[2] != words[2] {
                    return None;
                }
                slot
            }
            _ => return None,
        };
        if slot == Self::NONE { None } else { Some(ALL[slot as usize]) }
    }
}

/// What fits the words of a row.
const LONGEST: usize = 24;

/// The first `length` octets as three words in lower case, padded with zeros.
#[inline]
const fn words(text: &[u8], length: usize) -> [u64; 3] {
    let words = match text.first_chunk::<LONGEST>() {
        Some(chunk) => split(chunk),
        None => {
            let mut chunk = [0; LONGEST];
            let mut at = 0;
            while at < text.len() {
                chunk[at] = text[at];
                at += 1;
            }
            split(&chunk)
        }
    };
    [
        cut(words[0], length),
        cut(words[1], length.saturating_sub(8)),
        cut(words[2], length.saturating_sub(16)),
    ]
}

#[inline]
const fn split(chunk: &[u8; LONGEST]) -> [u64; 3] {
    let [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x] = *chunk;
    [
        u64::from_le_bytes([a, b, c, d, e, f, g, h]),
        u64::from_le_bytes([i, j, k, l, m, n, o, p]),
        u64::from_le_bytes([q, r, s, t, u, v, w, x]),
    ]
}

/// The first octets of a word in lower case, the others zero.
#[inline]
const fn cut(word: u64, octets: usize) -> u64 {
    let lower = word | u64::from_le_bytes([0x20; 8]);
    if octets >= 8 { lower } else { lower & ((1 << (octets * 8)) - 1) }
}

/// The weight was searched for so that no two rows share a slot, which is checked below.
#[inline]
const fn hash([a, b, c]: [u64; 3]) -> u8 {
    let mixed = (a ^ b.rotate_left(21) ^ c.rotate_left(43)).wrapping_mul(0x254c_6146_f3b4_d45f);
    (mixed >> 56) as u8
}

const WORDS: [[u64; 3]; LONG.len()] = {
    let mut rows = [[0; 3]; LONG.len()];
    let mut row = 0;
    while row < LONG.len() {
        assert!(LONG[row].len() <= LONGEST, "a name is longer than its row");
        rows[row] = words(LONG[row].as_bytes(), LONG[row].len());
        row += 1;
    }
    rows
};

const SLOTS: [u8; 256] = {
    let mut slots = [Known::NONE; 256];
    let mut row = 0;
    while row < LONG.len() {
        let slot = hash(WORDS[row]) as usize;
        assert!(slots[slot] == Known::NONE, "two names share a slot: search another weight");
        slots[slot] = row as u8;
        row += 1;
    }
    slots
};

const COMPACT_SLOTS: [u8; 256] = {
    let mut slots = [Known::NONE; 256];
    let mut row = 0;
    while row < COMPACT.len() {
        let letter = COMPACT[row] as usize;
        if letter != 0 {
            assert!(slots[letter] == Known::NONE, "two names share a compact form");
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
        assert_eq!(Known::find_at(b"Via: SIP/2.0/UDP 192.0.2.1:5060", 3), Some(Known::Via));
        assert_eq!(Known::find_at(b"v: SIP/2.0/UDP 192.0.2.1:5060", 1), Some(Known::Via));
        assert_eq!(Known::find_at(b"Contact:", 7), Some(Known::Contact));
        assert_eq!(Known::find_at(b"Contact:", 4), None);
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
