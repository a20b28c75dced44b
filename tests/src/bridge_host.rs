//! The bridge's host in a simulated world: answers its questions and runs its media on virtual ports.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::ops::RangeInclusive;
use std::time::{Duration, Instant};

use siptrunk::bridge::{Answer, Bridge, Question};
use siptrunk::media::MediaCommand;
use siptrunk::sim::{Datagram, Host, HostContext, VirtualMedia};
use siptrunk::transaction::{QuestionId, Target};

/// How the host answers the question for media ports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Grant {
    /// At once.
    #[default]
    Now,
    /// After this long.
    After(Duration),
    /// Twice.
    Twice,
    /// Never.
    Never,
    /// With a refusal.
    NoPorts,
}

/// Answers names from a table and media from virtual ports on the gateway's address.
pub struct BridgeHost {
    media: VirtualMedia,
    names: BTreeMap<String, Vec<SocketAddr>>,
    /// How questions for ports are answered.
    pub grant: Grant,
    /// How long the answer to a look-up takes; `None`: it never comes.
    pub lookup: Option<Duration>,
}

impl BridgeHost {
    /// A host with this address and port range for media.
    pub fn new(address: IpAddr, ports: RangeInclusive<u16>) -> Self {
        Self {
            media: VirtualMedia::new(address, ports),
            names: BTreeMap::new(),
            grant: Grant::default(),
            lookup: Some(Duration::ZERO),
        }
    }

    /// A name that can be resolved; all others cannot.
    #[must_use]
    pub fn name(mut self, name: &str, addresses: Vec<SocketAddr>) -> Self {
        self.names.insert(name.to_owned(), addresses);
        self
    }

    /// The same with another way to answer the question for ports.
    #[must_use]
    pub fn grant(mut self, grant: Grant) -> Self {
        self.grant = grant;
        self
    }

    /// The media plane, to read from.
    pub fn media(&self) -> &VirtualMedia {
        &self.media
    }

    fn report(&mut self, context: &mut HostContext<Bridge>) {
        while let Some(event) = self.media.poll_event() {
            context.media(event);
        }
    }
}

impl Host<Bridge> for BridgeHost {
    fn ask(&mut self, context: &mut HostContext<Bridge>, id: QuestionId, question: Question) {
        match question {
            Question::Resolve(lookup) => {
                let port = lookup.transport.default_port();
                let targets: Vec<Target> = lookup
                    .hosts
                    .iter()
                    .flat_map(|host| {
                        let domain = lookup.domain_of(&host.host);
                        let addresses = match host.host.ip() {
                            Some(ip) => vec![SocketAddr::new(ip, host.port.unwrap_or(port))],
                            None => {
                                self.names.get(&host.host.to_string()).cloned().unwrap_or_default()
                            }
                        };
                        let transport = lookup.transport;
                        addresses.into_iter().map(move |address| Target {
                            transport,
                            address,
                            domain: domain.clone(),
                        })
                    })
                    .collect();
                let answer =
                    if targets.is_empty() { Answer::Unresolved } else { Answer::Targets(targets) };
                if let Some(delay) = self.lookup {
                    context.answer_after(delay, id, answer);
                }
            }
            Question::OpenMedia { session } => {
                if self.grant == Grant::Never {
                    return;
                }
                let ports = (self.grant != Grant::NoPorts)
                    .then(|| self.media.allocate(context.now(), session))
                    .flatten();
                let answer = ports.map_or(Answer::NoPorts, |(a, b)| Answer::Media { a, b });
                match self.grant {
                    Grant::After(delay) => context.answer_after(delay, id, answer),
                    Grant::Twice => {
                        context.answer(id, answer.clone());
                        context.answer(id, answer);
                    }
                    _ => context.answer(id, answer),
                }
            }
            _ => {}
        }
    }

    fn command(&mut self, context: &mut HostContext<Bridge>, command: MediaCommand) {
        self.media.handle_command(context.now(), command);
        self.report(context);
    }

    fn owns(&self, address: SocketAddr) -> bool {
        self.media.owns(address)
    }

    fn handle_datagram(&mut self, context: &mut HostContext<Bridge>, datagram: Datagram) {
        if let Some(relayed) = self.media.handle_datagram(context.now(), &datagram) {
            context.send(relayed);
        }
        self.report(context);
    }

    fn handle_timeout(&mut self, context: &mut HostContext<Bridge>) {
        self.media.handle_timeout(context.now());
        self.report(context);
    }

    fn poll_timeout(&self) -> Option<Instant> {
        self.media.poll_timeout()
    }
}
