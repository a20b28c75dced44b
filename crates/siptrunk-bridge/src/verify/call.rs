//! The call of a verification: placed or waited for, talked on for a while, and how it ends.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use siptrunk_message::{Body, HeaderList, StatusCode};
use siptrunk_profiles::{HandBack, HandBackAction, Synthflow};
use siptrunk_rtp::g711::{ALAW_SILENCE, ULAW_SILENCE};
use siptrunk_sdp::offer_answer::{self, LocalMedia, Stream};
use siptrunk_sdp::{CodecName, Origin, SessionDescription};
use siptrunk_transaction::{IncomingRequest, IncomingResponse};
use siptrunk_ua::{Cause, Reply};
use siptrunk_xei::XEi;

use super::audio::{Agreed, Audio};
use super::{Check, Doing, Verifier, VerifyEvent, context};
use crate::bridge::far_failure;
use crate::diagnosis::CallFailure;
use crate::legs::{LegEvent, LegId, Outgoing, Parties, TrunkId};

/// A call, from its beginning to its end.
#[derive(Debug)]
pub(super) struct Conversation {
    trunk: TrunkId,
    check: Check,
    leg: Option<LegId>,
    since: Instant,
    /// What we offered, if we did.
    offer: Option<SessionDescription>,
    /// Provisional responses that came, with their times.
    heard: Vec<String>,
    stage: Stage,
}

/// How far it is. Each stage has its end.
#[derive(Debug)]
enum Stage {
    /// No call yet, or no answer.
    Waiting { until: Instant },
    /// Audio goes and comes.
    Talking { until: Instant, audio: Audio },
    /// The audio was judged; a BYE that hands back may come.
    HandBack { until: Instant, audio: Audio },
    /// We said BYE.
    Ending { until: Instant },
}

impl Conversation {
    pub(super) fn handle_packet(&mut self, now: Instant, from: SocketAddr, bytes: &[u8]) {
        if let Stage::Talking { audio, .. } | Stage::HandBack { audio, .. } = &mut self.stage {
            audio.handle_packet(now, from, bytes);
        }
    }

    pub(super) fn poll_timeout(&self) -> Instant {
        match &self.stage {
            Stage::Waiting { until } | Stage::Ending { until } => *until,
            Stage::Talking { until, audio } | Stage::HandBack { until, audio } => {
                audio.poll_timeout().min(*until)
            }
        }
    }
}

impl Verifier {
    fn converse(&mut self, now: Instant, trunk: TrunkId, check: Check, leg: Option<LegId>) {
        let until = now + self.plan.ringing;
        self.doing = Doing::Talking(Box::new(Conversation {
            trunk,
            check,
            leg,
            since: now,
            offer: None,
            heard: Vec::new(),
            stage: Stage::Waiting { until },
        }));
    }

    /// Calls a number.
    pub(super) fn place(&mut self, now: Instant, trunk: TrunkId, number: String) {
        let caller = self.plan.caller.clone();
        let Some(codecs) = self.trunk(trunk).map(|trunk| trunk.codecs.clone()) else { return };
        let offer = offer_answer::offer(&codecs, &self.local_media(), &self.origin());
        let parties = Parties { dialed: number, caller, caller_name: None };
        let mut outgoing = Outgoing::new(trunk, parties);
        outgoing.headers = self.context(trunk);
        outgoing.body = Some(Body::sdp(offer.to_bytes()));
        match self.legs.dial(now, outgoing) {
            Ok(leg) => {
                self.converse(now, trunk, Check::Call, Some(leg));
                if let Doing::Talking(conversation) = &mut self.doing {
                    conversation.offer = Some(offer);
                }
            }
            Err(failure) => self.failed(trunk, Check::Call, Duration::ZERO, &failure),
        }
    }

    /// What goes with the call: an external id to look for in the agent's log.
    fn context(&self, trunk: TrunkId) -> HeaderList {
        let mut headers = HeaderList::new();
        let wanted = self.trunk(trunk).is_some_and(|trunk| trunk.header_policy.xei);
        let built = XEi::builder()
            .external_id(EXTERNAL_ID)
            .and_then(|builder| builder.original(&self.plan.caller))
            .map(|builder| builder.to_string());
        if let Ok(value) = built
            && wanted
        {
            // The name begins with X-: never one that the stack owns.
            let _kept = headers.push_str(Synthflow::X_EI, &value);
        }
        headers
    }

    /// Waits for a call.
    pub(super) fn expect(&mut self, now: Instant, trunk: TrunkId) {
        self.converse(now, trunk, Check::Incoming, None);
    }

    pub(super) fn handle_conversation(&mut self, now: Instant, event: LegEvent) {
        match event {
            LegEvent::Incoming { leg, trunk, parties, request } => {
                self.incoming(now, leg, trunk, &parties, &request);
            }
            LegEvent::Refused { trunk: Some(trunk), failure, .. } => {
                if let Some(since) = self.waits_for(trunk) {
                    self.doing = Doing::Resting;
                    let took = now.saturating_duration_since(since);
                    self.failed(trunk, Check::Incoming, took, &failure);
                }
            }
            LegEvent::Provisional { leg, response } => {
                if let Some(conversation) = self.conversation(leg) {
                    let took = now.saturating_duration_since(conversation.since);
                    let code = response.response().status().code();
                    conversation.heard.push(format!("{code} after {} ms", took.as_millis()));
                }
            }
            LegEvent::Answered { leg, response } => self.answered_call(now, leg, &response),
            LegEvent::Reoffer { leg: _, transaction, .. } => {
                let reply = Reply::new(StatusCode::NOT_ACCEPTABLE_HERE);
                let _gone = self.legs.respond(now, transaction, reply);
            }
            LegEvent::InDialog { leg: _, transaction, .. } => {
                let _gone = self.legs.respond(now, transaction, Reply::new(StatusCode::OK));
            }
            LegEvent::Ended { leg, ending } => self.ended(now, leg, ending.cause),
            _ => {}
        }
    }

    fn conversation(&mut self, leg: LegId) -> Option<&mut Conversation> {
        match &mut self.doing {
            Doing::Talking(conversation) if conversation.leg == Some(leg) => Some(conversation),
            _ => None,
        }
    }

    /// Since when a call of this trunk is waited for.
    fn waits_for(&self, trunk: TrunkId) -> Option<Instant> {
        match &self.doing {
            Doing::Talking(it) if it.leg.is_none() && it.trunk == trunk => Some(it.since),
            _ => None,
        }
    }

    /// A call came: it is judged and answered if it is the one that is waited for.
    fn incoming(
        &mut self,
        now: Instant,
        leg: LegId,
        trunk: TrunkId,
        parties: &Parties,
        request: &IncomingRequest,
    ) {
        let Some(since) = self.waits_for(trunk) else {
            let _gone = self.legs.answer(now, leg, Reply::new(StatusCode::BUSY_HERE));
            return;
        };
        let took = now.saturating_duration_since(since);
        self.good(trunk, Check::Incoming, took, format!("INVITE from {}", request.remote()));
        let (name, dialed) = (self.name(trunk), parties.dialed.clone());
        let numbers = self.trunk(trunk).map(|trunk| trunk.numbers.clone()).unwrap_or_default();
        if !numbers.is_empty() && !numbers.contains(&dialed) {
            let failure = CallFailure::NoRoute { trunk: name.clone(), dialed };
            self.failed(trunk, Check::Number, took, &failure);
        } else {
            self.good(trunk, Check::Number, took, dialed.escape_debug().to_string());
        }
        match context::judge(&name, request.request().headers()) {
            Ok(names) => self.good(trunk, Check::Context, took, names),
            Err(failure) => self.failed(trunk, Check::Context, took, &failure),
        }
        let answered = self.answer(now, leg, trunk, request.request().body());
        match answered {
            Ok(agreed) => {
                if let Doing::Talking(conversation) = &mut self.doing {
                    conversation.leg = Some(leg);
                }
                self.agree(now, trunk, &agreed);
            }
            Err(failure) => {
                self.doing = Doing::Resting;
                self.failed(trunk, Check::Audio, took, &failure);
            }
        }
    }

    /// Answers a call that came, with the codecs of its trunk.
    fn answer(
        &mut self,
        now: Instant,
        leg: LegId,
        trunk: TrunkId,
        offer: &[u8],
    ) -> Result<Stream, CallFailure> {
        let codecs = self.trunk(trunk).map(|trunk| trunk.codecs.clone()).unwrap_or_default();
        let (local, origin) = (self.local_media(), self.origin());
        let negotiated =
            SessionDescription::parse(offer).map_err(|error| error.to_string()).and_then(|offer| {
                offer_answer::answer(&offer, &codecs, &local, &origin)
                    .map_err(|error| error.to_string())
            });
        let (reply, outcome) = match negotiated {
            Ok(negotiated) => {
                let body = Body::sdp(negotiated.description.to_bytes());
                (Reply::new(StatusCode::OK).body(body), Ok(negotiated.audio))
            }
            Err(why) => {
                let failure = CallFailure::UnacceptableMedia { why };
                (Reply::new(StatusCode::NOT_ACCEPTABLE_HERE), Err(failure))
            }
        };
        let _gone = self.legs.answer(now, leg, reply);
        outcome
    }

    /// Our call was answered.
    fn answered_call(&mut self, now: Instant, leg: LegId, response: &IncomingResponse) {
        let Some(conversation) = self.conversation(leg) else { return };
        let (trunk, since) = (conversation.trunk, conversation.since);
        let took = now.saturating_duration_since(since);
        let mut heard = std::mem::take(&mut conversation.heard);
        let offer = conversation.offer.take();
        heard.push(format!("200 after {} ms", took.as_millis()));
        self.good(trunk, Check::Call, took, heard.join(", "));
        if self.trunk(trunk).is_some_and(|trunk| trunk.header_policy.xei) {
            let sent = format!("X-EI with E.{EXTERNAL_ID}; went out");
            self.unknown(trunk, Check::Context, took, sent, ASK_CONTEXT);
        }
        let agreed = SessionDescription::parse(response.response().body())
            .map_err(|error| error.to_string())
            .and_then(|answer| {
                let offer = offer.ok_or("no offer was sent")?;
                offer_answer::accept(&offer, &answer).map_err(|error| error.to_string())
            });
        match agreed {
            Ok(negotiated) => self.agree(now, trunk, &negotiated.audio),
            Err(why) => {
                let failure = CallFailure::UnacceptableMedia { why };
                self.failed(trunk, Check::Audio, took, &failure);
                self.hang_up(now);
            }
        }
    }

    /// Both sides know what they send: audio begins.
    fn agree(&mut self, now: Instant, trunk: TrunkId, stream: &Stream) {
        let name = self.name(trunk);
        let voice = stream.codecs.iter().find_map(|codec| match codec.name() {
            Some(CodecName::Pcmu) => Some((codec.payload_type, ULAW_SILENCE)),
            Some(CodecName::Pcma) => Some((codec.payload_type, ALAW_SILENCE)),
            _ => None,
        });
        let digits = stream.codecs.iter().find(|it| it.name() == Some(CodecName::TelephoneEvent));
        let digits = digits.map(|codec| codec.payload_type);
        if let Some(number) = digits {
            let evidence = format!("telephone-event, payload type {number}");
            self.good(trunk, Check::Digits, Duration::ZERO, evidence);
        } else {
            let failure = CallFailure::NoDigits { trunk: name.clone() };
            self.failed(trunk, Check::Digits, Duration::ZERO, &failure);
        }
        let (Some((voice, silence)), Some(remote)) = (voice, stream.remote) else {
            let failure = CallFailure::OneWayAudio { trunk: name, side: "called" };
            self.failed(trunk, Check::Audio, Duration::ZERO, &failure);
            return self.hang_up(now);
        };
        let mut octets = [0; 4];
        self.rng.fill(&mut octets);
        let from = (self.media.0, self.media.1.ip());
        let agreed = Agreed { remote, voice, silence, digits };
        let audio = Audio::new(agreed, from, u32::from_be_bytes(octets), now);
        let until = now + self.plan.listen;
        if let Doing::Talking(conversation) = &mut self.doing {
            conversation.stage = Stage::Talking { until, audio };
        }
    }

    /// Time goes on in a call.
    pub(super) fn talk(&mut self, now: Instant) {
        let Doing::Talking(conversation) = &mut self.doing else { return };
        if let Stage::Talking { audio, .. } | Stage::HandBack { audio, .. } =
            &mut conversation.stage
        {
            while let Some(packet) = audio.due(now) {
                self.transmits.push_back(packet);
            }
        }
        let (trunk, check) = (conversation.trunk, conversation.check);
        match &conversation.stage {
            Stage::Waiting { until } if *until <= now => {
                let took = now.saturating_duration_since(conversation.since);
                let leg = conversation.leg;
                let name = self.name(trunk);
                let failure = match leg {
                    Some(_) => CallFailure::NoAnswer { trunk: name },
                    None => CallFailure::NeverCalled { trunk: name },
                };
                self.failed(trunk, check, took, &failure);
                self.hang_up(now);
            }
            Stage::Talking { until, .. } if *until <= now => {
                self.judge_audio(now);
                if check == Check::Incoming {
                    self.give_back(now, trunk);
                }
            }
            Stage::HandBack { until, .. } if *until <= now => {
                let took = self.plan.hand_back;
                self.unknown(trunk, Check::HandBack, took, "no BYE came", ASK_HAND_BACK);
                self.hang_up(now);
            }
            Stage::Ending { until } if *until <= now => self.doing = Doing::Resting,
            _ => {}
        }
    }

    /// Enough was listened to.
    fn judge_audio(&mut self, now: Instant) {
        let Doing::Talking(conversation) = &mut self.doing else { return };
        let ending = Stage::Ending { until: now };
        let Stage::Talking { audio, .. } = std::mem::replace(&mut conversation.stage, ending)
        else {
            return;
        };
        let (trunk, since, check) = (conversation.trunk, conversation.since, conversation.check);
        let ((received, first), strays) = (audio.received(), audio.strays());
        let until = now + self.plan.hand_back;
        conversation.stage = Stage::HandBack { until, audio };
        if let Some(first) = first {
            let took = first.saturating_duration_since(since);
            let evidence = format!("{received} packets; whether ours were heard only they know");
            self.good(trunk, Check::Audio, took, evidence);
        } else {
            let side = if check == Check::Call { "called" } else { "calling" };
            let failure = CallFailure::OneWayAudio { trunk: self.name(trunk), side };
            self.failed(trunk, Check::Audio, self.plan.listen, &failure);
            if strays > 0
                && let Some(VerifyEvent::Step(step)) = self.events.back_mut()
            {
                step.evidence += "; packets came, but not from the address that was described";
            }
        }
    }

    /// Here we are the agent: the call goes back with the headers that the trunk's script reads.
    fn give_back(&mut self, now: Instant, trunk: TrunkId) {
        let Doing::Talking(conversation) = &mut self.doing else { return };
        let (Some(leg), until) = (conversation.leg, now + self.plan.patience) else { return };
        conversation.stage = Stage::Ending { until };
        let hand_back = HandBack::new(HandBackAction::Hangup).reason(EXTERNAL_ID);
        let names = self.trunk(trunk).map(|trunk| trunk.hand_back_names.clone());
        let headers = names.and_then(|names| hand_back.write(&names, HandBack::LIMIT).ok());
        let headers = headers.unwrap_or_default();
        let names: Vec<_> = headers.iter().map(|(name, _)| name.to_string()).collect();
        let evidence = format!("BYE with {} went out", names.join(", "));
        self.unknown(trunk, Check::HandBack, self.plan.listen, evidence, ASK_SCRIPT);
        // Refused where the caller was faster: `Ended` tells.
        let _over = self.legs.bye(now, leg, headers);
    }

    /// Ends the call, whatever it is at.
    fn hang_up(&mut self, now: Instant) {
        let Doing::Talking(conversation) = &mut self.doing else { return };
        let Some(leg) = conversation.leg else {
            self.doing = Doing::Resting;
            return;
        };
        let waited = matches!(conversation.stage, Stage::Waiting { .. });
        conversation.stage = Stage::Ending { until: now + self.plan.patience };
        // Refused where the other side was faster: `Ended` tells.
        let placed = conversation.check == Check::Call;
        let _over = match (waited, placed) {
            (true, true) => self.legs.cancel(now, leg, HeaderList::new()),
            _ => self.legs.bye(now, leg, HeaderList::new()),
        };
    }

    /// A leg is over.
    fn ended(&mut self, now: Instant, leg: LegId, cause: Cause) {
        let Some(conversation) = self.conversation(leg) else { return };
        let (trunk, check, since) = (conversation.trunk, conversation.check, conversation.since);
        let took = now.saturating_duration_since(since);
        if matches!(conversation.stage, Stage::Talking { .. }) {
            // The other side was done before we had listened enough.
            self.judge_audio(now);
        }
        let Some(conversation) = self.conversation(leg) else { return };
        let stage = std::mem::replace(&mut conversation.stage, Stage::Ending { until: now });
        self.doing = Doing::Resting;
        let name = self.name(trunk);
        match (stage, cause) {
            (Stage::Ending { .. }, _) => {}
            (Stage::Waiting { .. }, cause) => {
                let (failure, _) = far_failure(name, cause, None);
                self.failed(trunk, check, took, &failure);
            }
            (_, Cause::RemoteBye(bye)) if check == Check::Call => {
                let headers = bye.request().headers().iter();
                let custom = headers.filter(|field| field.raw_name().starts_with(b"X-"));
                let names: Vec<_> = custom
                    .map(|field| String::from_utf8_lossy(field.raw_name()).into_owned())
                    .collect();
                if names.is_empty() {
                    let failure = CallFailure::HandBackWithoutHeaders { trunk: name };
                    self.failed(trunk, Check::HandBack, took, &failure);
                } else {
                    self.good(trunk, Check::HandBack, took, names.join(", "));
                }
            }
            (_, Cause::RemoteBye(_)) => {
                self.unknown(trunk, Check::HandBack, took, "the caller hung up first", ASK_CALLER);
            }
            (_, cause) => {
                let (failure, _) = far_failure(name, cause, None);
                self.failed(trunk, check, took, &failure);
            }
        }
    }

    fn local_media(&self) -> LocalMedia {
        LocalMedia { address: self.media.1.ip(), port: self.media.1.port() }
    }

    fn origin(&mut self) -> Origin<'static> {
        let mut octets = [0; 8];
        self.rng.fill(&mut octets);
        // RFC 8866 5.2 asks for a number of digits; half the range is as unique.
        Origin::new(u64::from_be_bytes(octets) >> 1, 1, self.media.1.ip())
    }
}

/// What the call has in its X-EI, for whoever looks into the agent's log.
const EXTERNAL_ID: &str = "siptrunk-verify";
const ASK_CONTEXT: &str = "the agent's log, whether that external id arrived";
const ASK_SCRIPT: &str =
    "the script's log, whether it read these headers (Return After 3rd Party Call must be ticked)";
const ASK_HAND_BACK: &str =
    "whether the agent has an action that ends the call with headers (Five9 Handoff)";
const ASK_CALLER: &str = "the caller to stay on the line until the agent ends the call";
