//! The DNS by hickory: SRV records, TTLs, random ids and ports, and the servers of this host.

use std::{
    net::{IpAddr, SocketAddr},
    pin::Pin,
    time::{Duration, Instant},
};

use hickory_resolver::{
    ResolverBuilder, TokioResolver,
    config::{NameServerConfig, ResolverConfig},
    net::{DnsError as HickoryDnsError, NetError, runtime::TokioRuntimeProvider},
    proto::rr::{RData, RecordType},
};

use super::{Dns, DnsError, Found, Service};

/// How long an answer without records holds.
const NEGATIVE_TTL: Duration = Duration::from_secs(30);

/// Asks the name servers that this host is configured with.
#[derive(Clone, Debug)]
pub struct HickoryDns(TokioResolver);

impl HickoryDns {
    /// Reads the host's configuration (`/etc/resolv.conf`, or what Windows has).
    pub fn from_system() -> Result<Self, DnsError> {
        Self::build(TokioResolver::builder_tokio().map_err(|error| failed(&error))?)
    }

    /// Asks these name servers, whatever the host's configuration says.
    pub fn of_servers(servers: &[SocketAddr]) -> Result<Self, DnsError> {
        let config = servers.iter().map(|server| {
            let mut config = NameServerConfig::udp_and_tcp(server.ip());
            config.connections.iter_mut().for_each(|one| one.port = server.port());
            config
        });
        let config = ResolverConfig::from_name_servers(config.collect());
        Self::build(TokioResolver::builder_with_config(config, TokioRuntimeProvider::default()))
    }

    fn build(mut builder: ResolverBuilder<TokioRuntimeProvider>) -> Result<Self, DnsError> {
        let options = builder.options_mut();
        // Answers are remembered by the caller, who knows for how long and what for.
        options.cache_size = 0;
        options.timeout = Duration::from_millis(1500);
        options.attempts = 1;
        // Some letters of each name become capitals at random: a forger has to guess them too. A
        // server that does not send them back is asked again over TCP.
        options.case_randomization = true;
        Ok(Self(builder.build().map_err(|error| failed(&error))?))
    }
}

fn failed(error: &NetError) -> DnsError {
    DnsError { reason: error.to_string() }
}

/// An answer that says that there is nothing is an answer.
fn nothing<T>(error: &NetError) -> Result<Found<T>, DnsError> {
    match error {
        NetError::Dns(HickoryDnsError::NoRecordsFound(_)) => Ok(Found::nothing(NEGATIVE_TTL)),
        error => Err(failed(error)),
    }
}

fn remaining(until: Instant) -> Duration {
    until.saturating_duration_since(Instant::now())
}

/// A name as the DNS has it, without search domains.
fn absolute(name: &str) -> String {
    format!("{}.", name.trim_end_matches('.'))
}

impl Dns for HickoryDns {
    fn services<'a>(
        &'a self,
        name: &'a str,
    ) -> Pin<Box<dyn Future<Output = Result<Found<Service>, DnsError>> + Send + 'a>> {
        Box::pin(async move {
            let lookup = match self.0.lookup(absolute(name), RecordType::SRV).await {
                Ok(lookup) => lookup,
                Err(error) => return nothing(&error),
            };
            let service = |data: &RData| match data {
                RData::SRV(srv) => Some(Service {
                    priority: srv.priority,
                    weight: srv.weight,
                    port: srv.port,
                    host: srv.target.to_utf8(),
                }),
                _ => None,
            };
            let records = lookup.answers().iter().filter_map(|record| service(&record.data));
            Ok(Found { records: records.collect(), ttl: remaining(lookup.valid_until()) })
        })
    }

    fn addresses<'a>(
        &'a self,
        name: &'a str,
        v4: bool,
        v6: bool,
    ) -> Pin<Box<dyn Future<Output = Result<Found<IpAddr>, DnsError>> + Send + 'a>> {
        Box::pin(async move {
            let four = self.of_kind(name, v4.then_some(RecordType::A));
            let six = self.of_kind(name, v6.then_some(RecordType::AAAA));
            match tokio::join!(four, six) {
                (Ok(four), Ok(six)) => Ok(together(four, six)),
                // One family of two is a way; its sibling's failure costs nobody the call.
                (Ok(found), Err(error)) | (Err(error), Ok(found)) => {
                    if found.records.is_empty() {
                        Err(error)
                    } else {
                        Ok(found)
                    }
                }
                (Err(error), Err(_)) => Err(error),
            }
        })
    }
}

impl HickoryDns {
    /// The addresses of one kind; without a kind, none.
    async fn of_kind(
        &self,
        name: &str,
        kind: Option<RecordType>,
    ) -> Result<Found<IpAddr>, DnsError> {
        let Some(kind) = kind else { return Ok(Found::nothing(NEGATIVE_TTL)) };
        match self.0.lookup(absolute(name), kind).await {
            Ok(lookup) => {
                let addresses = lookup.answers().iter().filter_map(|record| record.data.ip_addr());
                let ttl = remaining(lookup.valid_until());
                Ok(Found { records: addresses.collect(), ttl })
            }
            Err(error) => nothing(&error),
        }
    }
}

/// Both families; what holds for the shorter time says for how long.
fn together(mut four: Found<IpAddr>, six: Found<IpAddr>) -> Found<IpAddr> {
    four.ttl = match (four.records.is_empty(), six.records.is_empty()) {
        (true, false) => six.ttl,
        (false, true) => four.ttl,
        _ => four.ttl.min(six.ttl),
    };
    four.records.extend(six.records);
    four
}

#[cfg(test)]
mod tests;
