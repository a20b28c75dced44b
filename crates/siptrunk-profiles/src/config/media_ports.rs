//! The UDP ports that media goes through.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr};
use std::ops::RangeInclusive;

use crate::unread::Unread;

/// The UDP ports that media goes through: RTP on even ports, RTCP on the odd one above each.
///
/// Text that is no address is kept and becomes a finding of [`crate::Config::lint`].
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct MediaPorts {
    /// The local address.
    pub bind: IpAddr,
    /// The address that session descriptions name. Required when `bind` is unspecified.
    pub advertise: Option<IpAddr>,
    /// The ports, both ends included.
    pub ports: RangeInclusive<u16>,
    pub(crate) unread: Unread,
}

const ADDRESS_REMEDY: &str = "write an IP address, as 203.0.113.7";

impl MediaPorts {
    /// Takes media on these ports of `bind`.
    pub fn range(bind: impl fmt::Display, ports: RangeInclusive<u16>) -> Self {
        let mut unread = Unread::default();
        let bind = unread
            .read("bind", &bind, ADDRESS_REMEDY, read_address)
            .unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST));
        Self { bind, advertise: None, ports, unread }
    }

    /// Names this address in session descriptions.
    #[must_use]
    pub fn advertise(mut self, address: impl fmt::Display) -> Self {
        self.advertise = self.unread.read("advertise", &address, ADDRESS_REMEDY, read_address);
        self
    }

    /// The address that session descriptions name.
    pub fn advertised(&self) -> IpAddr {
        self.advertise.unwrap_or(self.bind)
    }

    /// The RTP ports of the range: the even ones whose RTCP port lies in the range too.
    pub fn pairs(&self) -> impl Iterator<Item = u16> + use<> {
        let (first, last) = (*self.ports.start(), *self.ports.end());
        (first..=last).filter(move |port| port % 2 == 0 && *port < last)
    }

    /// How many calls fit at once: each takes a pair of ports for either side.
    pub fn calls(&self) -> usize {
        self.pairs().count() / 2
    }
}

fn read_address(text: &str) -> Result<IpAddr, String> {
    text.parse().map_err(|_| "not an IP address".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_are_even_and_whole() {
        let pairs = |ports| MediaPorts::range("127.0.0.1", ports).pairs().collect::<Vec<_>>();
        assert_eq!(pairs(20_000..=20_003), [20_000, 20_002]);
        assert_eq!(pairs(20_001..=20_004), [20_002]);
        assert_eq!(pairs(65_532..=65_535), [65_532, 65_534]);
        assert!(pairs(20_001..=20_001).is_empty());
        assert_eq!(MediaPorts::range("127.0.0.1", 20_000..=29_999).calls(), 2_500);
    }
}
