//! Offers and answers of a bridged call (RFC 3264), and what they mean for the relay.
//!
//! One side offers; its description goes to the other side filtered by that side's codecs and with
//! our address; the answer comes back the same way. A later offer in the dialog (hold, a moved peer,
//! a session refresh) is answered here, with the codecs that the call has: the far side need not know.

use std::net::SocketAddr;

use siptrunk_media::{LegMedia, Side};
use siptrunk_sdp::offer_answer::{
    self, AnswerError, CodecPolicy, LocalMedia, OfferError, RelayedOffer, Stream,
};
use siptrunk_sdp::{Codec, CodecName, Origin, SessionDescription};

/// The media of one call, once an offer was seen.
#[derive(Debug)]
pub(crate) struct Negotiation {
    ports: Ports,
    ids: DescriptionIds,
    offerer: Side,
    offer: SessionDescription,
    relayed: RelayedOffer,
    a: Party,
    b: Party,
}

/// Our RTP addresses, as each side sees them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Ports {
    pub(crate) a: SocketAddr,
    pub(crate) b: SocketAddr,
}

/// The session ids of our o= lines, one a leg: unguessable, and no link between the legs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct DescriptionIds {
    pub(crate) a: u64,
    pub(crate) b: u64,
}

/// What is agreed with one side.
#[derive(Debug, Default, Clone)]
struct Party {
    /// The last description that we sent to it.
    sent: Option<SessionDescription>,
    /// The codecs of the call under the numbers that this side takes; the first is the voice.
    codecs: Vec<Codec<'static>>,
    media: LegMedia,
}

/// An agreement: what to send, and what the relay has to do from now on.
#[derive(Debug)]
pub(crate) struct Agreement {
    /// The description for the side that offered.
    pub(crate) description: SessionDescription,
    /// For the relay's side A.
    pub(crate) a: LegMedia,
    /// For the relay's side B.
    pub(crate) b: LegMedia,
}

impl Ports {
    const fn of(self, side: Side) -> SocketAddr {
        match side {
            Side::A => self.a,
            Side::B => self.b,
        }
    }

    const fn local(self, side: Side) -> LocalMedia {
        let address = self.of(side);
        LocalMedia { address: address.ip(), port: address.port() }
    }

    /// The answer to an offer of which nothing shall come: each of its streams refused by port 0
    /// (RFC 3264 6).
    pub(crate) fn decline(
        self,
        side: Side,
        ids: DescriptionIds,
        offer: &SessionDescription,
    ) -> String {
        let address = self.of(side).ip();
        let family = if address.is_ipv4() { "IP4" } else { "IP6" };
        let origin = self.origin(side, ids);
        let head = format!("v=0\r\no={origin}\r\ns=-\r\nc=IN {family} {address}\r\nt=0 0\r\n");
        let streams = offer.media().map(|media| {
            let formats: Vec<&str> = media.formats().collect();
            format!("m={} 0 {} {}\r\n", media.kind(), media.protocol(), formats.join(" "))
        });
        std::iter::once(head).chain(streams).collect()
    }

    /// The o= line of our first description towards a side.
    fn origin(self, side: Side, ids: DescriptionIds) -> Origin<'static> {
        let id = match side {
            Side::A => ids.a,
            Side::B => ids.b,
        };
        Origin::new(id, 1, self.of(side).ip())
    }
}

impl Negotiation {
    /// Rewrites an offer of `offerer` for the other side, whose codecs are `towards`.
    pub(crate) fn offer(
        ports: Ports,
        offerer: Side,
        offer: SessionDescription,
        towards: &CodecPolicy,
        ids: DescriptionIds,
    ) -> Result<(Self, SessionDescription), OfferError> {
        let answerer = offerer.other();
        let origin = ports.origin(answerer, ids);
        let relayed = offer_answer::relay_offer(&offer, towards, &ports.local(answerer), &origin)?;
        let description = relayed.description.clone();
        let (a, b) = (Party::default(), Party::default());
        let mut negotiation = Self { ports, ids, offerer, offer, relayed, a, b };
        negotiation.party_mut(answerer).sent = Some(description.clone());
        Ok((negotiation, description))
    }

    /// Takes the answer of the side that was offered to.
    pub(crate) fn answer(&mut self, answer: &SessionDescription) -> Result<Agreement, AnswerError> {
        let offerer = self.offerer;
        let origin = self.ports.origin(offerer, self.ids);
        let local = self.ports.local(offerer);
        let relayed =
            offer_answer::relay_answer(&self.offer, &self.relayed, answer, &local, &origin)?;
        let audio = relayed.audio;
        let (near_sends, far_sends) = (audio.offerer_sends(), audio.answerer_sends());
        let near = LegMedia {
            remote: self.relayed.audio.remote,
            remote_rtcp: self.relayed.audio.remote_rtcp,
            may_send: near_sends,
            may_receive: far_sends,
            payload_map: audio.from_offerer().to_vec(),
            ..LegMedia::default()
        };
        let far = LegMedia {
            remote: audio.remote,
            remote_rtcp: audio.remote_rtcp,
            may_send: far_sends,
            may_receive: near_sends,
            payload_map: audio.from_answerer().to_vec(),
            ..LegMedia::default()
        };
        let far_codecs = renumbered(&audio.codecs, audio.from_offerer());
        let party = self.party_mut(offerer.other());
        party.media = far;
        party.codecs = far_codecs;
        let party = self.party_mut(offerer);
        party.media = near;
        party.codecs = audio.codecs;
        let description = party.send(relayed.description);
        Ok(self.agreement(description))
    }

    /// Whether digits can pass as telephone-events (RFC 4733).
    pub(crate) fn carries_digits(&self) -> bool {
        self.a.codecs.iter().any(|codec| codec.encoding.eq_ignore_ascii_case("telephone-event"))
    }

    /// The answer that the offerer was given, if there was one.
    pub(crate) fn answered(&self) -> Option<&SessionDescription> {
        self.party(self.offerer).sent.as_ref()
    }

    /// Answers a new offer of one side inside the call, from what the call has agreed.
    pub(crate) fn reoffer(
        &mut self,
        side: Side,
        offer: &SessionDescription,
    ) -> Result<Agreement, OfferError> {
        let policy = CodecPolicy {
            codecs: self.party(side).codecs.iter().filter_map(Codec::name).collect(),
            telephone_event: None,
            ptime: None,
        };
        let local = self.ports.local(side);
        let origin = self.ports.origin(side, self.ids);
        let negotiated = offer_answer::answer(offer, &policy, &local, &origin)?;
        let description = negotiated.description.clone();
        self.agree_again(side, negotiated.audio);
        let description = self.party_mut(side).send(description);
        Ok(self.agreement(description))
    }

    /// Takes the answer to our last description, which a re-INVITE without offer had asked for.
    pub(crate) fn reanswer(
        &mut self,
        side: Side,
        answer: &SessionDescription,
    ) -> Result<Agreement, AnswerError> {
        let Some(sent) = self.party(side).sent.clone() else { return self.answer(answer) };
        let negotiated = offer_answer::accept(&sent, answer)?;
        self.agree_again(side, negotiated.audio);
        Ok(self.agreement(sent))
    }

    /// What to offer to a side that asks for an offer: what was agreed with it, and media both ways
    /// even if the last agreement was a hold, so that it can resume by its answer.
    pub(crate) fn offer_again(&mut self, side: Side) -> Option<SessionDescription> {
        let party = self.party_mut(side);
        let offer = party.sent.as_ref().and_then(both_ways)?;
        Some(party.send(offer))
    }

    /// One side's address, direction or numbers are new; the other side's numbers stay.
    fn agree_again(&mut self, side: Side, negotiated: Stream) {
        let others = self.party(side.other()).codecs.clone();
        let party = self.party_mut(side);
        let before = std::mem::replace(&mut party.codecs, negotiated.codecs);
        let after = party.codecs.clone();
        let number_of = |codecs: &[Codec<'_>], like: &Codec<'_>| {
            codecs.iter().find(|codec| codec.same_codec(like)).map(|codec| codec.payload_type)
        };
        let there = |number: u8| {
            let codec = after.iter().find(|codec| codec.payload_type == number)?;
            number_of(&others, codec)
        };
        party.media.remote = negotiated.remote;
        party.media.remote_rtcp = negotiated.remote_rtcp;
        party.media.may_send = negotiated.direction.receives();
        party.media.may_receive = negotiated.direction.sends();
        party.media.payload_map = negotiated
            .receive_map
            .iter()
            .filter_map(|(theirs, ours)| Some((*theirs, there(*ours)?)))
            .collect();
        for (_, number) in &mut self.party_mut(side.other()).media.payload_map {
            let new = before
                .iter()
                .find(|codec| codec.payload_type == *number)
                .and_then(|codec| number_of(&after, codec));
            if let Some(new) = new {
                *number = new;
            }
        }
    }

    /// The negotiation with a leg that is to take the place of B, and the offer for it: what is agreed
    /// with A, as far as `towards` takes it, under a session id of its own. A need not notice.
    pub(crate) fn successor(
        &self,
        towards: &CodecPolicy,
        id: u64,
    ) -> Result<(Self, SessionDescription), OfferError> {
        let agreed = |name: &CodecName| self.a.codecs.iter().any(|it| it.name() == Some(*name));
        let mut towards = towards.clone();
        towards.codecs.retain(agreed);
        let described = self.a.sent.as_ref().and_then(both_ways).ok_or(OfferError::NoAudio)?;
        let ids = DescriptionIds { a: self.ids.a, b: id };
        let (mut next, offer) = Self::offer(self.ports, Side::A, described, &towards, ids)?;
        next.a = self.a.clone();
        Ok((next, offer))
    }

    /// Takes the answer of a leg that is to take the place of B. What A was told stands.
    pub(crate) fn succeed(
        &mut self,
        answer: &SessionDescription,
    ) -> Result<Agreement, AnswerError> {
        let before = self.a.clone();
        let agreement = self.answer(answer)?;
        self.a.sent = before.sent;
        self.a.media =
            LegMedia { payload_map: std::mem::take(&mut self.a.media.payload_map), ..before.media };
        Ok(self.agreement(agreement.description))
    }

    const fn party(&self, side: Side) -> &Party {
        match side {
            Side::A => &self.a,
            Side::B => &self.b,
        }
    }

    const fn party_mut(&mut self, side: Side) -> &mut Party {
        match side {
            Side::A => &mut self.a,
            Side::B => &mut self.b,
        }
    }

    fn agreement(&self, description: SessionDescription) -> Agreement {
        Agreement { description, a: self.a.media.clone(), b: self.b.media.clone() }
    }
}

impl Party {
    /// The description to send next: with the version of the last one if nothing else changed, with
    /// one more if it did (RFC 3264 8).
    fn send(&mut self, description: SessionDescription) -> SessionDescription {
        let next = match &self.sent {
            Some(sent) => description.following(sent),
            None => description,
        };
        self.sent = Some(next.clone());
        next
    }
}

/// The same description with media both ways.
fn both_ways(description: &SessionDescription) -> Option<SessionDescription> {
    let text = description.to_string();
    let text = ["recvonly", "sendonly", "inactive"].iter().fold(text, |text, direction| {
        text.replace(&format!("a={direction}\r\n"), "a=sendrecv\r\n")
    });
    SessionDescription::parse(text.as_bytes()).ok()
}

/// The codecs under the numbers that a map gives them.
fn renumbered(codecs: &[Codec<'static>], map: &[(u8, u8)]) -> Vec<Codec<'static>> {
    let number = |own: u8| map.iter().find(|(from, _)| *from == own).map(|(_, to)| *to);
    codecs
        .iter()
        .filter_map(|codec| Some(codec.clone().with_number(number(codec.payload_type)?)))
        .collect()
}
