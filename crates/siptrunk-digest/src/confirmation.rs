//! The server's own proof (RFC 7616 section 3.5).

use std::borrow::Cow;
use std::fmt;

use crate::authentication_info::{AuthenticationInfo, Fields as Info};
use crate::credentials::Fields;
use crate::error::DigestError;
use crate::response::{self, Key, Request};

/// What a server's proof that it knows the password is made of: an accepted request.
#[derive(Clone, PartialEq, Eq)]
pub struct Confirmation<'a> {
    fields: Fields<'a>,
    key: Key,
}

impl<'a> Confirmation<'a> {
    pub(crate) fn new(fields: Fields<'a>, key: Key) -> Self {
        Self { fields, key }
    }

    /// The Authentication-Info for the 2xx to the request, as an answer to Authorization, or
    /// Proxy-Authentication-Info, as one to Proxy-Authorization.
    ///
    /// `body` is the body of the response; with `auth-int` the proof covers it. `next_nonce`,
    /// from [`Server::nonce`](crate::Server::nonce), is what the client is to use from now on.
    /// It saves a challenge when the nonce is about to expire; sent always, it keeps clients
    /// from having more than one request on the way. Sessions (`-sess`) live as long as their
    /// nonce here and get no other.
    ///
    /// # Errors
    /// [`DigestError::Invalid`] if the next nonce has a control character.
    pub fn info(
        &self,
        body: &[u8],
        next_nonce: Option<&'a str>,
    ) -> Result<AuthenticationInfo<'a>, DigestError> {
        let Fields { algorithm, nonce, uri, cnonce, qop, nc, .. } = &self.fields;
        let algorithm = algorithm.unwrap_or_default();
        let next = next_nonce.filter(|_| !algorithm.is_session());
        let mut info = match next {
            Some(nonce) => AuthenticationInfo::of_next_nonce(nonce)?.into_fields(),
            None => Info::default(),
        };
        let request = Request { method: "", uri, body };
        let counted = self.fields.counted();
        let proof = response::response(algorithm, &self.key, nonce, counted, &request);
        info.rspauth = Some(Cow::Owned(proof.as_str().to_owned()));
        if qop.is_some() {
            (info.qop, info.nc, info.cnonce) = (*qop, *nc, cnonce.clone());
        }
        Ok(AuthenticationInfo::from_fields(info))
    }

    /// Cuts the tie to the request.
    pub fn into_owned(self) -> Confirmation<'static> {
        Confirmation { fields: self.fields.into_owned(), key: self.key }
    }
}

impl fmt::Debug for Confirmation<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Confirmation").field("of", &self.fields).finish_non_exhaustive()
    }
}
