//! Names to addresses (RFC 3263): SRV records where no port says where, then A and AAAA.

mod cache;

mod dns;
pub use dns::{Dns, DnsError, Found, NamesOptions, Service};

#[cfg(feature = "dns")]
mod hickory;
#[cfg(feature = "dns")]
pub use hickory::HickoryDns;

mod locate;

mod order;

mod resolver;
pub use resolver::{Families, Resolver};

mod system;
pub use system::SystemDns;

mod table;
pub use table::TableDns;
