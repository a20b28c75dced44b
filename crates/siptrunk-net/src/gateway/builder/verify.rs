//! A verification of the trunks instead of a gateway on them: the same sockets, and a core that tries them.

use std::{
    net::{IpAddr, SocketAddr},
    task::{Context, Poll},
    time::Instant,
};

use siptrunk_bridge::verify::{Plan, Step, Verifier, VerifyEvent};
use siptrunk_profiles::{Finding, MediaPorts};
use siptrunk_transaction::{QuestionId, Seed};
use siptrunk_ua::{Answer, Question};
use tokio::task::AbortHandle;

use super::GatewayBuilder;
use crate::{
    BoundListener, Driver, Events, Reply, StartError, UdpListener, World,
    names::{Families, Resolver},
};

/// A verification that runs: its steps come one by one.
///
/// Dropping it stops it where it is.
#[derive(Debug)]
pub struct Verification {
    events: Events<VerifyEvent>,
    warnings: Vec<Finding>,
    task: AbortHandle,
}

impl Verification {
    /// The next thing that was looked at; `None` when all was.
    pub async fn next_step(&self) -> Option<Step> {
        match self.events.next().await? {
            VerifyEvent::Step(step) => Some(*step),
            _ => None,
        }
    }

    /// What is doubtful about the configuration, though not enough to refuse it.
    pub fn warnings(&self) -> &[Finding] {
        &self.warnings
    }
}

impl Drop for Verification {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl GatewayBuilder {
    /// Binds what the gateway would, and tries its trunks instead of running it: see
    /// [`Verifier`]. Audio takes one port of the media range. Needs a tokio runtime.
    ///
    /// # Errors
    /// As [`start`](Self::start), and what in the plan names no trunk.
    #[expect(
        clippy::unused_async,
        reason = "sockets need the runtime that only a future is sure to have"
    )]
    pub async fn verify(self, plan: Plan) -> Result<Verification, StartError> {
        let mut findings = self.config.check().unwrap_or_else(|findings| findings);
        let listeners = self.bind(&mut findings);
        #[cfg(feature = "tls")]
        let client = super::super::security::client(&self.config, &mut findings);
        let audio = self.config.media.as_ref().and_then(|ports| audio(ports, &mut findings));
        if findings.iter().any(Finding::is_error) {
            return Err(StartError { findings });
        }

        let (mut sockets, known): (Vec<BoundListener>, Vec<_>) = listeners.into_iter().unzip();
        let bound: Vec<_> = sockets.iter().map(BoundListener::local_addr).collect();
        // Without a media range nothing can be heard: a number that no listener has.
        let number = u16::try_from(sockets.len()).unwrap_or(u16::MAX);
        let mut media = (number, SocketAddr::from(([192, 0, 2, 0], 0)));
        if let Some((socket, advertised)) = audio {
            media.1 = advertised;
            sockets.push(socket.into());
        }
        let (seed, now) = (Seed(rand::random()), Instant::now());
        let verifier = Verifier::new(&self.config, plan, known, media, &seed, now)
            .map_err(|findings| StartError { findings })?;

        let dns = self.dns.clone().unwrap_or_else(super::system_dns);
        let options = self.stream_options();
        let resolver = Resolver::new(dns, self.names, Families::of(&bound));
        let driver = Driver::with_limits(verifier, Names(resolver), sockets, self.limits);
        let mut driver = driver.streams(options);
        #[cfg(feature = "tls")]
        if let Some(client) = client {
            driver = driver.tls(client);
        }
        for tap in self.taps {
            driver = driver.tap(tap);
        }
        let events = driver.events();
        let running = Box::pin(driver.run());
        let task = tokio::spawn(async move { drop(running.await) }).abort_handle();
        Ok(Verification { events, warnings: findings, task })
    }
}

/// A port of the range, and what is written of it into descriptions; a finding if none is free.
fn audio(ports: &MediaPorts, findings: &mut Vec<Finding>) -> Option<(UdpListener, SocketAddr)> {
    let mut even = ports.ports.clone().filter(|port| port % 2 == 0);
    let socket = even.find_map(|port| {
        let at = SocketAddr::new(ports.bind, port);
        UdpListener::bind_with(at, crate::UdpOptions::default()).ok()
    });
    if socket.is_none() {
        findings.push(Finding::error(
            "S002",
            "media.ports",
            "no port of the range is free",
            "write an address of this machine and a range with room for a call",
        ));
    }
    let advertise = ports.advertise.filter(|ip: &IpAddr| !ip.is_unspecified());
    socket.map(|socket| {
        let local = socket.local_addr();
        let advertised = SocketAddr::new(advertise.unwrap_or_else(|| local.ip()), local.port());
        (socket, advertised)
    })
}

/// The world of a verifier: it asks for names alone.
struct Names(Resolver<QuestionId>);

impl World<Verifier> for Names {
    fn ask(&mut self, id: QuestionId, question: Question) {
        let Question::Resolve(lookup) = question;
        self.0.resolve(id, &lookup);
    }

    fn command(&mut self, command: std::convert::Infallible) {
        match command {}
    }

    fn poll_reply(&mut self, context: &mut Context<'_>) -> Poll<Reply<Verifier>> {
        let Poll::Ready((id, targets)) = self.0.poll_resolved(context) else {
            return Poll::Pending;
        };
        let answer = if targets.is_empty() { Answer::Unresolved } else { Answer::Targets(targets) };
        Poll::Ready(Reply::Answer(id, answer))
    }
}
