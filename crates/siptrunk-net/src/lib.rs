#![doc = include_str!("../README.md")]
#![deny(missing_docs, unsafe_code)]

mod bridge_world;

mod decide;
pub use decide::Undecided;

mod driver;
pub use driver::{Driver, DriverLimits};

mod error;
pub use error::{BindError, MediaError, Stopped};

mod escape;

mod events;
pub use events::Events;

mod gateway;
#[cfg(feature = "tls")]
pub use gateway::ReloadError;
pub use gateway::{
    Gateway, GatewayBuilder, GatewayError, GatewayStatistics, RoutesError, StartError, Verification,
};

mod input;

mod listener;
pub use listener::BoundListener;

mod handle;
pub use handle::DriverHandle;

mod media;
pub use media::{MediaMonitor, MediaOptions, MediaReport, MediaStatistics, MediaThreads};

mod names;
#[cfg(feature = "dns")]
pub use names::HickoryDns;
pub use names::{
    Dns, DnsError, Families, Found, NamesOptions, Resolver, Service, SystemDns, TableDns,
};

mod own;

mod statistics;
pub use statistics::DriverStatistics;

mod stream;
#[doc(hidden)]
pub use stream::read_stream;
pub use stream::{StreamListener, StreamOptions};

mod tap;
pub use tap::{SharedTap, Tap, TapEntry, Way, Wire};

#[cfg(feature = "tls")]
mod tls;
#[cfg(feature = "tls")]
pub use tls::{Certificate, HandshakeError, PeerPolicy, Roots, TlsClient, TlsError, TlsServer};

mod trusted;

mod udp;
pub use udp::{UdpListener, UdpOptions};

mod world;
pub use world::{NoWorld, Reply, World};
