//! What a server asks for, and what it takes.

use crate::algorithm::{Algorithm, Qop};

/// What a [`Server`](crate::Server) asks for: plain MD5 with `qop="auth"` unless more is said.
///
/// ```
/// use siptrunk_digest::{Algorithm, Offer, Server, ServerLimits};
///
/// let offer = Offer::default()
///     .algorithms([Algorithm::Sha256, Algorithm::Md5])
///     .with_auth_int()
///     .with_userhash();
/// let mut server = Server::new("h.example", [7; 32], ServerLimits::default()).offering(offer);
/// assert_eq!(server.challenges(0, b"192.0.2.1", false).len(), 2);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    algorithms: Vec<Algorithm>,
    auth_int: bool,
    userhash: bool,
    charset: bool,
}

impl Default for Offer {
    fn default() -> Self {
        let algorithms = vec![Algorithm::Md5];
        Self { algorithms, auth_int: false, userhash: false, charset: false }
    }
}

impl Offer {
    /// These algorithms, the preferred one first (RFC 8760 section 2.3). Each makes a challenge
    /// of its own; repetitions are left out, and none at all means MD5.
    #[must_use]
    pub fn algorithms(mut self, algorithms: impl IntoIterator<Item = Algorithm>) -> Self {
        self.algorithms.clear();
        for algorithm in algorithms {
            if !self.algorithms.contains(&algorithm) {
                self.algorithms.push(algorithm);
            }
        }
        if self.algorithms.is_empty() {
            self.algorithms.push(Algorithm::Md5);
        }
        self
    }

    /// Also `auth-int`: bodies that proxies must leave alone.
    #[must_use]
    pub fn with_auth_int(mut self) -> Self {
        self.auth_int = true;
        self
    }

    /// Asks for hashed user names (RFC 7616 section 3.4.4). Plain ones are taken all the same.
    #[must_use]
    pub fn with_userhash(mut self) -> Self {
        self.userhash = true;
        self
    }

    /// Says that user names and passwords are UTF-8 (RFC 7616 section 4).
    #[must_use]
    pub fn with_charset(mut self) -> Self {
        self.charset = true;
        self
    }

    pub(crate) fn each_algorithm(&self) -> impl Iterator<Item = Algorithm> {
        self.algorithms.iter().copied()
    }

    pub(crate) fn qops(&self) -> &'static [Qop] {
        if self.auth_int { &[Qop::Auth, Qop::AuthInt] } else { &[Qop::Auth] }
    }

    pub(crate) fn wants_userhash(&self) -> bool {
        self.userhash
    }

    pub(crate) fn names_charset(&self) -> bool {
        self.charset
    }

    /// Whether credentials of this kind were asked for; without qop they are RFC 2069's, which
    /// RFC 3261 section 22.4 has servers take, and which have no sessions.
    pub(crate) fn allows(&self, algorithm: Algorithm, qop: Option<Qop>) -> bool {
        self.algorithms.contains(&algorithm)
            && match qop {
                None => !algorithm.is_session(),
                Some(qop) => self.qops().contains(&qop),
            }
    }
}
