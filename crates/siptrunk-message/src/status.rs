//! Status codes (RFC 3261 21 and its extensions).

use std::fmt;
use std::num::NonZeroU16;

/// A status code from 100 to 699. Codes without a constant are values like any other.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct StatusCode(NonZeroU16);

/// The one table of codes: constant, number, reason phrase.
macro_rules! status_codes {
    ($($name:ident, $code:literal, $reason:literal;)*) => {
        impl StatusCode {
            $(#[doc = concat!("`", $code, " ", $reason, "`")]
            pub const $name: Self = match NonZeroU16::new($code) {
                Some(code) => Self(code),
                None => Self(NonZeroU16::MIN),
            };)*

            /// The reason phrase of the RFC that defines the code; empty for a code without a constant.
            pub const fn reason(self) -> &'static str {
                match self.0.get() {
                    $($code => $reason,)*
                    _ => "",
                }
            }
        }
    };
}

status_codes! {
    TRYING, 100, "Trying";
    RINGING, 180, "Ringing";
    CALL_IS_BEING_FORWARDED, 181, "Call Is Being Forwarded";
    QUEUED, 182, "Queued";
    SESSION_PROGRESS, 183, "Session Progress";
    EARLY_DIALOG_TERMINATED, 199, "Early Dialog Terminated";
    OK, 200, "OK";
    ACCEPTED, 202, "Accepted";
    NO_NOTIFICATION, 204, "No Notification";
    MULTIPLE_CHOICES, 300, "Multiple Choices";
    MOVED_PERMANENTLY, 301, "Moved Permanently";
    MOVED_TEMPORARILY, 302, "Moved Temporarily";
    USE_PROXY, 305, "Use Proxy";
    ALTERNATIVE_SERVICE, 380, "Alternative Service";
    BAD_REQUEST, 400, "Bad Request";
    UNAUTHORIZED, 401, "Unauthorized";
    PAYMENT_REQUIRED, 402, "Payment Required";
    FORBIDDEN, 403, "Forbidden";
    NOT_FOUND, 404, "Not Found";
    METHOD_NOT_ALLOWED, 405, "Method Not Allowed";
    NOT_ACCEPTABLE, 406, "Not Acceptable";
    PROXY_AUTHENTICATION_REQUIRED, 407, "Proxy Authentication Required";
    REQUEST_TIMEOUT, 408, "Request Timeout";
    GONE, 410, "Gone";
    CONDITIONAL_REQUEST_FAILED, 412, "Conditional Request Failed";
    REQUEST_ENTITY_TOO_LARGE, 413, "Request Entity Too Large";
    REQUEST_URI_TOO_LONG, 414, "Request-URI Too Long";
    UNSUPPORTED_MEDIA_TYPE, 415, "Unsupported Media Type";
    UNSUPPORTED_URI_SCHEME, 416, "Unsupported URI Scheme";
    UNKNOWN_RESOURCE_PRIORITY, 417, "Unknown Resource-Priority";
    BAD_EXTENSION, 420, "Bad Extension";
    EXTENSION_REQUIRED, 421, "Extension Required";
    SESSION_INTERVAL_TOO_SMALL, 422, "Session Interval Too Small";
    INTERVAL_TOO_BRIEF, 423, "Interval Too Brief";
    USE_IDENTITY_HEADER, 428, "Use Identity Header";
    PROVIDE_REFERRER_IDENTITY, 429, "Provide Referrer Identity";
    FLOW_FAILED, 430, "Flow Failed";
    ANONYMITY_DISALLOWED, 433, "Anonymity Disallowed";
    MAX_BREADTH_EXCEEDED, 440, "Max-Breadth Exceeded";
    TEMPORARILY_UNAVAILABLE, 480, "Temporarily Unavailable";
    CALL_DOES_NOT_EXIST, 481, "Call/Transaction Does Not Exist";
    LOOP_DETECTED, 482, "Loop Detected";
    TOO_MANY_HOPS, 483, "Too Many Hops";
    ADDRESS_INCOMPLETE, 484, "Address Incomplete";
    AMBIGUOUS, 485, "Ambiguous";
    BUSY_HERE, 486, "Busy Here";
    REQUEST_TERMINATED, 487, "Request Terminated";
    NOT_ACCEPTABLE_HERE, 488, "Not Acceptable Here";
    BAD_EVENT, 489, "Bad Event";
    REQUEST_PENDING, 491, "Request Pending";
    UNDECIPHERABLE, 493, "Undecipherable";
    SECURITY_AGREEMENT_REQUIRED, 494, "Security Agreement Required";
    SERVER_INTERNAL_ERROR, 500, "Server Internal Error";
    NOT_IMPLEMENTED, 501, "Not Implemented";
    BAD_GATEWAY, 502, "Bad Gateway";
    SERVICE_UNAVAILABLE, 503, "Service Unavailable";
    SERVER_TIMEOUT, 504, "Server Time-out";
    VERSION_NOT_SUPPORTED, 505, "Version Not Supported";
    MESSAGE_TOO_LARGE, 513, "Message Too Large";
    PRECONDITION_FAILURE, 580, "Precondition Failure";
    BUSY_EVERYWHERE, 600, "Busy Everywhere";
    DECLINE, 603, "Decline";
    DOES_NOT_EXIST_ANYWHERE, 604, "Does Not Exist Anywhere";
    NOT_ACCEPTABLE_ANYWHERE, 606, "Not Acceptable";
    UNWANTED, 607, "Unwanted";
    REJECTED, 608, "Rejected";
}

impl StatusCode {
    /// `None` outside 100..=699.
    pub const fn new(code: u16) -> Option<Self> {
        if code < 100 || code > 699 {
            return None;
        }
        match NonZeroU16::new(code) {
            Some(code) => Some(Self(code)),
            None => None,
        }
    }

    /// The number.
    pub const fn code(self) -> u16 {
        self.0.get()
    }

    /// The first digit, 1 to 6.
    pub const fn class(self) -> u8 {
        match self.0.get() {
            100..=199 => 1,
            200..=299 => 2,
            300..=399 => 3,
            400..=499 => 4,
            500..=599 => 5,
            _ => 6,
        }
    }

    /// 1xx.
    pub const fn is_provisional(self) -> bool {
        self.class() == 1
    }

    /// 2xx.
    pub const fn is_success(self) -> bool {
        self.class() == 2
    }

    /// 3xx.
    pub const fn is_redirect(self) -> bool {
        self.class() == 3
    }

    /// 2xx to 6xx.
    pub const fn is_final(self) -> bool {
        self.class() > 1
    }

    /// The three digits as they stand on the wire.
    pub(crate) fn digits(self) -> [u8; 3] {
        let code = self.0.get();
        // Each term is 0..=9 because the code is 100..=699.
        let digit = |value: u16| u8::try_from(value % 10).unwrap_or(0).wrapping_add(b'0');
        [digit(code / 100), digit(code / 10), digit(code)]
    }
}

impl fmt::Display for StatusCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for StatusCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.0, self.reason())
    }
}
