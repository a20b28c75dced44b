#![doc = include_str!("../README.md")]
#![deny(missing_docs, unsafe_code)]

mod driver;
pub use driver::{Driver, DriverLimits};

mod error;
pub use error::{BindError, MediaError, Stopped};

mod escape;

mod events;
pub use events::Events;

mod handle;
pub use handle::DriverHandle;

mod media;
pub use media::{MediaOptions, MediaReport, MediaStatistics, MediaThreads};

mod statistics;
pub use statistics::DriverStatistics;

mod tap;
pub use tap::{SharedTap, Tap, TapEntry, Way, Wire};

mod udp;
pub use udp::{UdpListener, UdpOptions};

mod world;
pub use world::{NoWorld, Reply, World};
