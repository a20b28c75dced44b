//! A table in place of the DNS: for tests, and for hosts without one.

use std::{
    collections::HashMap,
    net::IpAddr,
    pin::Pin,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use super::{Dns, DnsError, Found, Service};

/// Answers from a table. Clones share it, so that one can be changed while another is used.
#[derive(Clone, Debug, Default)]
pub struct TableDns(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    tables: Mutex<Tables>,
    dead: AtomicBool,
    queries: AtomicUsize,
}

#[derive(Debug, Default)]
struct Tables {
    services: HashMap<String, Found<Service>>,
    addresses: HashMap<String, Found<IpAddr>>,
}

impl TableDns {
    /// An empty table: no name has records.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the addresses of a name, which hold for `ttl`.
    pub fn set_addresses(&self, name: &str, ttl: Duration, addresses: &[IpAddr]) {
        let found = Found { records: addresses.to_vec(), ttl };
        self.with(|tables| drop(tables.addresses.insert(name.to_ascii_lowercase(), found)));
    }

    /// Sets the SRV records of a name, which hold for `ttl`.
    pub fn set_services(&self, name: &str, ttl: Duration, services: &[Service]) {
        let found = Found { records: services.to_vec(), ttl };
        self.with(|tables| drop(tables.services.insert(name.to_ascii_lowercase(), found)));
    }

    /// Whether queries fail from now on, as those to a dead resolver.
    pub fn set_dead(&self, dead: bool) {
        self.0.dead.store(dead, Ordering::Relaxed);
    }

    /// How many queries have been asked; A and AAAA are one each.
    pub fn queries(&self) -> usize {
        self.0.queries.load(Ordering::Relaxed)
    }

    fn with<R>(&self, work: impl FnOnce(&mut Tables) -> R) -> R {
        // Tables are whole between their statements: a panicked holder leaves nothing half done.
        work(&mut self.0.tables.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn asked<T>(
        &self,
        queries: usize,
        answer: impl FnOnce(&Tables) -> Option<Found<T>>,
    ) -> Result<Found<T>, DnsError> {
        self.0.queries.fetch_add(queries, Ordering::Relaxed);
        if self.0.dead.load(Ordering::Relaxed) {
            return Err(DnsError { reason: "the table is told to be dead".to_owned() });
        }
        let found = self.with(|tables| answer(tables));
        Ok(found.unwrap_or_else(|| Found::nothing(Duration::ZERO)))
    }
}

impl Dns for TableDns {
    fn services<'a>(
        &'a self,
        name: &'a str,
    ) -> Pin<Box<dyn Future<Output = Result<Found<Service>, DnsError>> + Send + 'a>> {
        let name = name.to_ascii_lowercase();
        Box::pin(std::future::ready(self.asked(1, |tables| tables.services.get(&name).cloned())))
    }

    fn addresses<'a>(
        &'a self,
        name: &'a str,
        v4: bool,
        v6: bool,
    ) -> Pin<Box<dyn Future<Output = Result<Found<IpAddr>, DnsError>> + Send + 'a>> {
        let name = name.to_ascii_lowercase();
        let queries = usize::from(v4) + usize::from(v6);
        let answer = self.asked(queries, |tables| tables.addresses.get(&name).cloned());
        Box::pin(std::future::ready(answer.map(|mut found| {
            found.records.retain(|ip| if ip.is_ipv4() { v4 } else { v6 });
            found
        })))
    }
}
