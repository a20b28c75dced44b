//! Who asks for credentials, and the header fields that go with it (RFC 3261 sections 22.2 and
//! 22.3, RFC 7616 section 3.8).

/// Who asks for credentials.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Challenger {
    /// The user agent server or registrar: WWW-Authenticate, mostly with a 401.
    Server,
    /// A proxy on the way: Proxy-Authenticate, mostly with a 407.
    Proxy,
}

impl Challenger {
    /// The field that its challenges stand in.
    pub fn challenge_field(self) -> &'static str {
        match self {
            Self::Server => "WWW-Authenticate",
            Self::Proxy => "Proxy-Authenticate",
        }
    }

    /// The field that credentials for it stand in.
    pub fn credentials_field(self) -> &'static str {
        match self {
            Self::Server => "Authorization",
            Self::Proxy => "Proxy-Authorization",
        }
    }

    /// The field that its proof and next nonce stand in.
    pub fn info_field(self) -> &'static str {
        match self {
            Self::Server => "Authentication-Info",
            Self::Proxy => "Proxy-Authentication-Info",
        }
    }
}
