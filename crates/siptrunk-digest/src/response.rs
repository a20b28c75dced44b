//! The response: proof of the password over one request (RFC 7616 section 3.4.1).

use crate::account::Account;
use crate::algorithm::{Algorithm, Qop};
use crate::hash::{self, Hex};

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

/// H(A1): the hash of user name, realm and password. As good as the password within the realm.
pub(crate) fn ha1(algorithm: Algorithm, account: &Account, realm: &str) -> Option<Hex> {
    let parts = [account.username.as_bytes(), realm.as_bytes(), account.password.expose()];
    hash::of_joined(algorithm, parts)
}

/// The response; without `counted` in the form of RFC 2069, which challenges without qop want.
pub(crate) fn response(
    algorithm: Algorithm,
    ha1: &Hex,
    nonce: &str,
    counted: Option<Counted<'_>>,
    request: &Request<'_>,
) -> Option<Hex> {
    let (method, uri) = (request.method.as_bytes(), request.uri.as_bytes());
    let ha2 = match counted.map(|counted| counted.qop) {
        Some(Qop::AuthInt) => {
            let body = hash::of_joined(algorithm, [request.body])?;
            hash::of_joined(algorithm, [method, uri, body.as_bytes()])?
        }
        Some(Qop::Auth) | None => hash::of_joined(algorithm, [method, uri])?,
    };
    let (ha1, ha2, nonce) = (ha1.as_bytes(), ha2.as_bytes(), nonce.as_bytes());
    match counted {
        None => hash::of_joined(algorithm, [ha1, nonce, ha2]),
        Some(Counted { qop, nc, cnonce }) => {
            let nc = hash::nc_hex(nc);
            let qop = qop.as_str().as_bytes();
            let parts = [ha1, nonce, nc.as_bytes(), cnonce.as_bytes(), qop, ha2];
            hash::of_joined(algorithm, parts)
        }
    }
}
