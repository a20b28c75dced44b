//! Checking Authentication-Info: whether the server knows the password too (RFC 7616 section
//! 3.5).

use subtle::ConstantTimeEq as _;

use crate::authentication_info::AuthenticationInfo;
use crate::challenger::Challenger;
use crate::client::Client;
use crate::credentials::Credentials;
use crate::error::ProofError;
use crate::response::{self, Request};

/// What Authentication-Info shows of a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ServerProof {
    /// It knows the password, and with `auth-int` the body is as it was sent.
    Given,
    /// It does not say.
    NotGiven,
}

impl Client {
    /// Takes the Authentication-Info (or Proxy-Authentication-Info) of a response: checks the
    /// server's proof if there is one, and uses the next nonce from now on if there is one.
    ///
    /// `sent` are the credentials that the request carried for this challenger, `body` is the
    /// body of the response.
    ///
    /// # Errors
    /// [`ProofError`]; nothing of it is used then. A response with a wrong proof comes from
    /// somebody else.
    pub fn take_info(
        &mut self,
        challenger: Challenger,
        sent: &[u8],
        info: &[u8],
        body: &[u8],
    ) -> Result<ServerProof, ProofError> {
        let sent = Credentials::parse_with(sent, &self.limits)
            .map_err(|_| ProofError::Unsolicited)?
            .into_fields();
        let info = AuthenticationInfo::parse_with(info, &self.limits)
            .map_err(ProofError::Malformed)?
            .into_fields();
        let realm = self.memory.find_mut(challenger, &sent.realm).ok_or(ProofError::Unsolicited)?;
        let proof = match &info.rspauth {
            None => ServerProof::NotGiven,
            Some(rspauth) => {
                let key = realm.key_of(&sent).ok_or(ProofError::Unsolicited)?;
                let differs = [
                    ("qop", info.qop.is_some() && info.qop != sent.qop),
                    ("cnonce", info.cnonce.is_some() && info.cnonce != sent.cnonce),
                    ("nc", info.nc.is_some() && info.nc != sent.nc),
                ];
                if let Some((name, _)) = differs.into_iter().find(|(_, differs)| *differs) {
                    return Err(ProofError::OtherRequest { name });
                }
                let request = Request { method: "", uri: &sent.uri, body };
                let algorithm = realm.algorithm();
                let expected =
                    response::response(algorithm, key, &sent.nonce, sent.counted(), &request);
                if !bool::from(expected.as_bytes().ct_eq(rspauth.to_ascii_lowercase().as_bytes())) {
                    return Err(ProofError::WrongDigest);
                }
                ServerProof::Given
            }
        };
        // Responses overtake each other: only the newest nonce has a next one.
        if let Some(next) = info.next_nonce.filter(|_| realm.nonce() == sent.nonce) {
            realm.use_nonce(&next);
        }
        Ok(proof)
    }
}
