//! What a message may cost before it is refused.

/// Bounds on one message. Every field has a default that suits trunks; raise or lower them as needed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Octets of a whole message, body included. Default 65,536; values above [`Limits::MAX_MESSAGE`] count as that.
    pub message: usize,
    /// Header fields. Default 128.
    pub headers: usize,
    /// Octets of one line, its folds included, without the final CRLF. Default 8,192.
    pub line: usize,
    /// Via values, over all Via fields (RFC 4475 `longreq` has 34). Default 70.
    pub vias: usize,
    /// Parameters of one header value or URI. Default 64.
    pub params: usize,
    /// Parts of a multipart body. Default 16.
    pub parts: usize,
    /// Header fields of one part of a multipart body. Default 16.
    pub part_headers: usize,
}

impl Limits {
    /// The hard maximum of [`Limits::message`]: 1 MiB. Offsets in the index rely on it.
    pub const MAX_MESSAGE: usize = 1 << 20;

    /// The message limit in force: never above the hard maximum.
    pub(crate) fn message_octets(&self) -> usize {
        self.message.min(Self::MAX_MESSAGE)
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            message: 65_536,
            headers: 128,
            line: 8_192,
            vias: 70,
            params: 64,
            parts: 16,
            part_headers: 16,
        }
    }
}
