//! A running gateway: a bridge on sockets, its events, and its orderly end.

mod builder;
pub use builder::{GatewayBuilder, Verification};

mod descriptors;

#[cfg(feature = "tls")]
mod security;

mod error;
#[cfg(feature = "tls")]
pub use error::ReloadError;
pub use error::{GatewayError, RoutesError, StartError};

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    sync::Arc,
    time::{Duration, SystemTime},
};

use siptrunk_bridge::{Bridge, CallHandle, Event};
use siptrunk_profiles::{Config, Finding};
use siptrunk_transaction::{Core as _, Live};
use tokio::task::AbortHandle;

use crate::{
    Driver, DriverHandle, DriverStatistics, Events, MediaStatistics, Stopped,
    bridge_world::BridgeWorld, media::MediaMonitor,
};

/// How long the farewells of a shutdown may take: BYE and its answer, repeated a few times where one
/// is lost. Who does not answer by then has vanished.
const FAREWELL: Duration = Duration::from_secs(5);

/// How often the bridge is told the wall clock.
const CLOCK_INTERVAL: Duration = Duration::from_secs(60);

/// A SIP gateway between trunks, running on the tokio runtime that it was started in.
///
/// All methods take `&self`: events can be read while another task hangs up or shuts down. Dropping
/// the gateway ends it at once, without a word to its peers; [`shutdown`](Self::shutdown) is the
/// polite way.
#[derive(Debug)]
pub struct Gateway {
    handle: DriverHandle<Bridge>,
    events: Events<Event>,
    media: Option<MediaMonitor>,
    bound: Arc<[SocketAddr]>,
    warnings: Arc<Vec<Finding>>,
    #[cfg(feature = "tls")]
    shown: security::Shown,
    task: AbortHandle,
}

/// What a gateway holds and has counted.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct GatewayStatistics {
    /// Calls that live now.
    pub calls: usize,
    /// Everything that lives now, by kind: calls, legs, dialogs, transactions.
    pub live: Live,
    /// Steps of calls that panicked and ended their call alone: each is a defect to report.
    pub panics: u64,
    /// Requests that were refused or dropped, by reason; see
    /// [`Legs::refused`](siptrunk_bridge::legs::Legs::refused).
    pub refused: BTreeMap<&'static str, u64>,
    /// Datagrams in and out.
    pub driver: DriverStatistics,
    /// Media ports and packets.
    pub media: MediaStatistics,
    /// Events dropped because nobody read them.
    pub events_dropped: u64,
}

impl Gateway {
    /// An empty builder.
    pub fn builder() -> GatewayBuilder {
        GatewayBuilder::default()
    }

    /// A builder that starts from a configuration, as a file holds it.
    pub fn from_config(config: Config) -> GatewayBuilder {
        GatewayBuilder::new(config)
    }

    fn run(
        driver: Driver<Bridge, BridgeWorld>,
        media: Option<MediaMonitor>,
        bound: Arc<[SocketAddr]>,
        warnings: Arc<Vec<Finding>>,
        #[cfg(feature = "tls")] shown: security::Shown,
    ) -> Self {
        let (handle, events) = (driver.handle(), driver.events());
        let clock = keep_clock(driver.handle());
        let running = tokio::spawn(async move {
            tokio::select! {
                bridge = driver.run() => drop(bridge),
                () = clock => {}
            }
        });
        Self {
            handle,
            events,
            media,
            bound,
            warnings,
            #[cfg(feature = "tls")]
            shown,
            task: running.abort_handle(),
        }
    }

    /// The next thing that happened; `None` after a shutdown, once all is read.
    ///
    /// The queue is bounded ([`DriverLimits::events`](crate::DriverLimits::events)): an application
    /// that does not read loses the oldest events, never a call.
    pub async fn next_event(&self) -> Option<Event> {
        self.events.next().await
    }

    /// The addresses that are listened on, in the configuration's order, with their real ports.
    pub fn local_addrs(&self) -> &[SocketAddr] {
        &self.bound
    }

    /// What is doubtful about the configuration, though not enough to refuse it.
    pub fn warnings(&self) -> &[Finding] {
        &self.warnings
    }

    /// Ends one call: both sides get a BYE (or CANCEL, or a final response) with a Reason field that
    /// holds this text.
    pub async fn hang_up(&self, call: CallHandle, reason: &str) -> Result<(), GatewayError> {
        let reason = reason.to_owned();
        let done = self.handle.call(move |bridge, now| bridge.hang_up(now, call, &reason)).await?;
        Ok(done?)
    }

    /// Takes no new calls from now on: INVITEs and OPTIONS are answered 503. Live calls go on.
    pub async fn drain(&self) -> Result<(), Stopped> {
        self.handle.call(Bridge::drain).await
    }

    /// Routes calls that come from now on by the routes, schedules and call variables of this
    /// configuration; all else in it is left aside. Calls that live are not touched.
    ///
    /// Returns what is doubtful about them.
    ///
    /// # Errors
    /// Everything that is wrong with the new routes beside the trunks that run: then the old routes
    /// stand. Or the gateway has ended.
    pub async fn set_routes(&self, routes: &Config) -> Result<Vec<Finding>, RoutesError> {
        let routes = routes.clone();
        let set = self.handle.call(move |bridge, _| bridge.set_routes(&routes)).await?;
        let warnings = set.map_err(|findings| RoutesError::Refused { findings })?;
        tracing::info!("new routes");
        Ok(warnings)
    }

    /// Reads the certificate files of the TLS listeners again, and shows what is in them from the
    /// next handshake on, to those who connect and to those we connect to. Connections that are open
    /// stay, and with them their calls. Authorities are not read again.
    ///
    /// Call it after the files were replaced, on SIGHUP say, or once a day. Each file should be
    /// replaced by a rename: one that is half written is an error.
    ///
    /// # Errors
    /// Everything that is wrong with any of the files. Nothing changes then.
    #[cfg(feature = "tls")]
    pub fn reload_certificates(&self) -> Result<(), ReloadError> {
        self.shown.reload().map_err(|findings| ReloadError { findings })?;
        tracing::info!("certificates read again");
        Ok(())
    }

    /// What the gateway holds and has counted.
    pub async fn statistics(&self) -> Result<GatewayStatistics, Stopped> {
        let look = |bridge: &mut Bridge, _| {
            let refused = bridge.legs().refused().collect();
            (bridge.calls(), bridge.live(), bridge.panics(), refused)
        };
        let (calls, live, panics, refused) = self.handle.call(look).await?;
        Ok(GatewayStatistics {
            calls,
            live,
            panics,
            refused,
            driver: self.handle.statistics(),
            media: self.media.as_ref().map(MediaMonitor::statistics).unwrap_or_default(),
            events_dropped: self.events.dropped(),
        })
    }

    /// Ends the gateway: takes no new calls, gives live ones `grace` to end by themselves, then ends
    /// each with a Reason and waits some seconds for the answers.
    ///
    /// Comes back as soon as no call is left. Events of the last calls can still be read after it.
    pub async fn shutdown(&self, grace: Duration) {
        // `Stopped` at any step means that it has ended already.
        let _ = self.end_calls(grace).await;
        self.handle.stop().await;
        self.handle.ended().await;
        tracing::info!("gateway stopped");
    }

    async fn end_calls(&self, grace: Duration) -> Result<(), Stopped> {
        let no_call = |bridge: &Bridge| bridge.calls() == 0 && bridge.undecided() == 0;
        self.drain().await?;
        let by_themselves = self.handle.until(no_call);
        if let Ok(ended) = tokio::time::timeout(grace, by_themselves).await {
            return ended;
        }
        self.handle.call(Bridge::shutdown).await?;
        let farewell = tokio::time::timeout(FAREWELL, self.handle.until(no_call));
        if let Ok(ended) = farewell.await {
            return ended;
        }
        let left = self.handle.call(|bridge, _| bridge.calls()).await?;
        tracing::warn!(calls = left, "peers did not answer the last BYEs");
        Ok(())
    }
}

/// Tells the bridge the wall clock again from time to time: it may be set while we run.
async fn keep_clock(handle: DriverHandle<Bridge>) {
    loop {
        tokio::time::sleep(CLOCK_INTERVAL).await;
        let told = handle.call(|bridge, now| bridge.sync_clock(now, SystemTime::now())).await;
        if told.is_err() {
            return;
        }
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        self.task.abort();
    }
}
