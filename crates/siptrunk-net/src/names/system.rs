//! The operating system's resolver: its hosts file and its configuration, but no SRV records.

use std::{net::IpAddr, pin::Pin, time::Duration};

use tokio::net::lookup_host;

use super::{Dns, DnsError, Found, Service};

/// How long an answer of the system holds: it does not say.
const TTL: Duration = Duration::from_secs(30);

/// Asks the operating system.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemDns;

impl Dns for SystemDns {
    fn services<'a>(
        &'a self,
        _: &'a str,
    ) -> Pin<Box<dyn Future<Output = Result<Found<Service>, DnsError>> + Send + 'a>> {
        Box::pin(std::future::ready(Ok(Found::nothing(TTL))))
    }

    fn addresses<'a>(
        &'a self,
        name: &'a str,
        v4: bool,
        v6: bool,
    ) -> Pin<Box<dyn Future<Output = Result<Found<IpAddr>, DnsError>> + Send + 'a>> {
        Box::pin(async move {
            // It cannot be told apart here whether a name is not there or nobody answers.
            let found = lookup_host((name, 0))
                .await
                .map_err(|error| DnsError { reason: error.to_string() })?;
            let wanted = |ip: &IpAddr| if ip.is_ipv4() { v4 } else { v6 };
            let records = found.map(|address| address.ip()).filter(wanted).collect();
            Ok(Found { records, ttl: TTL })
        })
    }
}
