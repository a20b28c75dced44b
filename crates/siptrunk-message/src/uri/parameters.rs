//! The parameters of a SIP URI that have a meaning: those of RFC 3261 19.1.1, and `ob` of RFC 5626.

use super::SipUri;
use crate::host::Host;
use crate::method::Method;
use crate::transport::Transport;

impl SipUri<'_> {
    /// `transport`, if it names a transport that this crate knows.
    pub fn transport(&self) -> Option<Transport> {
        self.param("transport").flatten().and_then(Transport::from_token)
    }

    /// `user=phone`: the user part is a `telephone-subscriber`. See [`SipUri::to_tel`].
    pub fn is_phone(&self) -> bool {
        self.param("user").flatten().is_some_and(|user| user.eq_ignore_ascii_case("phone"))
    }

    /// `method`: of the request that the URI is for, where it stands in a Refer-To or a page.
    pub fn method(&self) -> Option<Method> {
        self.param("method").flatten().and_then(|method| Method::from_bytes(method.as_bytes()))
    }

    /// `ttl`: of the multicast datagrams that `maddr` asks for.
    pub fn ttl(&self) -> Option<u8> {
        let ttl = self.param("ttl").flatten()?;
        ttl.bytes().all(|octet| octet.is_ascii_digit()).then(|| ttl.parse().ok()).flatten()
    }

    /// `maddr`: where the request goes instead of to the host.
    pub fn maddr(&self) -> Option<Host<'_>> {
        match Host::parse(self.param("maddr").flatten()?.as_bytes()) {
            Ok(([], host)) => Some(host),
            _ => None,
        }
    }

    /// `lr`: the proxy routes by RFC 3261, and not by RFC 2543.
    pub fn is_loose_router(&self) -> bool {
        self.param("lr").is_some()
    }

    /// `ob`: requests of the dialog come back by the flow that this Contact came by (RFC 5626 5.4).
    pub fn is_outbound(&self) -> bool {
        self.param("ob").is_some()
    }
}
