//! From a configuration to a running gateway: everything that stands against it is told at once.

mod verify;
pub use verify::Verification;

use std::{
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::{Duration, Instant, SystemTime},
};

use siptrunk_bridge::{Bridge, Settings};
use siptrunk_message::Transport;
use siptrunk_profiles::{
    Allow, Config, Finding, IpNet, Listen, MediaPorts, Route, Trunk, UnknownSource,
};
use siptrunk_transaction::{Listener, Seed};

#[cfg(feature = "tls")]
use super::security::Shown;
use super::{Gateway, StartError, descriptors};
use crate::{
    BindError, BoundListener, Dns, Driver, DriverLimits, MediaOptions, MediaThreads, NamesOptions,
    StreamListener, StreamOptions, Tap, UdpListener, UdpOptions, Undecided,
    bridge_world::{BridgeWorld, reports},
    decide::{Decider, Decisions},
    names::{Families, Resolver},
    trusted::Trusted,
};

/// How long a decision of the application is awaited, if the settings say nothing.
const DECISION: Duration = Duration::from_secs(1);

/// Collects what a [`Gateway`] is made of.
#[derive(Default)]
pub struct GatewayBuilder {
    config: Config,
    settings: Settings,
    decider: Option<Decider>,
    limits: DriverLimits,
    sockets: UdpOptions,
    streams: StreamOptions,
    names: NamesOptions,
    dns: Option<Arc<dyn Dns>>,
    media_threads: usize,
    quarantine: Option<Duration>,
    taps: Vec<Box<dyn Tap>>,
}

impl GatewayBuilder {
    pub(super) fn new(config: Config) -> Self {
        Self { config, ..Self::default() }
    }

    /// Adds an address to listen on.
    #[must_use]
    pub fn listen(mut self, listen: Listen) -> Self {
        self.config = self.config.listen(listen);
        self
    }

    /// Adds a trunk.
    #[must_use]
    pub fn trunk(mut self, trunk: Trunk) -> Self {
        self.config = self.config.trunk(trunk);
        self
    }

    /// Adds a route below those that are there.
    #[must_use]
    pub fn route(mut self, route: Route) -> Self {
        self.config = self.config.route(route);
        self
    }

    /// Sets the ports that media goes through.
    #[must_use]
    pub fn media(mut self, media: MediaPorts) -> Self {
        self.config = self.config.media(media);
        self
    }

    /// Sets what happens to requests from addresses that no trunk allows.
    #[must_use]
    pub fn unknown_source(mut self, unknown_source: UnknownSource) -> Self {
        self.config = self.config.unknown_source(unknown_source);
        self
    }

    /// Sets times and limits of the bridge that no trunk decides.
    #[must_use]
    pub fn settings(mut self, settings: Settings) -> Self {
        self.settings = settings;
        self
    }

    /// Sets the round-trip estimate T1 of RFC 3261, the unit of all retransmissions. On a loopback
    /// or in a test, 50 ms make lost messages cheap.
    #[must_use]
    pub fn t1(mut self, t1: Duration) -> Self {
        self.settings.t1 = t1;
        self
    }

    /// Asks this where a call goes, before the routes of the configuration decide.
    ///
    /// The hook is given the INVITE, and what the routes say and why. Its route stands, whatever
    /// conditions that route has; with `None` the routes of the configuration decide. It runs on a
    /// task of its own: calls and messages do not wait for it. A hook that panics, or does not answer
    /// within [`Settings::decide`] (1 s if that is not set), has said `None`.
    ///
    /// ```
    /// use siptrunk_net::Gateway;
    /// use siptrunk_profiles::Route;
    ///
    /// # async fn is_closed(_dialed: &[u8]) -> bool { false }
    /// let builder = Gateway::builder().decide(|call| async move {
    ///     is_closed(call.invite.uri()).await.then(|| Route::from("five9").reject(480))
    /// });
    /// ```
    #[must_use]
    pub fn decide<H, F>(mut self, hook: H) -> Self
    where
        H: Fn(Undecided) -> F + Send + Sync + 'static,
        F: Future<Output = Option<Route>> + Send + 'static,
    {
        self.decider = Some(Decider::new(hook));
        self
    }

    /// Sets the bounds of the queues.
    #[must_use]
    pub fn limits(mut self, limits: DriverLimits) -> Self {
        self.limits = limits;
        self
    }

    /// Sets the buffer sizes of the signalling sockets.
    #[must_use]
    pub fn sockets(mut self, sockets: UdpOptions) -> Self {
        self.sockets = sockets;
        self
    }

    /// Sets deadlines and bounds of TCP and TLS connections. The networks of the trunks are added to
    /// those that it trusts.
    #[must_use]
    pub fn streams(mut self, streams: StreamOptions) -> Self {
        self.streams = streams;
        self
    }

    /// Sets the bounds of resolving names.
    #[must_use]
    pub fn names(mut self, names: NamesOptions) -> Self {
        self.names = names;
        self
    }

    /// Asks this in place of the DNS: a table, or a resolver of the application's own.
    #[must_use]
    pub fn dns(mut self, dns: impl Dns) -> Self {
        self.dns = Some(Arc::new(dns));
        self
    }

    /// Sets how many threads relay media; 0, the default, is one per processor.
    #[must_use]
    pub fn media_threads(mut self, threads: usize) -> Self {
        self.media_threads = threads;
        self
    }

    /// Sets how long a media port rests after a call; see [`MediaOptions::quarantine`].
    #[must_use]
    pub fn media_quarantine(mut self, quarantine: Duration) -> Self {
        self.quarantine = Some(quarantine);
        self
    }

    /// Adds an observer of all signalling bytes.
    #[must_use]
    pub fn tap(mut self, tap: impl Tap + 'static) -> Self {
        self.taps.push(Box::new(tap));
        self
    }

    /// Binds, starts the threads, and runs the gateway. Needs a tokio runtime.
    ///
    /// # Errors
    /// Everything that is wrong at once: with the configuration, and with what the operating system
    /// refuses. Nothing runs then.
    #[expect(
        clippy::unused_async,
        reason = "sockets need the runtime that only a future is sure to have"
    )]
    pub async fn start(mut self) -> Result<Gateway, StartError> {
        let mut findings = self.config.check().unwrap_or_else(|findings| findings);
        let is_stream = |listen: &Listen| listen.transport.is_reliable();
        let streams = self.config.listen.iter().any(is_stream).then_some(&self.streams);
        let media = self.config.media.as_ref();
        findings.extend(media.and_then(|media| descriptors::check(media, streams)));
        let listeners = self.bind(&mut findings);
        #[cfg(feature = "tls")]
        let client = super::security::client(&self.config, &mut findings);
        let (sender, reports) = reports();
        // A range that was judged wrong already need not fail a second time.
        let judged = findings.iter().any(|one| one.is_error() && one.field.starts_with("media"));
        let media = self.media_options().filter(|_| !judged).and_then(|options| {
            // Nobody listens to reports any more once the gateway is gone.
            let report = move |report| drop(sender.send(report));
            let started = MediaThreads::start(options, report);
            started
                .inspect_err(|error| {
                    findings.push(Finding::error(
                        "S002",
                        "media",
                        error.to_string(),
                        "write an address of this machine and a range with room for a call",
                    ));
                })
                .ok()
        });
        if findings.iter().any(Finding::is_error) {
            return Err(StartError { findings });
        }

        let options = self.stream_options();
        let dns = self.dns.clone().unwrap_or_else(system_dns);
        let known: Vec<Listener> = listeners.iter().map(|(_, known)| known.clone()).collect();
        let own = known.iter().filter_map(|one| {
            let port = one.advertised.port.unwrap_or_else(|| one.transport.default_port());
            Some((one.transport, SocketAddr::new(one.advertised.host.ip()?, port)))
        });
        let own: Vec<_> = own.collect();
        let seed = Seed(rand::random());
        let (now, wall) = (Instant::now(), SystemTime::now());
        if self.decider.is_some() {
            self.settings.decide.get_or_insert(DECISION);
        }
        let decisions = Decisions::new(self.decider, self.settings.decide.unwrap_or_default());
        let bridge = Bridge::new(&self.config, self.settings, known, &seed, now, wall)
            .map_err(|findings| StartError { findings })?;
        for finding in &findings {
            tracing::warn!(%finding, "the configuration is doubtful");
        }

        let sockets: Vec<BoundListener> = listeners.into_iter().map(|(socket, _)| socket).collect();
        let bound: Vec<_> = sockets.iter().map(BoundListener::local_addr).collect();
        #[cfg(feature = "tls")]
        let servers: Vec<_> = sockets.iter().map(BoundListener::server).collect();
        let monitor = media.as_ref().map(MediaThreads::monitor);
        let resolver = Resolver::new(dns, self.names, Families::of(&bound));
        let trusted = Trusted::new(options.trusted.clone());
        let world = BridgeWorld::new(resolver, media, reports, decisions, trusted.clone());
        let driver = Driver::with_limits(bridge, world, sockets, self.limits);
        let mut driver = driver.streams(options).trusting(trusted).also_at(own);
        #[cfg(feature = "tls")]
        let shown = Shown::new(&self.config, servers.into_iter(), client.as_ref());
        #[cfg(feature = "tls")]
        if let Some(client) = client {
            driver = driver.tls(client);
        }
        for tap in self.taps {
            driver = driver.tap(tap);
        }
        tracing::info!(?bound, trunks = self.config.trunks.len(), "gateway started");
        Ok(Gateway::run(
            driver,
            monitor,
            bound.into(),
            Arc::new(findings),
            #[cfg(feature = "tls")]
            shown,
        ))
    }

    /// Binds all listeners that can be; what cannot becomes a finding.
    fn bind(&self, findings: &mut Vec<Finding>) -> Vec<(BoundListener, Listener)> {
        let mut listeners = Vec::with_capacity(self.config.listen.len());
        for (at, listen) in self.config.listen.iter().enumerate() {
            let Some(bound) = self.open(listen, at, findings) else { continue };
            match bound {
                Ok(bound) => {
                    let local = bound.local_addr();
                    let advertised = listen.advertised(local);
                    // Where we are one of several addresses, peers know us by the advertised one.
                    let bound = match advertised.host.ip() {
                        Some(ip) => bound.leaves_from(ip),
                        None => bound,
                    };
                    let transport = listen.transport;
                    // What we show on the first TLS listener we show to those we connect to as well.
                    let alias = transport == Transport::Tls;
                    let known = Listener { transport, local, advertised, alias };
                    listeners.push((bound, known));
                }
                Err(error) => findings.push(
                    Finding::error(
                        "S001",
                        format!("listen[{at}].bind"),
                        error.to_string(),
                        "free the port, or give an address of this machine",
                    )
                    .with_value(listen.bind),
                ),
            }
        }
        listeners
    }

    /// Opens one listener; `None` if a finding says already why it cannot be.
    fn open(
        &self,
        listen: &Listen,
        at: usize,
        findings: &mut Vec<Finding>,
    ) -> Option<Result<BoundListener, BindError>> {
        Some(match listen.transport {
            Transport::Udp => {
                UdpListener::bind_with(listen.bind, self.sockets).map(BoundListener::Udp)
            }
            Transport::Tcp => StreamListener::tcp(listen.bind).map(BoundListener::Stream),
            #[cfg(feature = "tls")]
            Transport::Tls => {
                let server = super::security::server(listen, at, findings)?;
                StreamListener::tls(listen.bind, server).map(BoundListener::Stream)
            }
            #[cfg(not(feature = "tls"))]
            Transport::Tls => {
                findings.push(Finding::error(
                    "S005",
                    format!("listen[{at}].transport"),
                    "this program was built without TLS",
                    "build it with the feature `tls`",
                ));
                return None;
            }
        })
    }

    /// Deadlines and bounds of connections, with the trunks' networks set apart.
    fn stream_options(&self) -> StreamOptions {
        let mut options = self.streams.clone();
        for trunk in &self.config.trunks {
            match &trunk.inbound.allow {
                Allow::Networks(networks) => options.trusted.extend(networks),
                _ => options
                    .trusted
                    .extend(trunk.hosts.iter().filter_map(|host| host.host.ip()).map(IpNet::from)),
            }
        }
        options
    }

    fn media_options(&self) -> Option<MediaOptions> {
        let ports = self.config.media.as_ref()?;
        let mut options = MediaOptions::new(ports.bind, ports.ports.clone());
        options.advertise = ports.advertise.filter(|ip: &IpAddr| !ip.is_unspecified());
        options.threads = self.media_threads;
        if let Some(quarantine) = self.quarantine {
            options.quarantine = quarantine;
        }
        Some(options)
    }
}

/// The DNS as this host is configured for it.
fn system_dns() -> Arc<dyn Dns> {
    #[cfg(feature = "dns")]
    match crate::HickoryDns::from_system() {
        Ok(dns) => return Arc::new(dns),
        Err(error) => {
            tracing::warn!(%error, "the system's resolver is asked instead, without SRV records");
        }
    }
    Arc::new(crate::SystemDns)
}
