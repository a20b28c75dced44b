//! What an end's signalling goes over.

use siptrunk_message::Transport;
use siptrunk_transaction::Domain;

/// The transport of an end: what it listens on, and what it sends its own requests over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Over {
    transport: Transport,
    domain: Option<Domain>,
}

impl Over {
    /// Datagrams.
    pub const UDP: Self = Self { transport: Transport::Udp, domain: None };

    /// TCP connections.
    pub const TCP: Self = Self { transport: Transport::Tcp, domain: None };

    /// TLS connections to a peer whose certificate names this domain.
    pub fn tls(peer: &str) -> Self {
        Self { transport: Transport::Tls, domain: Some(Domain::new(peer)) }
    }

    /// The transport.
    pub fn transport(&self) -> Transport {
        self.transport
    }

    pub(crate) fn domain(&self) -> Option<Domain> {
        self.domain.clone()
    }

    /// What a URI of the end's own must say, for requests to come over the same.
    pub(crate) fn uri_parameter(&self) -> &'static str {
        match self.transport {
            Transport::Udp => "",
            Transport::Tcp => ";transport=tcp",
            Transport::Tls => ";transport=tls",
        }
    }
}
