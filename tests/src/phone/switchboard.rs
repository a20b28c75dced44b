//! A simulated world with the bridge in the middle and phones around it.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::time::{Duration, Instant, SystemTime};

use siptrunk::bridge::{Bridge, CallHandle, CallRecord, Event, Settings};
use siptrunk::message::{
    HeaderList, Headers, HostPort, Limits, Message, Method, NameAddr, Request, Response, Uri,
};
use siptrunk::profiles::{Config, Generic, Listen, MediaPorts, Route, Trunk};
use siptrunk::rtp::{Packet, PacketBuilder, Sequence, Timestamp};
use siptrunk::sdp::SessionDescription;
use siptrunk::sim::{NodeId, Rule, World};
use siptrunk::transaction::{Listener, Target};
use siptrunk::ua::{self, Destination, Invite, SessionId, UserAgent};

use super::{Phone, Voice, pick_up};
use crate::BridgeHost;
use crate::scene::{GATEWAY, address};

/// The number that leads from phone `a` to the others.
pub const NUMBER: &str = "+12065551234";

/// A gateway between trunk `a` (127.0.2.1) and trunks `b1`, `b2` (127.0.3.1 and .2), which calls of
/// `a` try in this order.
pub fn config() -> Config {
    config_of(
        [trunk("a", "127.0.2.1"), trunk("b1", "127.0.3.1"), trunk("b2", "127.0.3.2")],
        [Route::from("a").to("b1").or("b2"), Route::from("b1").to("a")],
    )
}

/// A gateway with these trunks and routes.
pub fn config_of(
    trunks: impl IntoIterator<Item = Trunk>,
    routes: impl IntoIterator<Item = Route>,
) -> Config {
    let config = Config::default()
        .listen(Listen::udp(GATEWAY))
        .media(MediaPorts::range("127.0.1.1", 20_000..=20_999));
    let config = trunks.into_iter().fold(config, Config::trunk);
    routes.into_iter().fold(config, Config::route)
}

/// A trunk without a profile at this address.
pub fn trunk(name: &str, ip: &str) -> Trunk {
    Generic::trunk(name, format!("{ip}:5060")).number(format!("+1{}", ip.replace('.', "")))
}

/// Where a phone at this address takes media.
pub fn voice(ip: &str) -> Voice {
    Voice::new(address(&format!("{ip}:40000")))
}

/// The value of a header; empty if there is none.
pub fn header(headers: &Headers, name: &str) -> String {
    let field = headers.iter().find(|field| field.raw_name().eq_ignore_ascii_case(name.as_bytes()));
    field.map(|field| String::from_utf8_lossy(field.value()).into_owned()).unwrap_or_default()
}

/// A world with the bridge and phones.
pub struct Switchboard {
    /// The world.
    pub world: World,
    /// The bridge.
    pub gateway: NodeId,
    /// What the bridge told, so far.
    pub events: Vec<Event>,
    phones: BTreeMap<&'static str, (NodeId, SocketAddr)>,
    packets: u16,
    forks: bool,
}

impl Switchboard {
    /// A gateway with this configuration, and no phone yet.
    pub fn new(config: &Config) -> Self {
        Self::with(config, Settings::default(), |host| host)
    }

    /// The same with settings and a host of its own.
    ///
    /// # Panics
    /// If the configuration has findings.
    pub fn with(
        config: &Config,
        settings: Settings,
        host: impl FnOnce(BridgeHost) -> BridgeHost,
    ) -> Self {
        let mut world = World::new(1);
        let local = address(GATEWAY);
        let listener = Listener::udp(local);
        let (now, seed) = (world.now(), world.seed_for("gateway"));
        let wall = SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000);
        let bridge = Bridge::new(config, settings, vec![listener], &seed, now, wall)
            .unwrap_or_else(|findings| panic!("the configuration: {findings:?}"));
        let host = host(BridgeHost::new(local.ip(), 20_000..=20_999));
        let gateway = world.add("gateway", vec![local], bridge, host);
        Self {
            world,
            gateway,
            events: Vec::new(),
            phones: BTreeMap::new(),
            packets: 0,
            forks: false,
        }
    }

    /// The usual world: friendly phones at the other addresses of [`config`], if not given.
    pub fn usual(a: Option<Phone>, b1: Option<Phone>, b2: Option<Phone>) -> Self {
        let mut board = Self::new(&config());
        for (name, ip, phone) in
            [("a", "127.0.2.1", a), ("b1", "127.0.3.1", b1), ("b2", "127.0.3.2", b2)]
        {
            let phone = phone.unwrap_or_else(|| Phone::friendly(&voice(ip)));
            board.phone(name, &format!("{ip}:5060"), phone);
        }
        board
    }

    /// Puts a phone into the world.
    pub fn phone(&mut self, name: &'static str, sip: &str, phone: Phone) {
        self.phone_with(name, sip, phone, |_| {});
    }

    /// Puts a phone into the world that refers others, and is referred (RFC 3515).
    pub fn referring_phone(&mut self, name: &'static str, sip: &str, phone: Phone) {
        self.phone_with(name, sip, phone, |config| config.refer = true);
    }

    fn phone_with(
        &mut self,
        name: &'static str,
        sip: &str,
        phone: Phone,
        edit: impl FnOnce(&mut ua::Config),
    ) {
        let local = address(sip);
        // Phones are patient: what times out first is the gateway.
        let ringing_timeout = Duration::from_secs(600);
        let mut config = ua::Config { ringing_timeout, ..ua::Config::default() };
        config.transaction.listeners = vec![Listener::udp(local)];
        config.allow.extend([Method::REGISTER, Method::REFER, Method::MESSAGE]);
        edit(&mut config);
        let agent = UserAgent::new(config, self.world.seed_for(name));
        let node = self.world.add(name, vec![local], agent, phone);
        self.phones.insert(name, (node, local));
    }

    // ---- what phones do

    /// The node of a phone.
    ///
    /// # Panics
    /// If there is no such phone.
    pub fn node(&self, name: &str) -> NodeId {
        self.phones.get(name).unwrap_or_else(|| panic!("no phone {name}")).0
    }

    /// A phone's signalling address.
    ///
    /// # Panics
    /// If there is no such phone.
    pub fn sip(&self, name: &str) -> SocketAddr {
        self.phones.get(name).unwrap_or_else(|| panic!("no phone {name}")).1
    }

    /// A phone's host.
    pub fn host(&mut self, name: &str) -> &mut Phone {
        let node = self.node(name);
        self.world.host_mut(node)
    }

    /// Dials [`NUMBER`] through the gateway, with an offer.
    pub fn dial(&mut self, name: &str) -> SessionId {
        self.dial_with(name, NUMBER, |_| {})
    }

    /// Dials a number through the gateway with an INVITE that `edit` has seen.
    ///
    /// # Panics
    /// If it cannot be sent.
    pub fn dial_with(
        &mut self,
        name: &str,
        number: &str,
        edit: impl FnOnce(&mut Invite),
    ) -> SessionId {
        let gateway = address(GATEWAY);
        let ours = HostPort::from(self.sip(name));
        let uri = |user: &str, at: &HostPort| Uri::sip(Some(user), &at.host, at.port);
        let request_uri = uri(number, &HostPort::from(gateway));
        let to = NameAddr::new(request_uri.clone());
        let from = NameAddr::new(uri("+18005550199", &ours));
        let destination = Destination::Targets(vec![Target::udp(gateway)]);
        let offer = self.host(name).voice.offer();
        let mut invite = Invite::new(destination, request_uri, to, from).body(offer);
        edit(&mut invite);
        self.agent(name, |agent, now| agent.invite(now, invite)).expect("an INVITE can be sent")
    }

    /// A phone hangs up.
    ///
    /// # Panics
    /// If its session is over.
    pub fn bye(&mut self, name: &str, session: SessionId) {
        let sent = self.agent(name, |agent, now| agent.bye(now, session, HeaderList::new()));
        sent.unwrap_or_else(|error| panic!("{name} cannot hang up: {error}\n{}", self.ladder()));
    }

    /// Calls a verb of a phone's user agent.
    pub fn agent<R>(&mut self, name: &str, verb: impl FnOnce(&mut UserAgent, Instant) -> R) -> R {
        let node = self.node(name);
        self.world.with(node, verb)
    }

    /// The session of the last call that came to a phone.
    ///
    /// # Panics
    /// If none came.
    pub fn called(&mut self, name: &str) -> SessionId {
        let incoming = self.host(name).events.iter().rev().find_map(|event| match event {
            ua::Event::Incoming { session, .. } => Some(*session),
            _ => None,
        });
        incoming.unwrap_or_else(|| panic!("{name} was not called\n{}", self.ladder()))
    }

    /// A phone that rings picks up.
    ///
    /// # Panics
    /// If nobody called it.
    pub fn take(&mut self, name: &str) {
        let phone = self.host(name);
        let own = phone.voice.clone();
        let call = phone.events.iter().rev().find_map(|event| match event {
            ua::Event::Incoming { session, request } => Some((*session, request.clone())),
            _ => None,
        });
        let (session, invite) = call.unwrap_or_else(|| panic!("{name} was not called"));
        self.agent(name, |agent, now| pick_up(agent, now, session, &own, &invite));
    }

    /// How a phone's sessions ended, in order.
    pub fn endings(&mut self, name: &str) -> Vec<ua::Cause> {
        let events = self.host(name).events.iter();
        let causes = events.filter_map(|event| match event {
            ua::Event::Ended { ending, .. } => Some(ending.cause.clone()),
            _ => None,
        });
        causes.collect()
    }

    // ---- what the world does

    /// Lets time pass and gathers what the gateway told.
    pub fn run(&mut self, span: Duration) {
        self.world.run_for(span);
        self.gather();
    }

    /// Lets milliseconds pass.
    pub fn run_ms(&mut self, millis: u64) {
        self.run(Duration::from_millis(millis));
    }

    fn gather(&mut self) {
        for event in self.world.take_events::<Bridge>(self.gateway) {
            if let Event::Dialled { call_id, call, .. } = &event {
                let of_a = self.events.iter().find_map(|event| match event {
                    Event::Started { call: started, call_id, .. } if started == call => {
                        Some(call_id.clone())
                    }
                    _ => None,
                });
                self.world.witness_mut().pair(&of_a.unwrap_or_default(), call_id);
            }
            self.events.push(event);
        }
    }

    /// Calls a verb of the bridge.
    pub fn bridge<R>(&mut self, verb: impl FnOnce(&mut Bridge, Instant) -> R) -> R {
        let result = self.world.with(self.gateway, verb);
        self.gather();
        result
    }

    /// The handle of the last call that started.
    ///
    /// # Panics
    /// If none did.
    pub fn handle(&self) -> CallHandle {
        let started = self.events.iter().rev().find_map(|event| match event {
            Event::Started { call, .. } => Some(*call),
            _ => None,
        });
        started.expect("a call that started")
    }

    /// What passed between everybody so far, to print.
    pub fn ladder(&self) -> String {
        self.world.trace().ladder().to_string()
    }

    /// Tells that one INVITE reaches several far ends, each with a dialog of its own.
    pub fn forks(&mut self) {
        self.forks = true;
        self.world.witness_mut().forking();
    }

    // ---- what was on the wire

    /// The messages from one address to another, each once.
    pub fn wire(&self, from: SocketAddr, to: SocketAddr) -> Vec<Message> {
        let mut seen = BTreeSet::new();
        let entries = self.world.trace().sip();
        let entries = entries.filter(|entry| entry.from == from && entry.to == to);
        entries
            .filter(|entry| seen.insert(entry.bytes.clone()))
            .filter_map(|entry| Message::parse(entry.bytes.clone(), &Limits::default()).ok())
            .collect()
    }

    /// The requests of a method that the gateway sent to a phone.
    pub fn requests_to(&self, name: &str, method: &Method) -> Vec<Request> {
        let messages = self.wire(address(GATEWAY), self.sip(name)).into_iter();
        let requests = messages.filter_map(|message| match message {
            Message::Request(request) if request.method() == method => Some(request),
            _ => None,
        });
        requests.collect()
    }

    /// The responses to requests of a method that the gateway sent to a phone.
    pub fn responses_to(&self, name: &str, method: &Method) -> Vec<Response> {
        let messages = self.wire(address(GATEWAY), self.sip(name)).into_iter();
        let responses = messages.filter_map(|message| match message {
            Message::Response(response) => Some(response),
            Message::Request(_) => None,
        });
        let of_method = |response: &Response| {
            response.headers().cseq().ok().flatten().is_some_and(|cseq| cseq.method == *method)
        };
        responses.filter(of_method).collect()
    }

    /// The statuses of the responses to requests of a method that the gateway sent to a phone.
    pub fn statuses_to(&self, name: &str, method: &Method) -> Vec<u16> {
        let responses = self.responses_to(name, method);
        responses.iter().map(|response| response.status().code()).collect()
    }

    /// The final response that a phone's last INVITE got.
    ///
    /// # Panics
    /// If it got none.
    pub fn final_to(&self, name: &str) -> Response {
        let responses = self.responses_to(name, &Method::INVITE);
        let last = responses.into_iter().rev().find(|response| response.status().is_final());
        last.unwrap_or_else(|| panic!("{name} got no final response\n{}", self.ladder()))
    }

    /// The last description that the gateway sent to a phone.
    ///
    /// # Panics
    /// If it sent none.
    pub fn described_to(&self, name: &str) -> SessionDescription {
        let messages = self.wire(address(GATEWAY), self.sip(name));
        let last = messages
            .iter()
            .rev()
            .find(|message| header(message.headers(), "Content-Type") == "application/sdp");
        let last = last.unwrap_or_else(|| panic!("{name} got no description\n{}", self.ladder()));
        SessionDescription::parse(last.body()).expect("the gateway's description")
    }

    // ---- media

    /// Sends one RTP packet of this payload type from a phone's media address to where the gateway
    /// told it to, and says under which payload type it arrived at another phone, if it did.
    pub fn speak(&mut self, from: &str, to: &str, payload_type: u8) -> Option<u8> {
        let source = self.host(from).voice.media;
        self.speak_from(source, from, to, payload_type)
    }

    /// The same from another source address.
    ///
    /// # Panics
    /// If the gateway described no media to the sender.
    pub fn speak_from(
        &mut self,
        source: SocketAddr,
        from: &str,
        to: &str,
        payload_type: u8,
    ) -> Option<u8> {
        let target = self.described_to(from);
        let target = target.audio().and_then(|audio| audio.rtp()).expect("a media address");
        self.packets += 1;
        let packet = PacketBuilder {
            payload_type,
            marker: false,
            sequence: Sequence(self.packets),
            timestamp: Timestamp(160 * u32::from(self.packets)),
            ssrc: u32::from(source.port()),
        };
        let mut bytes = [0; 32];
        let length = packet.write_into(&mut bytes, &[0; 16]).expect("room for the packet");
        let before = self.host(to).heard.len();
        self.world.inject(source, target, bytes[..length].to_vec());
        self.run_ms(10);
        let heard = &self.host(to).heard[before..];
        assert!(heard.len() <= 1, "one packet arrives once");
        heard.first().map(|heard| Packet::parse(&heard.bytes).expect("RTP").payload_type())
    }

    /// Both sides hear each other.
    ///
    /// # Panics
    /// If they do not.
    pub fn assert_talking(&mut self, a: &str, b: &str) {
        let heard = [self.speak(a, b, 0), self.speak(b, a, 0)];
        assert_eq!(heard, [Some(0), Some(0)], "audio from {a} and from {b}\n{}", self.ladder());
    }

    // ---- the end

    /// The records of calls that ended.
    pub fn ended(&self) -> Vec<CallRecord> {
        let records = self.events.iter().filter_map(|event| match event {
            Event::Ended { record } => Some((**record).clone()),
            _ => None,
        });
        records.collect()
    }

    /// The records of INVITEs that were refused.
    pub fn refused(&self) -> Vec<CallRecord> {
        let records = self.events.iter().filter_map(|event| match event {
            Event::Refused { record } => Some((**record).clone()),
            _ => None,
        });
        records.collect()
    }

    /// Lets everything run out; then nothing is left of any call, anywhere, and the wire was clean.
    /// The records of the calls that ended.
    ///
    /// # Panics
    /// If something is left, with the ladder of what happened.
    pub fn over(&mut self) -> Vec<CallRecord> {
        self.run(Duration::from_secs(150));
        let sessions = self.world.host_mut::<BridgeHost>(self.gateway).media().sessions();
        let names: Vec<&str> = self.phones.keys().copied().collect();
        let ladder = self.ladder();
        assert_eq!(sessions, 0, "media sessions are left\n{ladder}");
        let live = self.world.live(self.gateway);
        assert!(live.is_empty(), "the gateway keeps {live}\n{ladder}");
        for name in names {
            let live = self.world.live(self.node(name));
            assert!(live.is_empty(), "{name} keeps {live}\n{ladder}");
        }
        let bridge = self.world.node::<Bridge>(self.gateway);
        assert_eq!(bridge.panics(), 0, "a step panicked\n{ladder}");
        let mut violations = self.world.finish().err().unwrap_or_default();
        // CSeq rises in each dialog (RFC 3261 12.2.1.1); the witness counts by Call-ID and From tag,
        // which the dialogs of a fork share.
        violations.retain(|violation| !(self.forks && violation.rule == Rule::CseqRising));
        // What a test has a phone say may be as bare as can be: a REFER to nowhere, a 401 of nobody.
        let gateway = address(GATEWAY).ip();
        let bare = [Rule::ReferTo, Rule::Notify, Rule::Registration, Rule::StatusFields];
        violations.retain(|found| found.from.ip() == gateway || !bare.contains(&found.rule));
        let violations: Vec<String> = violations.iter().map(ToString::to_string).collect();
        assert!(violations.is_empty(), "the witness saw {violations:#?}\n{ladder}");
        let started =
            self.events.iter().filter(|event| matches!(event, Event::Started { .. })).count();
        let ended = self.ended();
        assert_eq!(started, ended.len(), "each call ends once\n{ladder}");
        ended
    }

    /// As [`over`](Self::over), for one call.
    ///
    /// # Panics
    /// If there was not exactly one call.
    pub fn over_one(&mut self) -> CallRecord {
        let mut records = self.over();
        assert_eq!(records.len(), 1, "one call\n{}", self.ladder());
        records.remove(0)
    }
}
