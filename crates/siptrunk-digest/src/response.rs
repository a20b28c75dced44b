//! The response: proof of the password over one request (RFC 7616 section 3.4).

use zeroize::Zeroizing;

use crate::algorithm::{Algorithm, Qop};
use crate::hash::{self, Hex};
use crate::secret::Secret;

/// The parts of a SIP request that a response covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Request<'a> {
    /// The method.
    pub method: &'a str,
    /// The Request-URI, byte for byte as in the request line.
    pub uri: &'a str,
    /// The body; empty if there is none. Only `auth-int` covers it.
    pub body: &'a [u8],
}

/// What a count-protected response covers beside the request.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Counted<'a> {
    pub(crate) qop: Qop,
    pub(crate) nc: u32,
    pub(crate) cnonce: &'a str,
}

/// H(A1), or what a session variant puts in its place: as good as the password within a realm.
pub(crate) type Key = Zeroizing<Hex>;

/// H(A1) of the plain variants: the hash of user name, realm and password (section 3.4.2).
pub(crate) fn key(algorithm: Algorithm, username: &str, realm: &str, password: &Secret) -> Key {
    let parts = [username.as_bytes(), realm.as_bytes(), password.expose()];
    Zeroizing::new(hash::of_joined(algorithm.function(), parts))
}

/// H(A1) of the session variants, from that of the plain one and the nonces with which the
/// session began.
pub(crate) fn session_key(algorithm: Algorithm, key: &Key, nonce: &str, cnonce: &str) -> Key {
    let parts = [key.as_bytes(), nonce.as_bytes(), cnonce.as_bytes()];
    Zeroizing::new(hash::of_joined(algorithm.function(), parts))
}

/// What stands in a hashed user name's place (section 3.4.4).
pub(crate) fn user_hash(algorithm: Algorithm, username: &str, realm: &str) -> Hex {
    hash::of_joined(algorithm.function(), [username.as_bytes(), realm.as_bytes()])
}

/// The response; without `counted` in the form of RFC 2069, which challenges without qop want.
///
/// With an empty method it is the `rspauth` of Authentication-Info, where the body is that of
/// the SIP response (section 3.5).
pub(crate) fn response(
    algorithm: Algorithm,
    key: &Key,
    nonce: &str,
    counted: Option<Counted<'_>>,
    request: &Request<'_>,
) -> Hex {
    let function = algorithm.function();
    let (method, uri) = (request.method.as_bytes(), request.uri.as_bytes());
    let ha2 = match counted.map(|counted| counted.qop) {
        Some(Qop::AuthInt) => {
            let body = hash::of_joined(function, [request.body]);
            hash::of_joined(function, [method, uri, body.as_bytes()])
        }
        Some(Qop::Auth) | None => hash::of_joined(function, [method, uri]),
    };
    let (key, ha2, nonce) = (key.as_bytes(), ha2.as_bytes(), nonce.as_bytes());
    match counted {
        None => hash::of_joined(function, [key, nonce, ha2]),
        Some(Counted { qop, nc, cnonce }) => {
            let nc = hash::nc_hex(nc);
            let qop = qop.as_str().as_bytes();
            let parts = [key, nonce, nc.as_bytes(), cnonce.as_bytes(), qop, ha2];
            hash::of_joined(function, parts)
        }
    }
}
