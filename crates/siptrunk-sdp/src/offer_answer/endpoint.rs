//! Where a stream takes media, or why nothing may be sent there.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use super::error::AddressProblem;
use crate::address::Address;
use crate::media::Media;

/// Where a side takes media. Neither address, if it wants nothing sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Endpoint {
    pub(super) rtp: Option<SocketAddr>,
    pub(super) rtcp: Option<SocketAddr>,
}

impl Endpoint {
    pub(super) fn of(media: &Media<'_>) -> Result<Self, AddressProblem> {
        let connection = media.connection().ok_or(AddressProblem::Missing)?;
        if connection.is_nowhere() {
            return Ok(Self { rtp: None, rtcp: None });
        }
        match connection.address {
            Address::Ip(ip) if is_group(ip) => {
                Err(AddressProblem::Group { address: ip.to_string() })
            }
            Address::Ip(_) => {
                let rtcp = media.rtcp().filter(|rtcp| !is_group(rtcp.ip()));
                Ok(Self { rtp: media.rtp(), rtcp })
            }
            Address::Name(name) => Err(AddressProblem::Name { name: name.into_owned() }),
            Address::Foreign(value) => Err(AddressProblem::Foreign { value: value.into_owned() }),
        }
    }

    /// The same with RTCP on RTP's port, if the sides agreed on that.
    pub(super) fn multiplexed(self, agreed: bool) -> Self {
        if agreed { Self { rtcp: self.rtp, ..self } } else { self }
    }
}

fn is_group(ip: IpAddr) -> bool {
    ip.is_multicast() || ip == IpAddr::V4(Ipv4Addr::BROADCAST)
}
