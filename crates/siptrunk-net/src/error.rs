//! What can go wrong while the outside is set up, each with its remedy.

use std::{
    io,
    net::{IpAddr, SocketAddr},
};

/// A listener could not be opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BindError {
    /// The address is a name that did not resolve, or no address at all.
    #[error("`{address}` is no address to bind: give an IP address and a port")]
    Address {
        /// What was given, with control characters escaped.
        address: String,
        /// What the resolver said.
        #[source]
        source: io::Error,
    },
    /// The operating system refused the socket or the address.
    #[error(
        "cannot listen on {address}: {source}; is the port taken, the address not ours, or a right missing?"
    )]
    Socket {
        /// The address.
        address: SocketAddr,
        /// What the operating system said.
        #[source]
        source: io::Error,
    },
}

/// The media plane could not be started.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MediaError {
    /// The range holds no even port with its odd successor.
    #[error(
        "the media port range {first}-{last} holds no RTP and RTCP pair: give at least four ports"
    )]
    NoPairs {
        /// First port of the range.
        first: u16,
        /// Last port of the range.
        last: u16,
    },
    /// Media sockets cannot be bound to the address.
    #[error("media cannot be bound to {address}: {source}; is the address one of this machine?")]
    Address {
        /// The address.
        address: IpAddr,
        /// What the operating system said.
        #[source]
        source: io::Error,
    },
    /// No thread or poller from the operating system.
    #[error("cannot start a media thread: {0}; are descriptors or threads used up?")]
    Thread(#[source] io::Error),
}

/// The driver has ended: its core is no longer there to be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the driver has ended")]
pub struct Stopped;
