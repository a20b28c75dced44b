#![doc = include_str!("../README.md")]
#![deny(missing_docs, unsafe_code)]

mod bridge_world;

mod driver;
pub use driver::{Driver, DriverLimits};

mod error;
pub use error::{BindError, MediaError, Stopped};

mod escape;

mod events;
pub use events::Events;

mod gateway;
pub use gateway::{Gateway, GatewayBuilder, GatewayError, GatewayStatistics, StartError};

mod handle;
pub use handle::DriverHandle;

mod media;
pub use media::{MediaMonitor, MediaOptions, MediaReport, MediaStatistics, MediaThreads};

mod resolve;

mod statistics;
pub use statistics::DriverStatistics;

mod tap;
pub use tap::{SharedTap, Tap, TapEntry, Way, Wire};

mod udp;
pub use udp::{UdpListener, UdpOptions};

mod world;
pub use world::{NoWorld, Reply, World};
