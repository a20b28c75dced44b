//! Connections that a peer opened and offers for requests towards itself (RFC 5923): `alias` in the
//! top Via of a request that came over mutually authenticated TLS.

use std::net::SocketAddr;

use bytes::Bytes;
use siptrunk_message::{Limits, Message, Transport};
use siptrunk_transaction::Domain;

#[cfg(feature = "tls")]
pub(crate) use crate::tls::Chain;

/// Without TLS nobody proves anything.
#[cfg(not(feature = "tls"))]
#[derive(Clone, Debug)]
pub(crate) enum Chain {}

/// The port that a peer says it is at, if this is a request that offers its connection.
pub(super) fn offered(message: &Bytes, limits: &Limits) -> Option<u16> {
    // Most peers never offer; a glance is cheaper than reading their every message twice.
    if !message.windows(5).any(|word| word.eq_ignore_ascii_case(b"alias")) {
        return None;
    }
    // What is malformed is the core's to refuse.
    let Ok(Message::Request(request)) = Message::parse(message.clone(), limits) else {
        return None;
    };
    let via = request.headers().top_via().ok()??;
    via.has_alias().then(|| via.sent_by().port.unwrap_or_else(|| Transport::Tls.default_port()))
}

/// An offer, and what its peer proved.
#[derive(Debug)]
pub(super) struct Alias {
    /// The address that it came from, with the port that it named.
    pub(super) address: SocketAddr,
    chain: Chain,
    /// As whom the peer was found fit: no more than its certificate has names.
    proven: Vec<Domain>,
}

impl Alias {
    pub(super) fn new(address: SocketAddr, chain: Chain) -> Self {
        Self { address, chain, proven: Vec::new() }
    }

    /// Whether requests for this domain may go over the connection: if its peer would be taken for
    /// it on a connection of ours. `accepts` is asked once for each.
    pub(super) fn serves(
        &mut self,
        domain: &Domain,
        accepts: impl FnOnce(&Chain, &Domain) -> bool,
    ) -> bool {
        let known = self.proven.contains(domain);
        if !known && accepts(&self.chain, domain) {
            self.proven.push(domain.clone());
            return true;
        }
        known
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_offer_is_a_parameter_of_the_top_via_of_a_request() {
        let message = |start: &str, via: &str| {
            let rest = "Call-ID: alias\r\nContent-Length: 0\r\n\r\n";
            Bytes::from(format!("{start}\r\n{via}\r\n{rest}"))
        };
        let request = "OPTIONS sip:a@b SIP/2.0";
        for (start, via, expected) in [
            (request, "Via: SIP/2.0/TLS a.example;branch=z9hG4bK1;alias", Some(5061)),
            (request, "v: SIP/2.0/TLS a.example:5071;Alias;branch=z9hG4bK1", Some(5071)),
            (request, "Via: SIP/2.0/TLS alias;branch=z9hG4bKalias", None),
            (
                request,
                "Via: SIP/2.0/TLS a.example;branch=z9hG4bK1, SIP/2.0/TLS b.example;alias",
                None,
            ),
            ("SIP/2.0 200 OK", "Via: SIP/2.0/TLS a.example;branch=z9hG4bK1;alias", None),
            (request, "Via: nonsense;alias", None),
        ] {
            assert_eq!(offered(&message(start, via), &Limits::default()), expected, "{via}");
        }
    }
}
